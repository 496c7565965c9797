-- Questions of the remit (R3), the end of an override (R7), and what can be added to and not
-- emptied (R62); parental responsibility may be unknown (R4).

CREATE TYPE intake.remit_reason AS ENUM ('adult', 'outside_area');
CREATE TYPE intake.remit_answer AS ENUM ('kept', 'passed_on', 'settled');

CREATE TABLE intake.remit_question (
    id          uuid        PRIMARY KEY,
    revision    bigint      NOT NULL CHECK (revision > 0),
    contact_id  uuid        NOT NULL REFERENCES intake.contact,
    raised_at   timestamptz NOT NULL,
    -- The clock until a manager has answered it.
    clock_id    uuid        NOT NULL,
    due_at      timestamptz NOT NULL,
    answer      intake.remit_answer,
    -- Why the hub keeps it.
    words       text,
    answered_by text CHECK (answered_by <> ''),
    answered_at timestamptz,
    CHECK (num_nonnulls(answer, words, answered_by, answered_at) IN (0, 4)),
    CHECK ((words <> '') = (answer = 'kept'))
);
CREATE UNIQUE INDEX remit_question_open_of_contact ON intake.remit_question (contact_id) WHERE answer IS NULL;
CREATE INDEX remit_question_of_contact ON intake.remit_question (contact_id);

CREATE TABLE intake.remit_question_reason (
    question_id uuid                NOT NULL REFERENCES intake.remit_question,
    child_id    uuid                NOT NULL REFERENCES intake.child,
    reason      intake.remit_reason NOT NULL,
    PRIMARY KEY (question_id, child_id, reason)
);

-- An override that was a mistake ends: nothing rests on it from then on (R7).
ALTER TABLE intake.override_review
    DROP CONSTRAINT override_review_check1,
    DROP CONSTRAINT override_review_check2,
    ADD COLUMN ended_reason text CHECK (ended_reason <> ''),
    ADD CHECK ((reviewed_at IS NULL) = (num_nonnulls(family_told_at, renewed_reason, ended_reason) = 0)),
    ADD CHECK (num_nonnulls(family_told_at, renewed_reason, ended_reason) <= 1);
-- On whose evidence a basis was recorded; empty where it is the manager's own.
ALTER TABLE intake.basis ADD COLUMN evidence text NOT NULL DEFAULT '';

CREATE TRIGGER amendment_is_not_emptied BEFORE TRUNCATE ON intake.amendment
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER seal_opening_is_not_emptied BEFORE TRUNCATE ON intake.seal_opening
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER passed_on_is_not_emptied BEFORE TRUNCATE ON intake.passed_on
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
-- The list of openings, for auditors.
CREATE INDEX seal_opening_in_order ON intake.seal_opening (opened_at, id);

-- Unknown where nobody has said. What was recorded as none stays so: it may have been meant.
ALTER TABLE intake.adult ALTER COLUMN parental_responsibility DROP NOT NULL;
