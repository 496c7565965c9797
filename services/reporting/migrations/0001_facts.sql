-- What the events of the other services say, one table a kind of fact: ids, codes and
-- instants, never a person. Facts of different services arrive in any order, so no
-- table refers to another; they meet when figures are counted. `event_id` is the event
-- that a fact was read from (R70).

CREATE TYPE reporting.channel AS ENUM ('form', 'phone', 'email', 'mail', 'walk_in', 'system');
CREATE TYPE reporting.rag AS ENUM ('red', 'amber', 'green');
CREATE TYPE reporting.pathway AS ENUM
    ('no_further_action_in_hub', 'statutory_assessment', 'csc_screening', 'early_help_screening');
CREATE TYPE reporting.outcome AS ENUM
    ('advice_and_guidance', 'community_or_voluntary_service', 'early_help_assessment',
     'statutory_assessment', 'no_further_action');
CREATE TYPE reporting.page_cause AS ENUM
    ('section_47', 'risk_flag', 'red_check_overdue', 'red_check_reminder', 'event_parked');
CREATE TYPE reporting.milestone_kind AS ENUM
    ('initially_decided', 'closed', 'answered', 'climbed', 'acknowledged');

-- Told by intake.
CREATE TABLE reporting.contact (
    contact_id      uuid              PRIMARY KEY,
    event_id        uuid              NOT NULL,
    received_at     timestamptz       NOT NULL,
    channel         reporting.channel NOT NULL,
    referral_source text              NOT NULL,
    children        integer           NOT NULL CHECK (children >= 0),
    section_47      boolean           NOT NULL,
    -- When the initial decision is due (R72).
    decision_due    timestamptz
);
-- Every figure but those of pages is of a period of receipt (R13).
CREATE INDEX contact_received ON reporting.contact (received_at);

-- What becomes of a record once: of a contact that every child has an initial decision and
-- that its case is closed, of a check that it is answered, of a page that it climbs and that
-- somebody acknowledges it. The earliest instant counts.
CREATE TABLE reporting.milestone (
    kind      reporting.milestone_kind NOT NULL,
    record_id uuid                     NOT NULL,
    event_id  uuid                     NOT NULL,
    reached   timestamptz              NOT NULL,
    PRIMARY KEY (kind, record_id)
);

-- Told by screening.
CREATE TABLE reporting.initial_decision (
    contact_id uuid              NOT NULL,
    child_id   uuid              NOT NULL,
    event_id   uuid              NOT NULL,
    pathway    reporting.pathway NOT NULL,
    decided_at timestamptz       NOT NULL,
    PRIMARY KEY (contact_id, child_id)
);

CREATE TABLE reporting.outcome_decision (
    contact_id uuid              NOT NULL,
    child_id   uuid              NOT NULL,
    event_id   uuid              NOT NULL,
    outcome    reporting.outcome NOT NULL,
    decided_at timestamptz       NOT NULL,
    PRIMARY KEY (contact_id, child_id)
);

CREATE TABLE reporting.referrer (
    contact_id  uuid        PRIMARY KEY,
    event_id    uuid        NOT NULL,
    -- False where a reason not to tell is on the record (R28).
    informed    boolean     NOT NULL,
    informed_at timestamptz NOT NULL
);

-- Told by partner-checks. RAG and deadline are those of the request: what happens
-- to them later changes no figure (R30).
CREATE TABLE reporting.requested_check (
    check_id     uuid          PRIMARY KEY,
    event_id     uuid          NOT NULL,
    contact_id   uuid          NOT NULL,
    agency       text          NOT NULL,
    rag          reporting.rag NOT NULL,
    requested_at timestamptz   NOT NULL,
    deadline     timestamptz   NOT NULL
);
CREATE INDEX requested_check_of_contact ON reporting.requested_check (contact_id);

-- Told by deadlines.
CREATE TABLE reporting.page (
    page_id   uuid                 PRIMARY KEY,
    event_id  uuid                 NOT NULL,
    cause     reporting.page_cause NOT NULL,
    raised_at timestamptz          NOT NULL
);
CREATE INDEX page_raised ON reporting.page (raised_at);
