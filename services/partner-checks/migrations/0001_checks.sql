-- Checks of partner agencies, what was disclosed with them, and what came back.
-- Personal values stand here and nowhere else in this database: events, commands and
-- logs hold ids and codes.

CREATE TYPE partner_checks.rag AS ENUM ('red', 'amber', 'green');
CREATE TYPE partner_checks.basis AS ENUM ('consent', 'override', 'public_interest', 'section_47', 'court_order');
CREATE TYPE partner_checks.extent AS ENUM ('interim', 'final', 'correction');

-- Confirmations of the data sharing agreement; the latest of an agency holds (R37).
CREATE TABLE partner_checks.agreement (
    id           uuid        PRIMARY KEY,
    agency       text        NOT NULL CHECK (agency <> ''),
    confirmed_at timestamptz NOT NULL,
    lapses_at    timestamptz NOT NULL CHECK (lapses_at > confirmed_at),
    confirmed_by text        NOT NULL,
    -- When it was told that it lapses soon.
    warned_at    timestamptz CHECK (warned_at >= confirmed_at)
);
CREATE INDEX agreement_of_agency ON partner_checks.agreement (agency, confirmed_at DESC, id DESC);

-- One request to one agency about one contact.
CREATE TABLE partner_checks.requested_check (
    id           uuid                 PRIMARY KEY,
    revision     bigint               NOT NULL CHECK (revision > 0),
    contact_id   uuid                 NOT NULL,
    agency       text                 NOT NULL CHECK (agency <> ''),
    rag          partner_checks.rag   NOT NULL,
    -- The contact's short reference (R11).
    reference    text                 NOT NULL,
    purpose      text                 NOT NULL CHECK (purpose <> ''),
    context      text                 NOT NULL CHECK (context <> ''),
    basis        partner_checks.basis NOT NULL,
    requested_at timestamptz          NOT NULL,
    deadline     timestamptz          NOT NULL CHECK (deadline > requested_at),
    clock_id     uuid                 NOT NULL UNIQUE,
    delivered_at timestamptz CHECK (delivered_at >= requested_at),
    seen_at      timestamptz CHECK (seen_at >= delivered_at),
    -- When the final answer came (R40).
    answered_at  timestamptz CHECK (answered_at >= seen_at),
    -- When deadlines fired the clock of this RED check, and paged (R43).
    paged_at     timestamptz CHECK (paged_at IS NULL OR rag = 'red'),
    -- When it was told, once, that it is RED, due and unpaged (R43); and that it is RED
    -- and not delivered (R46).
    unpaged_told_at     timestamptz CHECK (unpaged_told_at >= deadline),
    undelivered_told_at timestamptz CHECK (undelivered_told_at > requested_at),
    -- Sent, delivered, seen, answered: each implies the one before it (R42).
    CHECK (seen_at IS NULL OR delivered_at IS NOT NULL),
    CHECK (answered_at IS NULL OR seen_at IS NOT NULL)
);
CREATE INDEX check_of_contact ON partner_checks.requested_check (contact_id, requested_at, id);
CREATE INDEX check_undelivered ON partner_checks.requested_check (agency, requested_at, id)
    WHERE delivered_at IS NULL;
-- What the watch looks at twice a second.
CREATE INDEX check_red_open ON partner_checks.requested_check (deadline, id)
    WHERE rag = 'red' AND answered_at IS NULL;

-- The identity that a check disclosed, as it was then.
CREATE TABLE partner_checks.checked_child (
    check_id   uuid    NOT NULL REFERENCES partner_checks.requested_check,
    place      integer NOT NULL CHECK (place >= 0),
    child_id   uuid    NOT NULL,
    name       text    NOT NULL,
    birth_date date,
    address    text    NOT NULL,
    school     text    NOT NULL,
    nhs_number text    NOT NULL,
    PRIMARY KEY (check_id, place)
);

-- What left the hub (R44). Stands on its own, and is only ever added to (R62).
CREATE TABLE partner_checks.disclosure (
    id                      uuid                 PRIMARY KEY,
    check_id                uuid                 NOT NULL UNIQUE REFERENCES partner_checks.requested_check,
    contact_id              uuid                 NOT NULL,
    agency                  text                 NOT NULL,
    child_ids               uuid[]               NOT NULL CHECK (cardinality(child_ids) > 0),
    fields                  text[]               NOT NULL CHECK (cardinality(fields) > 0),
    purpose                 text                 NOT NULL CHECK (purpose <> ''),
    basis                   partner_checks.basis NOT NULL,
    contact_revision        bigint               NOT NULL CHECK (contact_revision > 0),
    effects_weighed         text                 NOT NULL CHECK (effects_weighed <> ''),
    -- Why it was sent although the agreement had lapsed (R37).
    lapsed_agreement_reason text CHECK (lapsed_agreement_reason <> ''),
    decided_by              text                 NOT NULL,
    decided_at              timestamptz          NOT NULL
);
CREATE INDEX disclosure_of_contact ON partner_checks.disclosure (contact_id, decided_at, id);

CREATE TRIGGER disclosure_is_kept BEFORE UPDATE OR DELETE ON partner_checks.disclosure
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER disclosure_is_not_emptied BEFORE TRUNCATE ON partner_checks.disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();

-- What an agency answered (R40), as it came: mash.partner.v1.Answer, encoded.
CREATE TABLE partner_checks.answer (
    id           uuid                  PRIMARY KEY,
    check_id     uuid                  NOT NULL REFERENCES partner_checks.requested_check,
    -- The check's revision that it made, by which answers are in order.
    revision     bigint                NOT NULL CHECK (revision > 0),
    extent       partner_checks.extent NOT NULL,
    nothing_held boolean               NOT NULL,
    late         boolean               NOT NULL,
    received_at  timestamptz           NOT NULL,
    content      bytea                 NOT NULL,
    UNIQUE (check_id, revision)
);
CREATE UNIQUE INDEX answer_final ON partner_checks.answer (check_id) WHERE extent = 'final';

-- What an agency said raises the risk or the urgency (R41).
CREATE TABLE partner_checks.risk_flag (
    id          uuid        PRIMARY KEY,
    check_id    uuid        NOT NULL REFERENCES partner_checks.requested_check,
    revision    bigint      NOT NULL CHECK (revision > 0),
    received_at timestamptz NOT NULL,
    reason      text        NOT NULL CHECK (reason <> ''),
    UNIQUE (check_id, revision)
);
