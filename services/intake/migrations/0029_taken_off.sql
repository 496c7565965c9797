-- Whoever was put on a contact by mistake is taken off it and kept (R20, R62): no statement that
-- asks who is on a contact finds them, and their row says which contact that was.

ALTER TABLE intake.child
    ALTER COLUMN contact_id DROP NOT NULL,
    ADD COLUMN taken_off_contact_id uuid REFERENCES intake.contact,
    ADD CHECK (num_nonnulls(contact_id, taken_off_contact_id) = 1);
ALTER TABLE intake.adult
    ALTER COLUMN contact_id DROP NOT NULL,
    ADD COLUMN taken_off_contact_id uuid REFERENCES intake.contact,
    ADD CHECK (num_nonnulls(contact_id, taken_off_contact_id) = 1);
-- Whom a contact shows in its corrections is looked up with each reading of it.
CREATE INDEX child_taken_off ON intake.child (taken_off_contact_id) WHERE taken_off_contact_id IS NOT NULL;
