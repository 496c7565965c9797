-- What is passed on: to the out-of-hours Emergency Duty Team and back (R10), and children
-- of another area to its authority (R3).

CREATE TYPE intake.hand_over_direction AS ENUM ('to_edt', 'from_edt');

CREATE TABLE intake.hand_over (
    id         uuid                       PRIMARY KEY,
    revision   bigint                     NOT NULL CHECK (revision > 0),
    contact_id uuid                       NOT NULL REFERENCES intake.contact,
    direction  intake.hand_over_direction NOT NULL,
    -- Made because an urgent contact came outside hub hours; then there are no words.
    automatic  boolean                    NOT NULL,
    made_at    timestamptz                NOT NULL,
    made_by    text                       NOT NULL CHECK (made_by <> ''),
    -- What the team is asked, or what it did.
    words      text                       NOT NULL,
    -- When the team acted, and what it left to the hub; of what it did only.
    acted_at   timestamptz,
    left_to_do text                       NOT NULL,
    -- The clock until the other side has it, or has reviewed it.
    clock_id   uuid                       NOT NULL,
    due_at     timestamptz                NOT NULL,
    taken_at   timestamptz,
    taken_by   text CHECK (taken_by <> ''),
    -- What the hub said of what the team did.
    review     text CHECK (review <> ''),
    CHECK ((words = '') = automatic),
    CHECK ((direction = 'from_edt') = (acted_at IS NOT NULL)),
    CHECK (direction = 'to_edt' OR NOT automatic),
    CHECK (direction = 'from_edt' OR left_to_do = ''),
    CHECK (acted_at <= made_at),
    CHECK ((taken_at IS NULL) = (taken_by IS NULL)),
    CHECK ((review IS NOT NULL) = (direction = 'from_edt' AND taken_at IS NOT NULL))
);
CREATE INDEX hand_over_of_contact ON intake.hand_over (contact_id);
CREATE INDEX hand_over_open ON intake.hand_over (direction, made_at) WHERE taken_at IS NULL;

CREATE TYPE intake.secure_way AS ENUM ('email', 'telephone', 'system');

-- Children passed to the authority of their area: the record of that disclosure (R44).
CREATE TABLE intake.passed_on (
    id          uuid              PRIMARY KEY,
    revision    bigint            NOT NULL CHECK (revision > 0),
    contact_id  uuid              NOT NULL REFERENCES intake.contact,
    child_ids   uuid[]            NOT NULL CHECK (cardinality(child_ids) > 0),
    -- As the DfE numbers them.
    authority   text              NOT NULL CHECK (authority ~ '^[2-9][0-9]{2}$'),
    way         intake.secure_way NOT NULL,
    information text              NOT NULL CHECK (information <> ''),
    acted_first text              NOT NULL,
    passed_at   timestamptz       NOT NULL,
    passed_by   text              NOT NULL CHECK (passed_by <> ''),
    -- The clock until that authority says that it has them.
    clock_id    uuid              NOT NULL,
    due_at      timestamptz       NOT NULL,
    received_at timestamptz,
    received_by text CHECK (received_by <> ''),
    recorded_by text CHECK (recorded_by <> ''),
    CHECK (passed_at <= received_at),
    CHECK ((received_at IS NULL) = (received_by IS NULL) AND (received_at IS NULL) = (recorded_by IS NULL))
);
CREATE INDEX passed_on_of_contact ON intake.passed_on (contact_id);
CREATE INDEX passed_on_open ON intake.passed_on (passed_at) WHERE received_at IS NULL;

-- What was told to another authority can be added to and not changed: only its receipt
-- comes later, once.
CREATE FUNCTION intake.keep_passed_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.received_at IS NULL
        AND (NEW.id, NEW.contact_id, NEW.child_ids, NEW.authority, NEW.way, NEW.information,
             NEW.acted_first, NEW.passed_at, NEW.passed_by, NEW.clock_id, NEW.due_at)
          IS NOT DISTINCT FROM
            (OLD.id, OLD.contact_id, OLD.child_ids, OLD.authority, OLD.way, OLD.information,
             OLD.acted_first, OLD.passed_at, OLD.passed_by, OLD.clock_id, OLD.due_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'intake.passed_on can only be added to'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER passed_on_is_kept BEFORE UPDATE OR DELETE ON intake.passed_on
    FOR EACH ROW EXECUTE FUNCTION intake.keep_passed_on();
