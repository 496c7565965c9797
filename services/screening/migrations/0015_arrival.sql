-- The clock of the initial decision on the children with whom a contact arrived (R72), among those
-- of children who were added later or came back: another one takes its place where the receipt is
-- corrected (R13).

ALTER TABLE screening.clock
    ADD COLUMN of_arrival boolean NOT NULL DEFAULT false,
    ADD CHECK (NOT of_arrival OR kind = 'initial_decision');

UPDATE screening.clock SET of_arrival = true
FROM screening.contact_case
WHERE contact_case.contact_id = clock.contact_id AND kind = 'initial_decision' AND started_at = received_at;
