-- What happens to a contact after its first decision and its first end: children are added, go
-- to their units and come back, checks are withdrawn, cases are taken up again (R9, R20, R31).
-- Most of it was not kept, so that every log is read again from its beginning (R70).

TRUNCATE messaging.cursor, messaging.followed, messaging.parked;
TRUNCATE reporting.contact, reporting.initial_decision, reporting.outcome_decision,
    reporting.referrer, reporting.requested_check, reporting.page;

-- What becomes of a contact, a check or a page once. The earliest instant counts.
DROP TABLE reporting.milestone;
DROP TYPE reporting.milestone_kind;
CREATE TYPE reporting.milestone_kind AS ENUM
    ('said_urgent', 'answered', 'withdrawn', 'climbed', 'acknowledged');
CREATE TABLE reporting.milestone (
    kind      reporting.milestone_kind NOT NULL,
    record_id uuid                     NOT NULL,
    event_id  uuid                     NOT NULL,
    reached   timestamptz              NOT NULL,
    PRIMARY KEY (kind, record_id)
);

-- Told by intake: when a contact was recorded, beside when it was received (R13); its children,
-- also those who were added.
ALTER TABLE reporting.contact
    DROP COLUMN children,
    DROP COLUMN decision_due,
    ADD COLUMN recorded_at timestamptz NOT NULL;
CREATE TABLE reporting.contact_child (
    contact_id uuid NOT NULL,
    child_id   uuid NOT NULL,
    event_id   uuid NOT NULL,
    PRIMARY KEY (contact_id, child_id)
);

-- Clocks of the initial decision (R72), told by intake and screening; how clocks ended, told by
-- screening.
CREATE TABLE reporting.decision_clock (
    clock_id   uuid        PRIMARY KEY,
    contact_id uuid        NOT NULL,
    event_id   uuid        NOT NULL,
    due        timestamptz NOT NULL
);
CREATE INDEX decision_clock_of_contact ON reporting.decision_clock (contact_id);
CREATE TABLE reporting.ended_clock (
    clock_id uuid        PRIMARY KEY,
    event_id uuid        NOT NULL,
    ended_at timestamptz NOT NULL,
    -- False where it was no longer needed (R9).
    met      boolean     NOT NULL
);

-- Told by screening. Which of two is later is said by the revision of the case that each made,
-- whenever they are heard of; the latest stands.
CREATE TABLE reporting.child_move (
    contact_id uuid    NOT NULL,
    child_id   uuid    NOT NULL,
    event_id   uuid    NOT NULL,
    revision   bigint  NOT NULL CHECK (revision > 0),
    -- Its unit has it, or else the hub has it back (R9).
    with_unit  boolean NOT NULL,
    PRIMARY KEY (contact_id, child_id)
);
ALTER TABLE reporting.referrer ADD COLUMN revision bigint NOT NULL CHECK (revision > 0);
CREATE TABLE reporting.closed_case (
    contact_id uuid        PRIMARY KEY,
    event_id   uuid        NOT NULL,
    revision   bigint      NOT NULL CHECK (revision > 0),
    closed_at  timestamptz NOT NULL
);
-- A child needs an outcome again: how the referrer was dealt with, and the end, count no more.
CREATE TABLE reporting.taken_up_again (
    contact_id uuid   PRIMARY KEY,
    event_id   uuid   NOT NULL,
    revision   bigint NOT NULL CHECK (revision > 0)
);
