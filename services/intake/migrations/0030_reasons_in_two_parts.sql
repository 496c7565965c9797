-- An answer on an override or in the public interest says the same as such a basis on a contact
-- (R7, R38): the risk of telling the family, or whether consent was refused or why it was not
-- sought. Answers from before are as they are: they are never changed.
ALTER TABLE intake.information_disclosure ADD COLUMN basis_further text CHECK (basis_further <> '');
ALTER TABLE intake.information_disclosure
    ADD CONSTRAINT information_disclosure_says_further CHECK (
        (basis NOT IN ('override', 'public_interest') OR basis_further IS NOT NULL)
        AND (basis IS NOT NULL OR basis_further IS NULL)
    ) NOT VALID;
