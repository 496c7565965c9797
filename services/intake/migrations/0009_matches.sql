-- Who is one human (R8): matches between entries of the register, made by the machine or by
-- a person. Entries are never merged: a link is a match that can be undone.

-- Entries that were put and are to be matched once they are committed, in the order in
-- which they were put; one may stand here twice.
CREATE TABLE intake.unmatched (
    number    bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    person_id uuid        NOT NULL REFERENCES intake.person,
    since     timestamptz NOT NULL DEFAULT transaction_timestamp()
);

CREATE TYPE intake.match_state AS ENUM ('proposed', 'linked', 'rejected', 'undone');

CREATE TABLE intake.match (
    id              uuid               PRIMARY KEY,
    revision        bigint             NOT NULL CHECK (revision > 0),
    one             uuid               NOT NULL REFERENCES intake.person,
    other           uuid               NOT NULL REFERENCES intake.person,
    state           intake.match_state NOT NULL,
    -- A national number says so and nothing contradicts it: linked without a person.
    certain         boolean            NOT NULL,
    -- How sure it is, and why: codes of evidence, each with its weight.
    bits            real               NOT NULL,
    reasons         text[]             NOT NULL,
    weights         real[]             NOT NULL,
    made_at         timestamptz        NOT NULL,
    -- Set by a person only; what a person decided is not changed by the machine.
    decided_at      timestamptz,
    decided_by      text CHECK (decided_by <> ''),
    decision_reason text CHECK (decision_reason <> ''),
    UNIQUE (one, other),
    CHECK (one < other),
    CHECK (cardinality(reasons) = cardinality(weights)),
    CHECK ((decided_at IS NULL) = (decided_by IS NULL)),
    CHECK ((decided_at IS NULL) = (decision_reason IS NULL)),
    -- The machine links what is certain, proposes the rest, and does nothing else.
    CHECK (decided_at IS NOT NULL OR state = CASE WHEN certain THEN 'linked' ELSE 'proposed' END::intake.match_state)
);
CREATE INDEX match_of_other ON intake.match (other);
-- What waits for a person, the surest first.
CREATE INDEX match_open ON intake.match (((bits * -1000)::bigint), id) WHERE state = 'proposed';
CREATE INDEX match_waiting ON intake.match (made_at) WHERE state = 'proposed';

-- Links, from either end.
CREATE VIEW intake.link AS
    SELECT one AS person_id, other AS linked_id FROM intake.match WHERE state = 'linked'
    UNION ALL
    SELECT other, one FROM intake.match WHERE state = 'linked';

-- What people decided of matches. Only ever added to.
CREATE TABLE intake.match_decision (
    match_id   uuid               NOT NULL REFERENCES intake.match,
    -- The match's revision that it made.
    revision   bigint             NOT NULL CHECK (revision > 0),
    state      intake.match_state NOT NULL,
    reason     text               NOT NULL CHECK (reason <> ''),
    decided_by text               NOT NULL CHECK (decided_by <> ''),
    decided_at timestamptz        NOT NULL,
    PRIMARY KEY (match_id, revision)
);
CREATE TRIGGER match_decision_is_kept BEFORE UPDATE OR DELETE ON intake.match_decision
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();

-- What is different this time (R8). Only ever added to: the latest answer counts.
CREATE TABLE intake.difference (
    id          uuid        PRIMARY KEY,
    contact_id  uuid        NOT NULL REFERENCES intake.contact,
    child_id    uuid        NOT NULL REFERENCES intake.child,
    answer      text        NOT NULL CHECK (answer <> ''),
    answered_by text        NOT NULL CHECK (answered_by <> ''),
    answered_at timestamptz NOT NULL
);
CREATE INDEX difference_of_child ON intake.difference (child_id);
CREATE TRIGGER difference_is_kept BEFORE UPDATE OR DELETE ON intake.difference
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();

-- Who is asked about by name and birth date (R52, R54).
CREATE INDEX person_by_name ON intake.person (birth_date, lower(btrim(name)));
-- Who lives where and with whom (R8).
CREATE INDEX person_by_postcode ON intake.person (postcode) WHERE postcode IS NOT NULL;
CREATE INDEX person_by_household ON intake.person USING gin (household) WHERE household <> '{}';

-- An episode that is new or changed may mean that a case is open (R9): its person is looked
-- at again.
CREATE FUNCTION intake.look_again_at_person() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO intake.unmatched (person_id) VALUES (NEW.person_id);
    RETURN NULL;
END
$$;
CREATE TRIGGER episode_is_looked_at AFTER INSERT OR UPDATE ON intake.episode
    FOR EACH ROW EXECUTE FUNCTION intake.look_again_at_person();
