-- Places, peer groups and online spaces: subjects of their own, which several contacts can
-- share (R5).

CREATE EXTENSION IF NOT EXISTS pg_trgm WITH SCHEMA public;

CREATE TYPE intake.subject_kind AS ENUM ('place', 'peer_group', 'online_space');

CREATE TABLE intake.subject (
    id          uuid                PRIMARY KEY,
    kind        intake.subject_kind NOT NULL,
    name        text                NOT NULL CHECK (name <> ''),
    description text                NOT NULL,
    address     text                NOT NULL
);
CREATE INDEX subject_by_words ON intake.subject
    USING gin ((name || ' ' || address) public.gin_trgm_ops);

CREATE TABLE intake.contact_subject (
    contact_id uuid    NOT NULL REFERENCES intake.contact,
    subject_id uuid    NOT NULL REFERENCES intake.subject,
    place      integer NOT NULL CHECK (place >= 0),
    -- Its children of this contact.
    child_ids  uuid[]  NOT NULL,
    PRIMARY KEY (contact_id, subject_id)
);
CREATE INDEX contacts_of_subject ON intake.contact_subject (subject_id);
