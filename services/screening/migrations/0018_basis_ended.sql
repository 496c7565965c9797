-- An agency has a check whose basis was ended (R38): it is a manager's like one without consent.
ALTER TABLE screening.consent_withdrawal ADD COLUMN basis_ended boolean NOT NULL DEFAULT false;
