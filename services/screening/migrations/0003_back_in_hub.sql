-- A hand-over whose ground is gone is withdrawn also after the unit's receipt: the hub has
-- its children again (R8, R9).

-- How far each child is: the furthest step of a hand-over that stands. What was withdrawn
-- stands no longer, whatever was received before.
CREATE OR REPLACE VIEW screening.child_at_unit AS
SELECT DISTINCT ON (taken.contact_id, child_id) taken.contact_id, child_id, taken.step, taken.at
FROM screening.unit_step_taken AS taken
CROSS JOIN unnest(taken.child_ids) AS child_id
WHERE taken.step <> 'withdrawn' AND NOT EXISTS (
    SELECT FROM screening.unit_step_taken AS withdrawn
    WHERE withdrawn.hand_over_id = taken.hand_over_id AND withdrawn.step = 'withdrawn'
)
ORDER BY taken.contact_id, child_id, taken.step DESC, taken.at;

-- How the referrer was dealt with before a child came back: they are to be told of what is
-- decided then (R28). Added to, never changed.
CREATE TABLE screening.earlier_referrer_note (
    contact_id uuid        NOT NULL REFERENCES screening.contact_case,
    informed   boolean     NOT NULL,
    note       text        NOT NULL CHECK (note <> ''),
    at         timestamptz NOT NULL,
    PRIMARY KEY (contact_id, at)
);
