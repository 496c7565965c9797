-- A check that stopped because consent was taken back before its agency had it (R6): no unit
-- asks in its stead, so that it is to be accounted for like any other (R27).

ALTER TABLE screening.partner_check
    ADD COLUMN without_consent boolean NOT NULL DEFAULT false,
    ADD CHECK (withdrawn OR NOT without_consent);
