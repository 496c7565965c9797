-- Checks that the hub has no more use for: the units that hold their open cases have all
-- the children they are about (R9).

ALTER TABLE partner_checks.requested_check
    ADD COLUMN withdrawn_at timestamptz CHECK (withdrawn_at >= requested_at);

DROP INDEX partner_checks.check_undelivered;
CREATE INDEX check_undelivered ON partner_checks.requested_check (agency, requested_at, id)
    WHERE delivered_at IS NULL AND withdrawn_at IS NULL;
DROP INDEX partner_checks.check_red_open;
CREATE INDEX check_red_open ON partner_checks.requested_check (deadline, id)
    WHERE rag = 'red' AND answered_at IS NULL AND withdrawn_at IS NULL;

-- Children whom their units have, as screening tells it.
CREATE TABLE partner_checks.child_with_unit (
    child_id    uuid        PRIMARY KEY,
    contact_id  uuid        NOT NULL,
    received_at timestamptz NOT NULL
);
