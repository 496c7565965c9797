-- The register: whom the authority knows, from earlier contacts and from the case system,
-- and the episodes in which it works with them (R8, R9).

CREATE TYPE intake.episode_kind AS ENUM ('early_help', 'section_17', 'section_47');

-- One entry for everybody as they were told of once. Entries are never merged: that two of
-- them are one human is a link, which can be undone.
CREATE TABLE intake.person (
    id         uuid PRIMARY KEY,
    name       text,
    birth_date date,
    nhs_number text CHECK (nhs_number ~ '^[0-9]{10}$'),
    upn        text,
    address    text,
    postcode   text,
    school     text,
    sex        text,
    -- Names of the adults who live with them.
    household  text[] NOT NULL DEFAULT '{}',
    -- The person in the system that the entry is taken from.
    source_ref text UNIQUE,
    -- The child or adult of a contact whom the entry is taken from.
    child_id   uuid UNIQUE REFERENCES intake.child,
    adult_id   uuid UNIQUE REFERENCES intake.adult,
    CHECK (num_nonnulls(source_ref, child_id, adult_id) <= 1)
);
CREATE INDEX person_by_nhs_number ON intake.person (nhs_number) WHERE nhs_number IS NOT NULL;

-- The keys under which an entry is looked for; several each. What has the same name, sound
-- or date is found by them without reading the register (R8).
CREATE TABLE intake.person_key (
    key       text NOT NULL,
    person_id uuid NOT NULL REFERENCES intake.person,
    PRIMARY KEY (key, person_id)
);
CREATE INDEX key_of_person ON intake.person_key (person_id);

CREATE TABLE intake.episode (
    id         uuid                PRIMARY KEY,
    person_id  uuid                NOT NULL REFERENCES intake.person,
    source_ref text                UNIQUE,
    kind       intake.episode_kind NOT NULL,
    unit       text,
    worker     text,
    opened_on  date                NOT NULL,
    closed_on  date CHECK (closed_on >= opened_on)
);
CREATE INDEX episode_of_person ON intake.episode (person_id);
