-- Every clock, every timer of a clock, and every page with what is owed to pagers.
-- Ids, codes and times only: nothing here names a person.

CREATE TYPE deadlines.clock_kind AS ENUM (
    'initial_decision', 'csc_screening', 'early_help_screening', 'check', 'inform_referrer', 'section_47_decision',
    'information_request', 'information_request_receipt', 'edt_receipt', 'edt_review', 'authority_receipt', 'override_review',
    'unit_pass', 'unit_receipt'
);
CREATE TYPE deadlines.clock_state AS ENUM ('running', 'late', 'met', 'met_late', 'cancelled');
CREATE TYPE deadlines.ending AS ENUM ('met', 'cancelled', 'replaced');
CREATE TYPE deadlines.rag AS ENUM ('red', 'amber', 'green');
CREATE TYPE deadlines.timer_kind AS ENUM ('warning', 'deadline');
CREATE TYPE deadlines.page_cause AS ENUM (
    'section_47', 'risk_flag', 'red_check_overdue', 'red_check_reminder', 'event_parked'
);
CREATE TYPE deadlines.ladder AS ENUM (
    'section_47', 'section_47_out_of_hours', 'risk_flag', 'red_check', 'red_check_reminder', 'parked_event'
);
CREATE TYPE deadlines.notice AS ENUM ('raised', 'climbed', 'repeated', 'reminder');

CREATE TABLE deadlines.clock (
    id               uuid                  PRIMARY KEY,
    -- How many events tell of it.
    revision         bigint                NOT NULL DEFAULT 0,
    contact_id       uuid                  NOT NULL,
    kind             deadlines.clock_kind  NOT NULL,
    state            deadlines.clock_state NOT NULL DEFAULT 'running',
    started_at       timestamptz           NOT NULL,
    deadline         timestamptz           NOT NULL,
    protocol_version text                  NOT NULL,
    rag              deadlines.rag,
    agency           text CHECK (agency <> ''),
    ended_at         timestamptz,
    CHECK ((state IN ('running', 'late')) = (ended_at IS NULL)),
    CHECK (state <> 'met' OR ended_at <= deadline),
    CHECK (state <> 'met_late' OR ended_at > deadline)
);
CREATE INDEX clock_of_contact ON deadlines.clock (contact_id, deadline);
CREATE INDEX clock_unended ON deadlines.clock (deadline) WHERE ended_at IS NULL;

-- An end as it was heard, perhaps before the start.
CREATE TABLE deadlines.clock_end (
    clock_id uuid             PRIMARY KEY,
    ended_at timestamptz      NOT NULL,
    ending   deadlines.ending NOT NULL
);

-- A check that was opened by a person at the agency (R42, R43).
CREATE TABLE deadlines.clock_seen (
    clock_id uuid        PRIMARY KEY,
    seen_at  timestamptz NOT NULL
);

-- Contacts whose every child has an initial decision: the clock of R18 ends with it,
-- or does not begin.
CREATE TABLE deadlines.decision (
    contact_id uuid        PRIMARY KEY,
    decided_at timestamptz NOT NULL
);

