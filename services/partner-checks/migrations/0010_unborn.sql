-- A check says of a child that it is not born yet: its date is the expected one (R4).

ALTER TABLE partner_checks.checked_child ADD COLUMN unborn boolean NOT NULL DEFAULT false;
