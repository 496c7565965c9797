-- Requests for information (R54–R56): who asks and on what authority, and what was
-- disclosed or not.

CREATE TYPE intake.information_request_kind AS ENUM (
    'routine', 'urgent_child_protection', 'court', 'subject_access', 'freedom_of_information'
);
CREATE TYPE intake.information_request_state AS ENUM (
    'received', 'passed_to_unit', 'received_by_unit', 'passed_to_governance',
    'received_by_governance', 'answered', 'refused'
);
CREATE TYPE intake.requester_verification AS ENUM (
    'call_back', 'secure_email', 'identity_document', 'court_seal'
);
CREATE TYPE intake.answer_basis AS ENUM (
    'consent', 'override', 'public_interest', 'section_47', 'court_order'
);
CREATE TYPE intake.information_refusal AS ENUM (
    'not_verified', 'no_basis', 'not_proportionate', 'risk_of_harm', 'withdrawn'
);

CREATE TABLE intake.information_request (
    id               uuid                             PRIMARY KEY,
    revision         bigint                           NOT NULL CHECK (revision > 0),
    reference        text                             NOT NULL UNIQUE,
    kind             intake.information_request_kind  NOT NULL,
    state            intake.information_request_state NOT NULL,
    -- Received and recorded are two instants (R13).
    received_at      timestamptz                      NOT NULL,
    recorded_at      timestamptz                      NOT NULL,
    requester_name   text NOT NULL CHECK (requester_name <> ''),
    organisation     text NOT NULL,
    capacity         text NOT NULL CHECK (capacity <> ''),
    contact_details  text NOT NULL CHECK (contact_details <> ''),
    country          text NOT NULL CHECK (country ~ '^[A-Z]{2}$'),
    -- From another country than the authority's (R56).
    is_foreign       boolean NOT NULL,
    -- Somebody it is about had an open case when it came (R54).
    open_case        boolean NOT NULL,
    authority        text NOT NULL CHECK (authority <> ''),
    purpose          text NOT NULL
        CHECK (purpose <> '' OR kind IN ('subject_access', 'freedom_of_information')),
    asked_for        text NOT NULL CHECK (asked_for <> ''),
    -- The basis that the requester names (R38).
    named_basis      intake.answer_basis,
    verification     intake.requester_verification,
    -- The clock that runs, or the last that ran.
    clock_id         uuid        NOT NULL,
    deadline         timestamptz NOT NULL,
    -- The deadline before a manager set another one (R55).
    first_deadline   timestamptz NOT NULL,
    dated_by         text,
    dated_reason     text CHECK (dated_reason <> ''),
    unit             text CHECK (unit <> ''),
    passed_at        timestamptz,
    receipt_by       text CHECK (receipt_by <> ''),
    receipt_at       timestamptz,
    CHECK (received_at <= recorded_at),
    CHECK ((dated_by IS NULL) = (dated_reason IS NULL)),
    CHECK (dated_by IS NULL OR kind IN ('urgent_child_protection', 'court')),
    CHECK (state IN ('received', 'answered', 'refused') = (passed_at IS NULL)),
    CHECK (state IN ('passed_to_unit', 'received_by_unit') = (unit IS NOT NULL)),
    CHECK (state IN ('received_by_unit', 'received_by_governance') = (receipt_at IS NOT NULL)),
    CHECK ((receipt_at IS NULL) = (receipt_by IS NULL) AND passed_at <= receipt_at),
    -- What is for information governance is never answered by the hub (R55).
    CHECK (kind NOT IN ('subject_access', 'freedom_of_information')
        OR state IN ('received', 'passed_to_governance', 'received_by_governance')),
    -- Nothing is answered before it is clear who asks (R55).
    CHECK (state <> 'answered' OR verification IS NOT NULL)
);
-- The worklist: what a manager must date first, then by the nearest deadline.
CREATE INDEX information_request_listed ON intake.information_request (
    state, (kind NOT IN ('urgent_child_protection', 'court') OR dated_by IS NOT NULL OR state <> 'received'),
    deadline, id
);

CREATE TABLE intake.information_subject (
    id         uuid    PRIMARY KEY,
    request_id uuid    NOT NULL REFERENCES intake.information_request,
    -- Its place in the request, from 0.
    place      integer NOT NULL CHECK (place >= 0),
    name       text    NOT NULL CHECK (name <> ''),
    birth_date date,
    nhs_number text CHECK (nhs_number ~ '^[0-9]{10}$'),
    UNIQUE (request_id, place)
);

-- What left the hub, about whom, to whom, for what, on what basis, decided by whom and
-- when; or the decision that nothing does (R44).
CREATE TABLE intake.information_disclosure (
    id                uuid PRIMARY KEY,
    request_id        uuid NOT NULL UNIQUE REFERENCES intake.information_request,
    subject_ids       uuid[] NOT NULL,
    recipient         text CHECK (recipient <> ''),
    recipient_country text CHECK (recipient_country ~ '^[A-Z]{2}$'),
    purpose           text NOT NULL,
    basis             intake.answer_basis,
    basis_detail      text CHECK (basis_detail <> ''),
    effects_weighed   text NOT NULL CHECK (effects_weighed <> ''),
    -- Why the hub answered although somebody had an open case (R54).
    open_case_reason  text CHECK (open_case_reason <> ''),
    refusal           intake.information_refusal,
    refusal_words     text CHECK (refusal_words <> ''),
    decided_by        text NOT NULL,
    decided_at        timestamptz NOT NULL,
    -- Shared with somebody on a basis, or refused with a reason: one of the two.
    CHECK ((refusal IS NULL) = (recipient IS NOT NULL) AND (refusal IS NULL) = (basis IS NOT NULL)
        AND (refusal IS NULL) = (refusal_words IS NULL)),
    CHECK ((recipient IS NULL) = (recipient_country IS NULL) AND (basis IS NULL) = (basis_detail IS NULL)
        AND (refusal IS NULL OR open_case_reason IS NULL))
);

-- What each agency's involvement called for (R55).
CREATE TABLE intake.disclosed_information (
    disclosure_id uuid    NOT NULL REFERENCES intake.information_disclosure,
    place         integer NOT NULL CHECK (place >= 0),
    -- No agency: the council's own.
    agency        text CHECK (agency <> ''),
    information   text    NOT NULL CHECK (information <> ''),
    proportion    text    NOT NULL CHECK (proportion <> ''),
    PRIMARY KEY (disclosure_id, place)
);

CREATE TRIGGER information_disclosure_is_kept BEFORE UPDATE OR DELETE ON intake.information_disclosure
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER information_disclosure_is_not_emptied BEFORE TRUNCATE ON intake.information_disclosure
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER disclosed_information_is_kept BEFORE UPDATE OR DELETE ON intake.disclosed_information
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER disclosed_information_is_not_emptied BEFORE TRUNCATE ON intake.disclosed_information
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
