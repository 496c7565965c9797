-- A child who was put on a contact by mistake is taken off: the hub decides nothing on it any more
-- (R20). What was decided stays.

ALTER TABLE screening.child
    ADD COLUMN taken_off_at timestamptz,
    -- It is the hub's: on the contact, and with no unit (R9).
    ADD COLUMN in_hub boolean NOT NULL
        GENERATED ALWAYS AS (with_unit_at IS NULL AND taken_off_at IS NULL) STORED;
