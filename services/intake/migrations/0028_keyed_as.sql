-- How the keys of an entry are made changes with the lists of names and with what is learnt: an
-- entry says by which way its own were made, and whoever says an earlier one is keyed anew
-- before anybody is matched (R8). All that stand, and all that say nothing, are of before.
ALTER TABLE intake.person ADD COLUMN keyed_as smallint NOT NULL DEFAULT 0;
CREATE INDEX person_keyed_as ON intake.person (keyed_as);
