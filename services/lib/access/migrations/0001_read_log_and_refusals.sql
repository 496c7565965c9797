-- Who looked at which child's record, and who was refused what. Both logs can be
-- added to and never changed (R62); they hold ids, codes and field names, never a
-- personal value.

CREATE TABLE access.read_log (
    number   bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at       timestamptz NOT NULL,
    -- Opaque id of the person, or the path of the system that acts for itself.
    actor    text NOT NULL CHECK (actor <> ''),
    -- The system that carried the person's token; null where the person called.
    via      text CHECK (via <> ''),
    action   text NOT NULL CHECK (action <> ''),
    subjects uuid[] NOT NULL CHECK (cardinality(subjects) > 0),
    purpose  text NOT NULL CHECK (purpose <> ''),
    fields   text[] NOT NULL
);

-- "Who looked at this child" is asked by a child's id.
CREATE INDEX read_log_subjects ON access.read_log USING gin (subjects);

-- Reads that are committed and not sealed yet. Apart from the log, so that finding them
-- costs the same with ten million reads behind them.
CREATE TABLE access.unsealed (
    number bigint PRIMARY KEY
);

-- The chain over the log: each seal is a hash of the read and of the seal before it, so
-- that a read that is changed or missing, or one pushed between, breaks it (R62). Made
-- after the commit, in the order in which reads are found, so that no read waits for
-- another one.
CREATE TABLE access.read_seal (
    place  bigint PRIMARY KEY CHECK (place > 0),
    number bigint NOT NULL UNIQUE REFERENCES access.read_log,
    seal   bytea  NOT NULL CHECK (length(seal) = 32)
);

-- The end of the chain. Whoever seals locks this row first.
CREATE TABLE access.seal_head (
    single boolean PRIMARY KEY DEFAULT true CHECK (single),
    place  bigint  NOT NULL,
    seal   bytea   NOT NULL
);
INSERT INTO access.seal_head (place, seal) VALUES (0, '');

CREATE TABLE access.refusal (
    number bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at     timestamptz NOT NULL,
    actor  text NOT NULL CHECK (actor <> ''),
    via    text CHECK (via <> ''),
    action text NOT NULL CHECK (action <> ''),
    api    text NOT NULL CHECK (api <> ''),
    reason text NOT NULL CHECK (reason <> '')
);

CREATE FUNCTION access.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '%.% can only be added to', TG_TABLE_SCHEMA, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
$$;

CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access.read_log
    FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access.read_seal
    FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change();
CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON access.refusal
    FOR EACH STATEMENT EXECUTE FUNCTION access.refuse_change();
