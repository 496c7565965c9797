-- Consent that a check rests on was taken back or refused (R6): what its agency has then is a
-- manager's to decide, whenever that is heard of.

ALTER TABLE partner_checks.requested_check
    ADD COLUMN consent_withdrawn_at timestamptz CHECK (consent_withdrawn_at IS NULL OR basis = 'consent');
