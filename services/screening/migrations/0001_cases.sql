-- Cases in the hub, what was decided on them and why, and what is known of their
-- checks. Words of decisions and reasons are personal: they stand here and nowhere
-- else in this database.

CREATE TYPE screening.channel AS ENUM ('form', 'phone', 'email', 'mail', 'walk_in', 'system');
CREATE TYPE screening.pathway AS ENUM (
    'no_further_action_in_hub', 'statutory_assessment', 'csc_screening', 'early_help_screening'
);
CREATE TYPE screening.outcome AS ENUM (
    'advice_and_guidance', 'community_or_voluntary_service', 'early_help_assessment',
    'statutory_assessment', 'no_further_action'
);
CREATE TYPE screening.framework_level AS ENUM ('universal', 'universal_plus', 'targeted', 'statutory');
CREATE TYPE screening.rag AS ENUM ('red', 'amber', 'green');
CREATE TYPE screening.mark AS ENUM ('considered', 'outstanding', 'not_needed');
CREATE TYPE screening.basis_kind AS ENUM ('override', 'section_47');
CREATE TYPE screening.clock_kind AS ENUM (
    'initial_decision', 'csc_screening', 'early_help_screening', 'inform_referrer'
);

-- One case a contact; the contact's id is its key.
CREATE TABLE screening.contact_case (
    contact_id           uuid              PRIMARY KEY,
    revision             bigint            NOT NULL CHECK (revision > 0),
    channel              screening.channel NOT NULL,
    received_at          timestamptz       NOT NULL,
    in_hub_hours         boolean           NOT NULL,
    -- As the contact says now, which may have been corrected; and whether it said either
    -- when it arrived, from which screening is timed (R24).
    immediate_danger     boolean           NOT NULL,
    significant_harm     boolean           NOT NULL,
    arrived_urgent       boolean           NOT NULL,
    referrer_unreachable boolean           NOT NULL,
    opened_at            timestamptz       NOT NULL,
    -- How the referrer was dealt with (R28): all three, or none.
    referrer_informed    boolean,
    referrer_note        text CHECK (referrer_note <> ''),
    referrer_at          timestamptz,
    closed_at            timestamptz,
    CHECK (num_nulls(referrer_informed, referrer_note, referrer_at) IN (0, 3)),
    -- A referrer who left no way back cannot have been told.
    CHECK (NOT (referrer_unreachable AND referrer_informed)),
    CHECK (closed_at IS NULL OR referrer_at IS NOT NULL)
);
CREATE INDEX contact_case_open ON screening.contact_case (contact_id) WHERE closed_at IS NULL;

-- Every decision, by the revision that it made. Added to, never changed.
CREATE TABLE screening.decision (
    contact_id                uuid                      NOT NULL REFERENCES screening.contact_case,
    revision                  bigint                    NOT NULL,
    pathway                   screening.pathway,
    outcome                   screening.outcome,
    child_ids                 uuid[]                    NOT NULL CHECK (cardinality(child_ids) > 0),
    framework_level           screening.framework_level NOT NULL,
    rationale                 text                      NOT NULL CHECK (rationale <> ''),
    covering_reason           text CHECK (covering_reason <> ''),
    -- Lack of consent is not its reason, which A has to say (R21).
    consent_not_the_reason    boolean                   NOT NULL,
    decided_by                text                      NOT NULL,
    decided_at                timestamptz               NOT NULL,
    protocol_version          text                      NOT NULL,
    PRIMARY KEY (contact_id, revision),
    CHECK (pathway IS NOT NULL OR outcome IS NOT NULL),
    -- R16: what each pathway decides at once.
    CHECK (pathway IS DISTINCT FROM 'no_further_action_in_hub'
           OR outcome IN ('no_further_action', 'advice_and_guidance')),
    CHECK (pathway IS DISTINCT FROM 'statutory_assessment' OR outcome = 'statutory_assessment'),
    CHECK (pathway NOT IN ('csc_screening', 'early_help_screening') OR outcome IS NULL),
    CHECK (pathway IS DISTINCT FROM 'no_further_action_in_hub' OR consent_not_the_reason)
);

CREATE TABLE screening.child (
    contact_id      uuid    NOT NULL REFERENCES screening.contact_case,
    id              uuid    NOT NULL,
    -- Its place in the contact, from 0.
    place           integer NOT NULL CHECK (place >= 0),
    -- The family agrees that it is referred to a service (R6).
    service_consent boolean NOT NULL,
    pathway         screening.pathway,
    outcome         screening.outcome,
    -- The revision of the latest decision on it.
    decided_in      bigint,
    -- Since when the unit that holds its open case has it (R9): the hub decides nothing
    -- on it any more.
    with_unit_at    timestamptz,
    PRIMARY KEY (contact_id, id),
    UNIQUE (contact_id, place),
    FOREIGN KEY (contact_id, decided_in) REFERENCES screening.decision,
    CHECK ((pathway IS NULL) = (decided_in IS NULL)),
    CHECK (outcome IS NULL OR pathway IS NOT NULL)
);