-- One row for each warning point and one for the deadline. Rows come and go through
-- the partial index, hence the eager vacuum.
CREATE TABLE deadlines.timer (
    id           bigint               GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    clock_id     uuid                 NOT NULL REFERENCES deadlines.clock,
    kind         deadlines.timer_kind NOT NULL,
    due          timestamptz          NOT NULL,
    -- When it is to be fired: when it is due, or later where it has failed so often.
    try_at       timestamptz          NOT NULL,
    failures     integer              NOT NULL DEFAULT 0 CHECK (failures >= 0),
    -- RED checks and Section 47 fire before anything else that is due (R60).
    urgent       boolean              NOT NULL,
    fired_at     timestamptz,
    cancelled_at timestamptz,
    UNIQUE (clock_id, kind, due),
    -- Late, never early.
    CHECK (try_at >= due),
    CHECK (fired_at >= due),
    CHECK (fired_at IS NULL OR cancelled_at IS NULL)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE UNIQUE INDEX timer_one_deadline ON deadlines.timer (clock_id) WHERE kind = 'deadline';
CREATE INDEX timer_due ON deadlines.timer (urgent, try_at) WHERE fired_at IS NULL AND cancelled_at IS NULL;

CREATE TABLE deadlines.page (
    id              uuid                 PRIMARY KEY,
    revision        bigint               NOT NULL DEFAULT 0,
    -- None where it is about the system, or of a catch-up: the contacts of that are
    -- those of its causes (R60).
    contact_id      uuid,
    cause           deadlines.page_cause NOT NULL,
    ladder          deadlines.ladder     NOT NULL,
    raised_at       timestamptz          NOT NULL,
    agency          text CHECK (agency <> ''),
    rag             deadlines.rag,
    deadline        timestamptz,
    -- How often it was told, from 0; the step of the ladder, from 0; the role there.
    number          integer              NOT NULL CHECK (number >= 0),
    step            integer              NOT NULL CHECK (step BETWEEN 0 AND number),
    role            text                 NOT NULL,
    -- The telling with which it began on its ladder: at opening and closing it changes.
    ladder_from     integer              NOT NULL DEFAULT 0,
    next_climb_at   timestamptz,
    -- How often it could not climb since it last did.
    failures        integer              NOT NULL DEFAULT 0 CHECK (failures >= 0),
    acknowledged_at timestamptz,
    acknowledged_by text,
    resolved_at     timestamptz,
    CHECK (ladder_from BETWEEN 0 AND number),
    CHECK ((acknowledged_at IS NULL) = (acknowledged_by IS NULL)),
    CHECK (acknowledged_at IS NULL OR resolved_at IS NULL),
    CHECK (next_climb_at IS NULL OR (acknowledged_at IS NULL AND resolved_at IS NULL)),
    CHECK (contact_id IS NULL OR cause <> 'event_parked'),
    -- Section 47 and dangers are told singly.
    CHECK (contact_id IS NOT NULL OR cause NOT IN ('section_47', 'risk_flag'))
);
CREATE INDEX page_climb ON deadlines.page (next_climb_at) WHERE next_climb_at IS NOT NULL;
CREATE INDEX page_waits ON deadlines.page (raised_at, id) WHERE acknowledged_at IS NULL AND resolved_at IS NULL;

-- What a page is about. Pages on one contact may be one page (R43), and so may those of
-- a catch-up for one person (R60), so there may be several; one cause is never on two
-- pages.
CREATE TABLE deadlines.cause (
    -- The contact, flag, clock, or event that it comes from.
    cause      deadlines.page_cause NOT NULL,
    origin     text                 NOT NULL,
    page_id    uuid                 NOT NULL REFERENCES deadlines.page,
    -- None where it is about the system.
    contact_id uuid,
    -- The clock whose end makes it over, and when its warning or deadline was due.
    clock_id   uuid REFERENCES deadlines.clock,
    due_at     timestamptz,
    raised_at  timestamptz          NOT NULL,
    over_at    timestamptz,
    PRIMARY KEY (cause, origin),
    CHECK ((contact_id IS NULL) = (cause = 'event_parked')),
    CHECK ((clock_id IS NULL) = (due_at IS NULL)),
    CHECK (raised_at >= due_at)
);
CREATE INDEX cause_of_page ON deadlines.cause (page_id);
CREATE INDEX cause_of_contact ON deadlines.cause (contact_id, cause) WHERE over_at IS NULL;
CREATE INDEX cause_of_clock ON deadlines.cause (clock_id) WHERE clock_id IS NOT NULL;

-- What is owed to a pager: one row for each telling of a page and each pager.
CREATE TABLE deadlines.delivery (
    id           bigint           GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    page_id      uuid             NOT NULL REFERENCES deadlines.page,
    number       integer          NOT NULL,
    endpoint     text             NOT NULL,
    notice       deadlines.notice NOT NULL,
    step         integer          NOT NULL,
    role         text             NOT NULL,
    owed_at      timestamptz      NOT NULL,
    next_try_at  timestamptz      NOT NULL,
    tries        integer          NOT NULL DEFAULT 0,
    delivered_at timestamptz,
    -- Delivered, or no longer needed.
    done_at      timestamptz,
    UNIQUE (page_id, number, endpoint),
    CHECK (delivered_at IS NULL OR done_at IS NOT NULL)
) WITH (autovacuum_vacuum_scale_factor = 0.01);
CREATE INDEX delivery_owed ON deadlines.delivery (endpoint, next_try_at) WHERE done_at IS NULL;
-- A pager is owed the last telling of a page only.
CREATE UNIQUE INDEX delivery_last_owed ON deadlines.delivery (page_id, endpoint) WHERE done_at IS NULL;

-- Each attempt, with what came of it.
CREATE TABLE deadlines.attempt (
    delivery_id bigint      NOT NULL REFERENCES deadlines.delivery,
    try         integer     NOT NULL CHECK (try > 0),
    at          timestamptz NOT NULL,
    -- The answer's status, or why there was none: TIMEOUT, UNREACHABLE.
    outcome     text        NOT NULL,
    PRIMARY KEY (delivery_id, try)
);
