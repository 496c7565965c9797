-- From when the screening of a child is timed, where that is not the arrival of its contact: it
-- was added later (R20), or came back into the hub (R9).

ALTER TABLE screening.child ADD COLUMN timed_from timestamptz;
