-- When a contact was received, where that was corrected (R13), and from which event figures have
-- it (R70). What came before no event could say so: no log is read again.

ALTER TABLE reporting.contact ADD COLUMN receipt_event_id uuid;

-- When an initial decision that was made before was due by the corrected receipt (R72), told by
-- screening: perhaps before intake's clock is heard of. The latest revision of the case stands.
CREATE TABLE reporting.retimed_decision (
    clock_id uuid        PRIMARY KEY,
    event_id uuid        NOT NULL,
    revision bigint      NOT NULL CHECK (revision > 0),
    due      timestamptz NOT NULL
);
