-- Imports of case systems' episodes into the register (R8, R9): how far each is, so that a
-- stream that is sent again goes on there. What was taken stands in person and episode.

CREATE TABLE intake.import (
    -- Who sends it, and the id that the sender gave it.
    sender      text        NOT NULL CHECK (sender <> ''),
    id          uuid        NOT NULL,
    system      text        NOT NULL CHECK (system ~ '^[a-z0-9_-]{1,20}$'),
    -- Number of the last row that was looked at.
    position    integer     NOT NULL DEFAULT 0 CHECK (position >= 0),
    -- Hash of the header and of all rows up to there: another stream of the same id shows.
    content     bytea       NOT NULL CHECK (octet_length(content) = 32),
    -- Rows up to there, each counted once.
    created     integer     NOT NULL DEFAULT 0 CHECK (created >= 0),
    changed     integer     NOT NULL DEFAULT 0 CHECK (changed >= 0),
    unchanged   integer     NOT NULL DEFAULT 0 CHECK (unchanged >= 0),
    refused     integer     NOT NULL DEFAULT 0 CHECK (refused >= 0),
    begun_at    timestamptz NOT NULL,
    advanced_at timestamptz NOT NULL,
    ended_at    timestamptz,
    PRIMARY KEY (sender, id)
);
