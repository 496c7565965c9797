-- What people said of the priority of a notice, each time (R14). The notice has the last
-- word on it, and who had it; this has all of them, and is only ever added to.

CREATE TABLE intake.notice_confirmation (
    id           uuid                   PRIMARY KEY,
    notice_id    uuid                   NOT NULL REFERENCES intake.notice,
    -- The notice's revision that it made.
    revision     bigint                 NOT NULL CHECK (revision > 1),
    priority     intake.notice_priority NOT NULL,
    reason       text CHECK (reason <> ''),
    confirmed_by text                   NOT NULL CHECK (confirmed_by <> ''),
    confirmed_at timestamptz            NOT NULL,
    UNIQUE (notice_id, revision)
);

INSERT INTO intake.notice_confirmation
SELECT uuidv7(), id, revision, confirmed, confirm_reason, confirmed_by, confirmed_at
FROM intake.notice
WHERE confirmed IS NOT NULL;

CREATE TRIGGER notice_confirmation_is_kept BEFORE UPDATE OR DELETE ON intake.notice_confirmation
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
