-- Which basis on record at intake a check rests on (R38), so that it stops with it: none for
-- consent. Of a check from before this only the kind is known.
ALTER TABLE partner_checks.requested_check
    ADD COLUMN basis_id uuid CHECK (basis_id IS NULL OR basis <> 'consent');

-- When what a check rests on was lost: consent was taken back or refused (R6), or its basis ended.
-- With the old column goes the check that it is for consent alone.
ALTER TABLE partner_checks.requested_check ADD COLUMN basis_lost_at timestamptz;
UPDATE partner_checks.requested_check SET basis_lost_at = consent_withdrawn_at
WHERE consent_withdrawn_at IS NOT NULL;
ALTER TABLE partner_checks.requested_check DROP COLUMN consent_withdrawn_at;

-- Bases that were ended, as intake tells it: nothing is sent on one that was asked about before.
-- Whoever sends on it and whoever hears of it lock the contact's row of `consent_heard`.
CREATE TABLE partner_checks.ended_basis (
    basis_id   uuid PRIMARY KEY,
    contact_id uuid NOT NULL
);
