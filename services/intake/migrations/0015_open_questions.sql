-- What was told last of the questions about a contact that nobody has answered (R8).

CREATE TABLE intake.open_questions (
    contact_id  uuid    PRIMARY KEY REFERENCES intake.contact,
    -- The record that the events are of.
    id          uuid    NOT NULL UNIQUE,
    revision    bigint  NOT NULL CHECK (revision > 0),
    -- Matches of its people that wait for a person.
    matches     integer NOT NULL CHECK (matches >= 0),
    -- Children of whom it is not answered what is different this time.
    differences integer NOT NULL CHECK (differences >= 0)
);

-- Whether somebody has a match that waits is asked of either end.
CREATE INDEX match_one_proposed ON intake.match (one) WHERE state = 'proposed';
CREATE INDEX match_other_proposed ON intake.match (other) WHERE state = 'proposed';
