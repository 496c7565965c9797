-- Which consents came in with their contact: what a referrer under seal told is a claim,
-- whoever gave it, so that none of them tells who the referrer is (R2). Both ids were made in
-- one act then; the first twelve digits of each are its instant in milliseconds.
ALTER TABLE intake.consent ADD COLUMN with_contact boolean NOT NULL DEFAULT false;
UPDATE intake.consent SET with_contact =
    ('x' || left(replace(id::text, '-', ''), 12))::bit(48)::bigint
    - ('x' || left(replace(contact_id::text, '-', ''), 12))::bit(48)::bigint < 10000;
ALTER TABLE intake.consent ALTER COLUMN with_contact DROP DEFAULT;
UPDATE intake.consent SET claimed = true
FROM intake.contact
WHERE contact.id = contact_id AND with_contact AND (anonymous OR protected);

-- Nobody takes back what they were not asked yet (R6). No constraint: an old row that says so
-- must still take a seal.
CREATE FUNCTION intake.refuse_early_withdrawal() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'a consent was withdrawn before it was asked for' USING ERRCODE = 'check_violation';
END
$$;
CREATE TRIGGER consent_is_withdrawn_after_it BEFORE INSERT OR UPDATE OF withdrawn_at ON intake.consent
    FOR EACH ROW WHEN (NEW.withdrawn_at < NEW.asked_at) EXECUTE FUNCTION intake.refuse_early_withdrawal();
