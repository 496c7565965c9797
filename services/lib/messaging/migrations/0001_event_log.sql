-- A service's event log: what happened, in the transaction in which it happened.
-- Never updated and never emptied; it is the truth from which the broker's feed
-- and every follower can be made again.
CREATE TABLE messaging.event (
    number        bigint      GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    id            uuid        NOT NULL UNIQUE,
    aggregate     uuid        NOT NULL,
    revision      bigint      NOT NULL CHECK (revision > 0),
    type          text        NOT NULL,
    addressee     text,
    payload       bytea       NOT NULL,
    actor         text        NOT NULL,
    trace_parent  text,
    occurred_at   timestamptz NOT NULL,
    -- Two writers cannot both extend one record.
    CONSTRAINT event_revision UNIQUE (aggregate, revision)
);

CREATE FUNCTION messaging.refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION '% is only ever added to', TG_TABLE_NAME;
END
$$;

CREATE TRIGGER event_is_kept BEFORE UPDATE OR DELETE ON messaging.event
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER event_is_not_emptied BEFORE TRUNCATE ON messaging.event
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();

-- What waits for a position. Apart from the log, so that finding it costs the same
-- with ten million events behind it; rows come and go, hence the eager vacuum.
CREATE TABLE messaging.waiting (
    number bigint PRIMARY KEY
) WITH (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 500);

-- The service's own login vacuums it after many came at once. What it may do with a table
-- are its default privileges; who may empty this one may also maintain it.
DO $$
DECLARE
    login regrole;
BEGIN
    FOR login IN
        SELECT grantee FROM pg_class, aclexplode(relacl)
        WHERE oid = 'messaging.waiting'::regclass AND privilege_type = 'DELETE' AND grantee <> 0
    LOOP
        EXECUTE format('GRANT MAINTAIN ON messaging.waiting TO %s', login);
    END LOOP;
END
$$;

-- Positions, gapless, in the order of the numbers. An event commits when its writer
-- does, so numbers have gaps and appear out of order; positions do not.
CREATE TABLE messaging.position (
    position bigint PRIMARY KEY CHECK (position > 0),
    number   bigint NOT NULL UNIQUE REFERENCES messaging.event
);

-- The last position given out. Whoever numbers locks this row first.
CREATE TABLE messaging.head (
    single   boolean PRIMARY KEY DEFAULT true CHECK (single),
    position bigint  NOT NULL
);
INSERT INTO messaging.head (position) VALUES (0);

-- How far the feed has been sent, and which process sends it until when.
CREATE TABLE messaging.publisher (
    single    boolean     PRIMARY KEY DEFAULT true CHECK (single),
    published bigint      NOT NULL,
    holder    uuid,
    held_to   timestamptz NOT NULL
);
INSERT INTO messaging.publisher (published, held_to) VALUES (0, 'epoch');

-- Commands accepted: the same request again gets the first reply.
CREATE TABLE messaging.command (
    caller      text        NOT NULL,
    rpc         text        NOT NULL,
    request_id  uuid        NOT NULL,
    body_hash   bytea       NOT NULL,
    -- The reply, which holds ids, codes and times only. Empty inside the
    -- transaction that is still making it.
    reply       bytea       NOT NULL DEFAULT '',
    accepted_at timestamptz NOT NULL,
    PRIMARY KEY (caller, rpc, request_id)
);

-- How far this service has followed each source; moves in the transaction of the
-- effects. Its row lock is the lease of the replica that applies.
CREATE TABLE messaging.cursor (
    source     text   PRIMARY KEY,
    position   bigint NOT NULL CHECK (position >= 0),
    event_id   uuid,
    -- Set where the source's log went back; a person decides how to go on.
    rewound_at timestamptz,
    CHECK ((position = 0) = (event_id IS NULL))
);

-- Every event that was dealt with, by which a follower of a log that went back finds
-- the last one that both still know.
CREATE TABLE messaging.followed (
    source   text   NOT NULL,
    position bigint NOT NULL,
    event_id uuid   NOT NULL,
    PRIMARY KEY (source, position)
);

-- Events that could not be applied, and those of the same record behind them.
CREATE TYPE messaging.parked_state AS ENUM ('parked', 'behind', 'retry', 'applied', 'dropped');
CREATE TABLE messaging.parked (
    source       text                   NOT NULL,
    position     bigint                 NOT NULL,
    state        messaging.parked_state NOT NULL,
    event_id     uuid                   NOT NULL,
    aggregate    uuid                   NOT NULL,
    revision     bigint                 NOT NULL,
    type         text                   NOT NULL,
    payload      bytea                  NOT NULL,
    trace_parent text,
    occurred_at  timestamptz            NOT NULL,
    cause        text                   NOT NULL,
    parked_at    timestamptz            NOT NULL,
    -- Why an operator dropped it, and who.
    drop_reason  text CHECK (length(drop_reason) >= 10),
    -- Not the position: a log that went back gives its positions anew.
    PRIMARY KEY (source, event_id),
    CHECK ((state = 'dropped') = (drop_reason IS NOT NULL))
);
CREATE INDEX parked_unresolved ON messaging.parked (source, aggregate, position)
    WHERE state IN ('parked', 'behind', 'retry');
