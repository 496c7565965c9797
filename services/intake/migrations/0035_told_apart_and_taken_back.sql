-- What a person decided, when it turns out otherwise: two who were told apart and are certain
-- since (R8), when the hub knew of a child (R9), and what was handed over by mistake (R3, R9, R10).

ALTER TABLE intake.match
    -- As what a person told the two apart, while the machine proposes them again.
    ADD COLUMN told_apart_as intake.match_state CHECK (told_apart_as IN ('rejected', 'undone')),
    -- What was certain when a person told the two apart has not been so since.
    ADD COLUMN certain_no_more boolean NOT NULL DEFAULT false,
    ADD CHECK (told_apart_as IS NULL OR (state = 'proposed' AND decided_at IS NOT NULL)),
    ADD CHECK (NOT certain_no_more OR state IN ('rejected', 'undone'));

-- When a child was added who was missed; null of whoever came with the contact.
ALTER TABLE intake.child ADD COLUMN added_at timestamptz;
