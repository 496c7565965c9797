-- Who a referrer is can be corrected too (R2): what stood there before is kept, of whatever was
-- corrected; null where that stayed as it was.

ALTER TABLE intake.referrer_before
    ALTER COLUMN contact_details DROP NOT NULL,
    ADD COLUMN source       text,
    ADD COLUMN name         text,
    ADD COLUMN organisation text,
    ADD COLUMN role         text,
    -- Which child or adult of the contact they were said to be was corrected; none for nobody.
    ADD COLUMN person_corrected boolean NOT NULL DEFAULT false,
    ADD COLUMN person_id    uuid,
    ADD CHECK (person_corrected OR person_id IS NULL),
    ADD CHECK (person_corrected OR num_nonnulls(contact_details, source, name, organisation, role) > 0);

-- Every authority can be named (R3): of England and Wales by the DfE's number, of Scotland by its
-- GSS code; of Northern Ireland and other countries by the place's ISO 3166 code and a name.
ALTER TABLE intake.passed_on
    DROP CONSTRAINT passed_on_authority_check,
    ADD COLUMN authority_name text NOT NULL DEFAULT '',
    ADD CHECK (CASE WHEN authority ~ '^([2-9][0-9]{2}|S12[0-9]{6})$' THEN authority_name = ''
                    ELSE authority ~ '^(GB-NIR|[A-Z]{2})$' AND authority_name <> '' END);

CREATE OR REPLACE FUNCTION intake.keep_passed_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.received_at IS NULL
        AND (NEW.id, NEW.contact_id, NEW.child_ids, NEW.authority, NEW.authority_name, NEW.way, NEW.information,
             NEW.acted_first, NEW.passed_at, NEW.passed_by, NEW.clock_id, NEW.due_at)
          IS NOT DISTINCT FROM
            (OLD.id, OLD.contact_id, OLD.child_ids, OLD.authority, OLD.authority_name, OLD.way, OLD.information,
             OLD.acted_first, OLD.passed_at, OLD.passed_by, OLD.clock_id, OLD.due_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'intake.passed_on can only be added to'
        USING ERRCODE = 'insufficient_privilege';
END
$$;
