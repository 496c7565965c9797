-- Children of a contact with an open case, who are passed to the unit that holds it (R9).

CREATE TABLE intake.unit_hand_over (
    id               uuid        PRIMARY KEY,
    revision         bigint      NOT NULL CHECK (revision > 0),
    contact_id       uuid        NOT NULL REFERENCES intake.contact,
    child_ids        uuid[]      NOT NULL CHECK (cardinality(child_ids) > 0),
    -- As the case system names it; empty where it does not.
    unit             text        NOT NULL,
    -- When it was known that the case is open.
    found_at         timestamptz NOT NULL,
    -- The clock until the unit is told, and then until it says that it has them.
    pass_clock_id    uuid        NOT NULL,
    pass_due_at      timestamptz NOT NULL,
    receipt_clock_id uuid,
    receipt_due_at   timestamptz,
    passed_at        timestamptz,
    passed_by        text CHECK (passed_by <> ''),
    way              intake.secure_way,
    received_at      timestamptz,
    received_by      text CHECK (received_by <> ''),
    recorded_by      text CHECK (recorded_by <> ''),
    -- It was found out before the receipt that there is no open case after all.
    withdrawn_at     timestamptz,
    CHECK (num_nulls(receipt_clock_id, receipt_due_at, passed_at, passed_by, way) IN (0, 5)),
    CHECK (num_nulls(received_at, received_by, recorded_by) IN (0, 3)),
    CHECK (received_at >= passed_at),
    CHECK (received_at IS NULL OR passed_at IS NOT NULL),
    CHECK (received_at IS NULL OR withdrawn_at IS NULL)
);
CREATE INDEX unit_hand_over_of_contact ON intake.unit_hand_over (contact_id);
CREATE INDEX unit_hand_over_open ON intake.unit_hand_over (found_at)
    WHERE received_at IS NULL AND withdrawn_at IS NULL;