-- What a manager has recorded in intake that bears on decisions: an override (R7, R21), or
-- Section 47 (R18). No row depends on the case: it is kept whatever was heard before.
CREATE TABLE screening.basis (
    id         uuid                 PRIMARY KEY,
    contact_id uuid                 NOT NULL,
    kind       screening.basis_kind NOT NULL,
    child_ids  uuid[]               NOT NULL
);
CREATE INDEX basis_of_contact ON screening.basis (contact_id);

-- Clocks of a case, which this service starts or ends.
CREATE TABLE screening.clock (
    id         uuid                 PRIMARY KEY,
    contact_id uuid                 NOT NULL REFERENCES screening.contact_case,
    -- For screening: whose (R20).
    child_id   uuid,
    kind       screening.clock_kind NOT NULL,
    started_at timestamptz          NOT NULL,
    deadline   timestamptz          NOT NULL,
    ended_at   timestamptz,
    CHECK ((kind IN ('csc_screening', 'early_help_screening')) = (child_id IS NOT NULL)),
    FOREIGN KEY (contact_id, child_id) REFERENCES screening.child (contact_id, id)
);
CREATE INDEX clock_running ON screening.clock (contact_id, deadline) WHERE ended_at IS NULL;

-- What is known of a check. It may be heard of before its case, and an answer before
-- its request: no row depends on another.
CREATE TABLE screening.partner_check (
    id              uuid          PRIMARY KEY,
    contact_id      uuid          NOT NULL,
    agency          text          NOT NULL,
    rag             screening.rag NOT NULL,
    deadline        timestamptz,
    -- When the final answer was received.
    answered_at     timestamptz,
    -- The decision gate's latest mark (R27).
    mark            screening.mark,
    -- The check's revision that the latest final answer or correction made, and the one
    -- that a person has read (R40).
    answer_revision bigint CHECK (answer_revision > 0),
    read_revision   bigint CHECK (read_revision > 0),
    answer_unread   boolean       NOT NULL GENERATED ALWAYS AS (
        answer_revision IS NOT NULL AND read_revision IS DISTINCT FROM answer_revision
    ) STORED,
    CHECK (read_revision IS NULL OR read_revision <= answer_revision)
);
CREATE INDEX partner_check_of_contact ON screening.partner_check (contact_id);
CREATE INDEX partner_check_unread ON screening.partner_check (contact_id) WHERE answer_unread;

-- What partner-checks saw of a RED check that did not get through (R43, R46). It may be
-- heard of before the check.
CREATE TABLE screening.check_alarm (
    check_id       uuid        PRIMARY KEY,
    -- It had not reached the agency in time; it has reached it.
    undelivered_at timestamptz,
    delivered_at   timestamptz,
    -- It was overdue, and nobody had been paged.
    unpaged_at     timestamptz
);

-- Who has read which answer of a check, outside a decision (R27, R40). Added to, never
-- changed.
CREATE TABLE screening.answer_review (
    check_id        uuid        NOT NULL REFERENCES screening.partner_check,
    answer_revision bigint      NOT NULL,
    reviewed_by     text        NOT NULL,
    reviewed_at     timestamptz NOT NULL,
    PRIMARY KEY (check_id, answer_revision)
);

-- What the gate of a decision said of each check (R27). Added to, never changed.
CREATE TABLE screening.gate_mark (
    contact_id    uuid           NOT NULL,
    revision      bigint         NOT NULL,
    check_id      uuid           NOT NULL REFERENCES screening.partner_check,
    mark          screening.mark NOT NULL,
    reason        text CHECK (reason <> ''),
    -- The answer that was considered.
    seen_revision bigint,
    PRIMARY KEY (contact_id, revision, check_id),
    FOREIGN KEY (contact_id, revision) REFERENCES screening.decision,
    CHECK (mark = 'considered' OR reason IS NOT NULL),
    CHECK ((mark = 'considered') = (seen_revision IS NOT NULL))
);

-- What a partner found that raises the risk (R41). It is acknowledged by a decision that
-- names it: one made on what was read before it came has not weighed it. Where no decision
-- is to come, it waits for somebody who reads it.
CREATE TABLE screening.risk_flag (
    id              uuid        PRIMARY KEY,
    contact_id      uuid        NOT NULL,
    -- None where it came without a request.
    check_id        uuid,
    received_at     timestamptz NOT NULL,
    -- The revision of the first decision that named it.
    acknowledged_in bigint,
    -- Who read it after the last decision.
    reviewed_by     text,
    reviewed_at     timestamptz,
    FOREIGN KEY (contact_id, acknowledged_in) REFERENCES screening.decision,
    CHECK (num_nulls(reviewed_by, reviewed_at) IN (0, 2)),
    CHECK (acknowledged_in IS NULL OR reviewed_at IS NULL)
);
CREATE INDEX risk_flag_of_contact ON screening.risk_flag (contact_id);
CREATE INDEX risk_flag_unread ON screening.risk_flag (contact_id)
    WHERE acknowledged_in IS NULL AND reviewed_at IS NULL;
