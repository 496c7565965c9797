-- A request that went to the wrong unit, or to governance by mistake, comes back to the hub; one
-- that was taken down wrong is corrected; and a case that is heard of later is heard of by the
-- requests that lie at the hub (R54, R55).

ALTER TABLE intake.information_request
    -- From when the hour runs in which a unit is to be passed it; null where nobody it is about
    -- has an open case (R54), and where a replica of before has written that somebody has: then
    -- from the receipt.
    ADD COLUMN open_case_from timestamptz CHECK (open_case OR open_case_from IS NULL),
    -- When the register was last asked about those it is about.
    ADD COLUMN looked_at timestamptz NOT NULL DEFAULT now();
UPDATE intake.information_request
SET open_case_from = CASE WHEN open_case THEN received_at END, looked_at = recorded_at;
CREATE INDEX information_request_looked_at ON intake.information_request (looked_at) WHERE state = 'received';

-- To whom a request was passed who gave it back, or never should have had it.
CREATE TABLE intake.information_taken_back (
    request_id    uuid        NOT NULL REFERENCES intake.information_request,
    -- The request's revision that it made.
    revision      bigint      NOT NULL CHECK (revision > 1),
    unit          text        CHECK (unit <> ''),
    passed_at     timestamptz NOT NULL,
    receipt_by    text        CHECK (receipt_by <> ''),
    receipt_at    timestamptz,
    reason        text        NOT NULL CHECK (reason <> ''),
    taken_back_by text        NOT NULL CHECK (taken_back_by <> ''),
    taken_back_at timestamptz NOT NULL,
    PRIMARY KEY (request_id, revision),
    CHECK ((receipt_at IS NULL) = (receipt_by IS NULL)),
    CHECK (passed_at <= taken_back_at)
);
CREATE TRIGGER information_taken_back_is_kept BEFORE UPDATE OR DELETE ON intake.information_taken_back
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER information_taken_back_is_not_emptied BEFORE TRUNCATE ON intake.information_taken_back
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();

-- What stood in a request before it was corrected, as it is shown.
CREATE TABLE intake.information_correction (
    request_id      uuid        NOT NULL REFERENCES intake.information_request,
    -- The request's revision that it made.
    revision        bigint      NOT NULL CHECK (revision > 1),
    before          bytea       NOT NULL,
    deadline_before timestamptz NOT NULL,
    reason          text        NOT NULL CHECK (reason <> ''),
    corrected_by    text        NOT NULL CHECK (corrected_by <> ''),
    corrected_at    timestamptz NOT NULL,
    PRIMARY KEY (request_id, revision)
);
CREATE TRIGGER information_correction_is_kept BEFORE UPDATE OR DELETE ON intake.information_correction
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER information_correction_is_not_emptied BEFORE TRUNCATE ON intake.information_correction
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();

-- Who is asked about may have been taken off a child's own contact (R2).
CREATE INDEX adult_taken_off ON intake.adult (taken_off_contact_id) WHERE taken_off_contact_id IS NOT NULL;
