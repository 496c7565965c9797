-- The log of the consultation line (R53): codes, times, who answered. Its tables cannot
-- hold a child: no text in them is free, and nothing in them leads to a contact or to
-- anybody on one.

CREATE TYPE intake.consultation_list AS ENUM ('theme', 'caller_agency', 'caller_role');
CREATE TYPE intake.consultation_beginning AS ENUM (
    'danger', 'call_back', 'lead_consulted', 'lead_is_caller', 'no_lead_there'
);
CREATE TYPE intake.consultation_advice AS ENUM ('talk_to_family', 'make_referral', 'other_service');

-- Every code that the protocol file has, or had when a call was logged.
CREATE TABLE intake.consultation_code (
    list intake.consultation_list NOT NULL,
    code text                     NOT NULL CHECK (code ~ '^[a-z][a-z_]{1,39}$'),
    PRIMARY KEY (list, code)
);

CREATE TABLE intake.consultation (
    -- Random: an id made of a time would show the instant that begun_at leaves out.
    id             uuid                           PRIMARY KEY CHECK (uuid_extract_version(id) = 4),
    revision       bigint                         NOT NULL CHECK (revision IN (1, 2)),
    -- To the quarter of an hour, so that it joins no contact received in that time.
    begun_at       timestamptz                    NOT NULL
        CHECK (begun_at = date_bin('15 minutes', begun_at, '2000-01-01T00:00:00Z')),
    beginning      intake.consultation_beginning  NOT NULL,
    -- Opaque id of an identity provider: one word of it, never given by a caller.
    answered_by    text                           NOT NULL CHECK (answered_by ~ '^[!-~]{1,255}$'),
    caller_agency  text,
    caller_role    text,
    theme          text,
    advice         intake.consultation_advice[],
    became_contact boolean,
    minutes        smallint CHECK (minutes BETWEEN 1 AND 480),
    -- The lists that the codes are of, for the foreign keys.
    agency_list    intake.consultation_list NOT NULL GENERATED ALWAYS AS ('caller_agency') STORED,
    role_list      intake.consultation_list NOT NULL GENERATED ALWAYS AS ('caller_role') STORED,
    theme_list     intake.consultation_list NOT NULL GENERATED ALWAYS AS ('theme') STORED,
    FOREIGN KEY (agency_list, caller_agency) REFERENCES intake.consultation_code (list, code),
    FOREIGN KEY (role_list, caller_role) REFERENCES intake.consultation_code (list, code),
    FOREIGN KEY (theme_list, theme) REFERENCES intake.consultation_code (list, code),
    -- Only in danger is nobody asked who they are.
    CHECK (beginning = 'danger' OR (caller_agency IS NOT NULL AND caller_role IS NOT NULL)),
    -- In danger, and where somebody is to call back, the call is over as it begins.
    CHECK ((beginning = 'danger' AND revision = 1 AND became_contact IS TRUE AND theme IS NULL)
        OR (beginning = 'call_back' AND revision = 1 AND became_contact IS FALSE AND theme IS NULL)
        OR (beginning NOT IN ('danger', 'call_back') AND (revision = 2) = (became_contact IS NOT NULL))),
    CHECK ((theme IS NULL) = (advice IS NULL) AND (theme IS NULL) = (minutes IS NULL)
        AND (theme IS NOT NULL) = (revision = 2)),
    CHECK (cardinality(advice) > 0 AND array_position(advice, NULL) IS NULL)
);
CREATE INDEX consultation_begun ON intake.consultation (begun_at);
