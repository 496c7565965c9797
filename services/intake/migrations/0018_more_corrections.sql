-- Where a referrer could be told before that was corrected. Apart from the amendment: a
-- referrer who asks later to be protected is sealed with all of it (R2).

CREATE TABLE intake.referrer_before (
    amendment_id    uuid PRIMARY KEY,
    contact_id      uuid NOT NULL REFERENCES intake.contact,
    contact_details text NOT NULL
);
CREATE INDEX referrer_before_of_contact ON intake.referrer_before (contact_id);

CREATE TRIGGER referrer_before_is_kept BEFORE UPDATE OR DELETE ON intake.referrer_before
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER referrer_before_is_not_emptied BEFORE TRUNCATE ON intake.referrer_before
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();
