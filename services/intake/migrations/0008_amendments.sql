-- What was changed after a contact came in, and what stood there before: corrections, the
-- second look at an override (R7), the opening of what is sealed (R2, R4). Only ever added
-- to.

CREATE TABLE intake.amendment (
    id         uuid        PRIMARY KEY,
    contact_id uuid        NOT NULL REFERENCES intake.contact,
    -- The contact's revision that it made.
    revision   bigint      NOT NULL CHECK (revision > 1),
    -- mash.intake.v1.Correction: the part as it stood before.
    before     bytea       NOT NULL,
    reason     text        NOT NULL CHECK (reason <> ''),
    amended_by text        NOT NULL CHECK (amended_by <> ''),
    amended_at timestamptz NOT NULL,
    UNIQUE (contact_id, revision)
);

CREATE TABLE intake.override_review (
    basis_id       uuid        NOT NULL REFERENCES intake.basis,
    -- The first look, the second look …
    number         integer     NOT NULL CHECK (number > 0),
    clock_id       uuid        NOT NULL,
    due_at         timestamptz NOT NULL,
    reviewed_at    timestamptz,
    reviewed_by    text CHECK (reviewed_by <> ''),
    -- One of the two is found.
    family_told_at timestamptz,
    renewed_reason text CHECK (renewed_reason <> ''),
    PRIMARY KEY (basis_id, number),
    CHECK ((reviewed_at IS NULL) = (reviewed_by IS NULL)),
    CHECK ((reviewed_at IS NULL) = (num_nonnulls(family_told_at, renewed_reason) = 0)),
    CHECK (num_nonnulls(family_told_at, renewed_reason) <= 1)
);

CREATE TABLE intake.seal_opening (
    id         uuid        PRIMARY KEY,
    contact_id uuid        NOT NULL REFERENCES intake.contact,
    -- Whose fields; none for the referrer.
    child_id   uuid REFERENCES intake.child,
    reason     text        NOT NULL CHECK (reason <> ''),
    opened_by  text        NOT NULL CHECK (opened_by <> ''),
    opened_at  timestamptz NOT NULL
);

CREATE TRIGGER amendment_is_kept BEFORE UPDATE OR DELETE ON intake.amendment
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER seal_opening_is_kept BEFORE UPDATE OR DELETE ON intake.seal_opening
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
