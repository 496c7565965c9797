-- Checks that partner-checks withdrew: the units of their children have them all (R9).

ALTER TABLE screening.partner_check ADD COLUMN withdrawn boolean NOT NULL DEFAULT false;
