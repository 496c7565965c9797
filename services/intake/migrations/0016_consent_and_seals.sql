-- Who agreed to what, so that something can rest on it (R6, R38); and what still told who a
-- sealed referrer is (R2).

CREATE TYPE intake.child_asked AS ENUM ('asked', 'not_of_age', 'not_asked');

ALTER TABLE intake.consent
    -- Who on the contact answered.
    ADD COLUMN giver_child_id uuid REFERENCES intake.child,
    ADD COLUMN giver_adult_id uuid REFERENCES intake.adult,
    -- The word of a member of the public about others.
    ADD COLUMN claimed boolean NOT NULL DEFAULT false,
    -- Who asked is the referrer, and stands under their seal.
    ADD COLUMN asker_sealed boolean NOT NULL DEFAULT false,
    -- Whether the child was asked; not told where there is none.
    ADD COLUMN child_asked intake.child_asked,
    ADD COLUMN child_answer intake.consent_answer,
    ADD COLUMN child_not_asked_why text CHECK (child_not_asked_why <> ''),
    ADD CHECK (giver_child_id IS NULL OR giver_adult_id IS NULL),
    ADD CHECK (NOT asker_sealed OR asked_by = ''),
    ADD CHECK ((child_answer IS NOT NULL) = (child_asked IS NOT DISTINCT FROM 'asked')),
    ADD CHECK ((child_not_asked_why IS NOT NULL) = (child_asked IS NOT DISTINCT FROM 'not_asked'));

-- Who asked for consent, as a sealed referrer said it.
CREATE TABLE intake.sealed_asker (
    consent_id uuid PRIMARY KEY REFERENCES intake.consent,
    asked_by   text NOT NULL CHECK (asked_by <> '')
);

-- 9 says that they gave no name: sealed, whether they said anonymous or not.
INSERT INTO intake.sealed_referrer (contact_id, name, organisation, role, contact_details, person_id)
SELECT contact_id, name, organisation, role, contact_details, person_id
FROM intake.referrer JOIN intake.contact ON contact.id = contact_id
WHERE referral_source = '9';
DELETE FROM intake.referrer USING intake.contact
WHERE contact.id = contact_id AND referral_source = '9';
UPDATE intake.contact SET anonymous = true WHERE referral_source = '9';

-- The true source lies under the seal; the contact shows that it is unknown.
ALTER TABLE intake.sealed_referrer ADD COLUMN source text;
UPDATE intake.sealed_referrer SET source = referral_source
FROM intake.contact WHERE contact.id = contact_id;
ALTER TABLE intake.sealed_referrer ALTER COLUMN source SET NOT NULL;
UPDATE intake.contact SET referral_source = '10'
WHERE (anonymous OR protected) AND referral_source <> '9';
ALTER TABLE intake.contact
    ADD CHECK (referral_source IN ('9', '10') OR NOT (anonymous OR protected));

INSERT INTO intake.sealed_asker (consent_id, asked_by)
SELECT consent.id, asked_by FROM intake.consent JOIN intake.contact ON contact.id = contact_id
WHERE (anonymous OR protected) AND asked_by <> '';
UPDATE intake.consent SET asked_by = '', asker_sealed = true
FROM intake.sealed_asker WHERE consent_id = consent.id;
