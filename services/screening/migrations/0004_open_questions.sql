-- Questions about a contact that nobody has answered, as intake told last (R8), and those that
-- were open when a decision was made. No row depends on the case.

CREATE TABLE screening.open_questions (
    contact_id  uuid    PRIMARY KEY,
    -- Of intake's record of them: an older one changes nothing.
    revision    bigint  NOT NULL CHECK (revision > 0),
    matches     integer NOT NULL CHECK (matches >= 0),
    differences integer NOT NULL CHECK (differences >= 0)
);

ALTER TABLE screening.decision
    ADD COLUMN matches_waiting        integer NOT NULL DEFAULT 0 CHECK (matches_waiting >= 0),
    ADD COLUMN differences_unanswered integer NOT NULL DEFAULT 0 CHECK (differences_unanswered >= 0);
