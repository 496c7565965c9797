-- Who is matched first (R8), what a hand-over to a unit keeps besides, and that one whose
-- ground is gone is withdrawn whenever that is found out (R9).

-- What contacts bring is matched before what an import brings, however much that is; and it
-- is known of an entry that it was never matched before.
ALTER TABLE intake.unmatched
    ADD COLUMN of_contact boolean NOT NULL DEFAULT false,
    ADD COLUMN is_new     boolean NOT NULL DEFAULT false;
CREATE INDEX unmatched_turn ON intake.unmatched (of_contact DESC, number);
CREATE INDEX unmatched_person ON intake.unmatched (person_id);

-- An episode that is new or changed may mean that a case is open, and one that went to
-- somebody else that none is (R9): both people are looked at again. Once is enough for what
-- one transaction changes; what another one has put may be taken from the queue already.
CREATE OR REPLACE FUNCTION intake.look_again_at_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO intake.unmatched (person_id)
    SELECT DISTINCT changed.id
    FROM unnest(ARRAY[NEW.person_id, CASE WHEN TG_OP = 'UPDATE' THEN OLD.person_id END]) AS changed (id)
    WHERE changed.id IS NOT NULL AND NOT EXISTS (
        SELECT FROM intake.unmatched
        WHERE person_id = changed.id AND unmatched.xmin = pg_current_xact_id()::xid
    );
    RETURN NULL;
END
$$;

ALTER TABLE intake.unit_hand_over
    -- It is withdrawn also after the receipt.
    DROP CONSTRAINT unit_hand_over_check4,
    -- From when the clock runs until the unit is told.
    ADD COLUMN pass_started_at timestamptz,
    -- The unit that was told, where whoever told it named one.
    ADD COLUMN passed_unit text CHECK (passed_unit <> ''),
    ADD CHECK (passed_unit IS NULL OR passed_at IS NOT NULL);
UPDATE intake.unit_hand_over SET pass_started_at = found_at;
ALTER TABLE intake.unit_hand_over ALTER COLUMN pass_started_at SET NOT NULL;

-- What is certain waits for a person all the same where it would make one human of two whom
-- a person has told apart (R8).
ALTER TABLE intake.match
    DROP CONSTRAINT match_check4,
    ADD CHECK (decided_at IS NOT NULL OR state = 'proposed' OR (certain AND state = 'linked'));

-- What the register finds people by besides (R8).

ALTER TABLE intake.person
    -- The name that a child chose.
    ADD COLUMN chosen_name text,
    -- Names of the household as they are looked for: folded, their parts in order.
    ADD COLUMN household_folded text[] NOT NULL DEFAULT '{}';

-- Until they are put again; names in other letters are folded then.
UPDATE intake.person SET household_folded = ARRAY(
    SELECT (SELECT string_agg(part, ' ' ORDER BY part) FROM regexp_split_to_table(lower(btrim(name)), '\s+') AS part)
    FROM unnest(household) AS name
)
WHERE household <> '{}';
DROP INDEX intake.person_by_household;
CREATE INDEX person_by_household ON intake.person USING gin (household_folded) WHERE household_folded <> '{}';
