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

-- Children who are taken back from a unit, or handed to one, by a person.
ALTER TABLE intake.unit_hand_over
    ADD COLUMN begun_by     text CHECK (begun_by <> ''),
    ADD COLUMN begun_reason text CHECK (begun_reason <> ''),
    -- Those whom a manager took back; the others begin anew.
    ADD COLUMN taken_back_child_ids uuid[] CHECK (cardinality(taken_back_child_ids) > 0),
    ADD COLUMN taken_back_by        text CHECK (taken_back_by <> ''),
    ADD COLUMN taken_back_reason    text CHECK (taken_back_reason <> ''),
    ADD CHECK ((begun_by IS NULL) = (begun_reason IS NULL)),
    ADD CHECK (num_nulls(taken_back_child_ids, taken_back_by, taken_back_reason) IN (0, 3)),
    ADD CHECK (taken_back_by IS NULL OR withdrawn_at IS NOT NULL);

-- The open cases by which a child was handed over who was taken back: by the same case at the
-- same unit nobody is handed over again, until a person does it.
CREATE TABLE intake.case_taken_back (
    hand_over_id uuid NOT NULL REFERENCES intake.unit_hand_over,
    child_id     uuid NOT NULL REFERENCES intake.child,
    episode_id   uuid NOT NULL REFERENCES intake.episode,
    -- As the case system named it then; empty where it did not.
    unit         text NOT NULL,
    -- A person has handed the child over since.
    lifted_at    timestamptz,
    PRIMARY KEY (hand_over_id, child_id, episode_id)
);
CREATE INDEX case_taken_back_of_child ON intake.case_taken_back (child_id) WHERE lifted_at IS NULL;
