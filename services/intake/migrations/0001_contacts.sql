-- Contacts and the people on them. Personal values stand here and nowhere else in
-- this database: events, commands and logs hold ids and codes.

CREATE TYPE intake.channel AS ENUM ('form', 'phone', 'email', 'mail', 'walk_in', 'system');
CREATE TYPE intake.consent_purpose AS ENUM ('share_information', 'service');
CREATE TYPE intake.consent_answer AS ENUM ('agreed', 'refused', 'not_sought');
CREATE TYPE intake.consent_giver AS ENUM ('parent', 'child', 'adult');
CREATE TYPE intake.basis_kind AS ENUM ('override', 'public_interest', 'section_47', 'court_order');

-- Numbers from which references are made (R11).
CREATE SEQUENCE intake.reference_number MINVALUE 1 START 20000;

CREATE TABLE intake.contact (
    id               uuid           PRIMARY KEY,
    revision         bigint         NOT NULL CHECK (revision > 0),
    reference        text           NOT NULL UNIQUE,
    channel          intake.channel NOT NULL,
    -- Received and recorded are two instants (R13).
    received_at      timestamptz    NOT NULL,
    recorded_at      timestamptz    NOT NULL,
    referral_source  text           NOT NULL,
    concern          text           NOT NULL CHECK (concern <> ''),
    factors          text[]         NOT NULL,
    significant_harm boolean        NOT NULL,
    immediate_danger boolean        NOT NULL,
    anonymous        boolean        NOT NULL,
    -- The referrer's identity is under seal: anonymous, or protected (R2).
    protected        boolean        NOT NULL,
    -- The referrer's two reasons for support without consent (R7), or neither.
    urgent_concerns  text,
    risk_of_telling  text,
    -- When and where an incident took place (R5).
    incident_on          date,
    incident_time        text       NOT NULL,
    incident_place       text       NOT NULL,
    -- What a professional's form asks (R6); a gap is no reason to refuse.
    spoken_to_family     boolean,
    needs                text       NOT NULL,
    proposed_service     text       NOT NULL,
    framework_considered boolean,
    why_not              text       NOT NULL,
    CHECK (received_at <= recorded_at),
    CHECK ((urgent_concerns IS NULL) = (risk_of_telling IS NULL))
);

-- Who raised a contact (R2).
CREATE TABLE intake.referrer (
    contact_id      uuid PRIMARY KEY REFERENCES intake.contact,
    name            text NOT NULL,
    organisation    text NOT NULL,
    role            text NOT NULL,
    contact_details text NOT NULL,
    -- The child or adult of this contact who is the same human.
    person_id       uuid
);

-- What an anonymous or protected referrer said of themselves: in no answer, check or
-- event (R2).
CREATE TABLE intake.sealed_referrer (
    contact_id      uuid PRIMARY KEY REFERENCES intake.contact,
    name            text NOT NULL,
    organisation    text NOT NULL,
    role            text NOT NULL,
    contact_details text NOT NULL,
    person_id       uuid
);

CREATE TABLE intake.child (
    id           uuid    PRIMARY KEY,
    contact_id   uuid    NOT NULL REFERENCES intake.contact,
    -- Its place in the contact, from 0.
    place        integer NOT NULL CHECK (place >= 0),
    name         text    NOT NULL,
    birth_date   date,
    unborn       boolean NOT NULL,
    sex          text    NOT NULL,
    ethnicity    text    NOT NULL,
    address      text    NOT NULL,
    outside_area boolean NOT NULL,
    school       text    NOT NULL,
    nhs_number   text CHECK (nhs_number ~ '^[0-9]{10}$'),
    upn          text CHECK (length(upn) = 13),
    -- Why there is no UPN.
    upn_unknown  text CHECK (upn_unknown <> ''),
    chosen_name         text   NOT NULL,
    pronouns            text   NOT NULL,
    gender              text CHECK (gender <> ''),
    religion            text   NOT NULL,
    first_language      text   NOT NULL,
    communication_needs text   NOT NULL,
    disabilities        text[] NOT NULL,
    postcode            text CHECK (postcode <> ''),
    uprn                text CHECK (uprn ~ '^[0-9]{1,12}$'),
    -- What is known of a child whose name is not.
    description         text   NOT NULL,
    UNIQUE (contact_id, place)
);

-- What of a child is shared only with their agreement or for a recorded safety need (R4).
CREATE TABLE intake.sealed_fields (
    child_id           uuid PRIMARY KEY REFERENCES intake.child,
    sexual_orientation text NOT NULL,
    gender_identity    text NOT NULL,
    trans_history      text NOT NULL
);

CREATE TABLE intake.adult (
    id                      uuid    PRIMARY KEY,
    contact_id              uuid    NOT NULL REFERENCES intake.contact,
    place                   integer NOT NULL CHECK (place >= 0),
    name                    text    NOT NULL,
    relationship            text    NOT NULL,
    parental_responsibility boolean NOT NULL,
    birth_date              date,
    address                 text    NOT NULL,
    postcode                text CHECK (postcode <> ''),
    description             text    NOT NULL,
    UNIQUE (contact_id, place)
);

-- Consent for one purpose (R6); no child: every child, no agency: every agency. Of an
-- adult's own information where it names one.
CREATE TABLE intake.consent (
    id          uuid                   PRIMARY KEY,
    contact_id  uuid                   NOT NULL REFERENCES intake.contact,
    place       integer                NOT NULL CHECK (place >= 0),
    child_id    uuid REFERENCES intake.child,
    adult_id    uuid REFERENCES intake.adult,
    agency      text CHECK (agency <> ''),
    purpose     intake.consent_purpose NOT NULL,
    answer      intake.consent_answer  NOT NULL,
    asked_at    timestamptz,
    how         text                   NOT NULL,
    asked_by    text                   NOT NULL,
    given_by    intake.consent_giver,
    family_told boolean                NOT NULL,
    withdrawn_at timestamptz,
    withdrawn_by text CHECK (withdrawn_by <> ''),
    UNIQUE (contact_id, place),
    CHECK (child_id IS NULL OR adult_id IS NULL),
    CHECK ((withdrawn_at IS NULL) = (withdrawn_by IS NULL)),
    CHECK (withdrawn_at IS NULL OR answer = 'agreed')
);

-- What allows information to be shared, as a manager recorded it (R38).
CREATE TABLE intake.basis (
    id          uuid              PRIMARY KEY,
    contact_id  uuid              NOT NULL REFERENCES intake.contact,
    kind        intake.basis_kind NOT NULL,
    child_ids   uuid[]            NOT NULL CHECK (cardinality(child_ids) > 0),
    reasons     text              NOT NULL CHECK (reasons <> ''),
    -- The second thing that a kind demands: the other ground of an override (R7),
    -- the position on consent of a public interest.
    further     text CHECK (further <> ''),
    recorded_by text              NOT NULL,
    recorded_at timestamptz       NOT NULL,
    CHECK ((kind IN ('override', 'public_interest')) = (further IS NOT NULL))
);
CREATE INDEX basis_of_contact ON intake.basis (contact_id);
