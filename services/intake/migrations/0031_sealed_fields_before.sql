-- What is sealed of a child is corrected unseen, and what stood there before lies under the same
-- seal (R4). A field that a correction was not about has none.
CREATE TABLE intake.sealed_fields_before (
    amendment_id       uuid PRIMARY KEY,
    child_id           uuid NOT NULL REFERENCES intake.child,
    sexual_orientation text,
    gender_identity    text,
    trans_history      text,
    CHECK (num_nonnulls(sexual_orientation, gender_identity, trans_history) > 0)
);
CREATE INDEX sealed_fields_before_of_child ON intake.sealed_fields_before (child_id);
CREATE TRIGGER sealed_fields_before_is_kept BEFORE UPDATE OR DELETE ON intake.sealed_fields_before
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER sealed_fields_before_is_not_emptied BEFORE TRUNCATE ON intake.sealed_fields_before
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
