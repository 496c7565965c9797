-- Children with an open case, who are passed to the unit that holds it (R9), as intake
-- tells it step by step. No row depends on the case or on another step: they may be heard
-- of in any order.

CREATE TYPE screening.unit_step AS ENUM ('found', 'passed', 'received', 'withdrawn');

-- Added to, never changed.
CREATE TABLE screening.unit_step_taken (
    hand_over_id uuid                NOT NULL,
    step         screening.unit_step NOT NULL,
    contact_id   uuid                NOT NULL,
    child_ids    uuid[]              NOT NULL,
    at           timestamptz         NOT NULL,
    PRIMARY KEY (hand_over_id, step)
);
CREATE INDEX unit_step_taken_of_contact ON screening.unit_step_taken (contact_id);

-- How far each child is: the furthest step of a hand-over that stands. A receipt stands
-- always.
CREATE VIEW screening.child_at_unit AS
SELECT DISTINCT ON (taken.contact_id, child_id) taken.contact_id, child_id, taken.step, taken.at
FROM screening.unit_step_taken AS taken
CROSS JOIN unnest(taken.child_ids) AS child_id
WHERE taken.step = 'received' OR (taken.step <> 'withdrawn' AND NOT EXISTS (
    SELECT FROM screening.unit_step_taken AS withdrawn
    WHERE withdrawn.hand_over_id = taken.hand_over_id AND withdrawn.step = 'withdrawn'
))
ORDER BY taken.contact_id, child_id, taken.step DESC, taken.at;
