-- A child who was put on a contact by mistake is taken off: the hub decides nothing on it any more
-- (R20). What was decided stays.

ALTER TABLE screening.child
    ADD COLUMN taken_off_at timestamptz,
    -- It is the hub's: on the contact, and with no unit (R9).
    ADD COLUMN in_hub boolean NOT NULL
        GENERATED ALWAYS AS (with_unit_at IS NULL AND taken_off_at IS NULL) STORED;

-- A check about nobody who is on the contact is needed by nobody, whoever comes back.
ALTER TABLE screening.partner_check
    ADD COLUMN taken_off boolean NOT NULL DEFAULT false,
    ADD CHECK (withdrawn OR NOT taken_off);

-- An agency has a check that tells of a child who is not on the contact (R20): it is a manager's
-- like one without consent.
ALTER TABLE screening.consent_withdrawal ADD COLUMN taken_off boolean NOT NULL DEFAULT false;
