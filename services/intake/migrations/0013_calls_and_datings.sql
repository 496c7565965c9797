-- A call in danger opens a contact in the same quarter of an hour, which says who recorded
-- it: with the name of whoever answered the call the two would be one (R53).
ALTER TABLE intake.consultation ALTER COLUMN answered_by DROP NOT NULL;
UPDATE intake.consultation SET answered_by = NULL WHERE beginning = 'danger';
ALTER TABLE intake.consultation
    ADD CONSTRAINT consultation_in_danger_names_nobody
        CHECK ((beginning = 'danger') = (answered_by IS NULL));

-- Every date that a manager has set for a request (R55). The request has the last; this has
-- all of them, and is only ever added to.
CREATE TABLE intake.information_dating (
    request_id uuid        NOT NULL REFERENCES intake.information_request,
    -- The request's revision that it made.
    revision   bigint      NOT NULL CHECK (revision > 1),
    deadline   timestamptz NOT NULL,
    reason     text        NOT NULL CHECK (reason <> ''),
    dated_by   text        NOT NULL CHECK (dated_by <> ''),
    dated_at   timestamptz NOT NULL,
    PRIMARY KEY (request_id, revision),
    CHECK (dated_at < deadline)
);
CREATE TRIGGER information_dating_is_kept BEFORE UPDATE OR DELETE ON intake.information_dating
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();

-- A refusal in spite of an open case has its reason, as an answer has (R54).
ALTER TABLE intake.information_disclosure DROP CONSTRAINT information_disclosure_check1;
ALTER TABLE intake.information_disclosure ADD CHECK (
    (recipient IS NULL) = (recipient_country IS NULL) AND (basis IS NULL) = (basis_detail IS NULL)
);
