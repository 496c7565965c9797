-- As far as consent of a contact has been heard of: a check is not sent on consent that was asked
-- about before it was taken back (R6, R38). Whoever sends on consent and whoever hears of it lock
-- the row, so that one of them sees what the other has done.

CREATE TABLE partner_checks.consent_heard (
    contact_id uuid   PRIMARY KEY,
    -- The contact's revision at which consent to share was last taken back or refused; 0 where
    -- it never was.
    revision   bigint NOT NULL CHECK (revision >= 0)
);
