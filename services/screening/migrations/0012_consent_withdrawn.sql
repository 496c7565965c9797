-- Consent was taken back that a check rests on which its agency has (R6): a MASH Manager decides
-- what becomes of it, on an open case or a closed one. No row depends on the case or on the
-- check: they may be heard of later.

CREATE TABLE screening.consent_withdrawal (
    check_id     uuid        NOT NULL,
    -- The check's revision that told it.
    revision     bigint      NOT NULL CHECK (revision > 0),
    contact_id   uuid        NOT NULL,
    agency       text        NOT NULL CHECK (agency <> ''),
    withdrawn_at timestamptz NOT NULL,
    -- What was decided on it, by whom and when.
    decision     text CHECK (decision <> ''),
    decided_by   text,
    decided_at   timestamptz,
    PRIMARY KEY (check_id, revision),
    CHECK (num_nulls(decision, decided_by, decided_at) IN (0, 3))
);
CREATE INDEX consent_withdrawal_of_contact ON screening.consent_withdrawal (contact_id);
CREATE INDEX consent_withdrawal_undecided ON screening.consent_withdrawal (contact_id)
    WHERE decided_at IS NULL;
