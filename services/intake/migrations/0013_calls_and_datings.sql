-- A call in danger opens a contact in the same quarter of an hour, which says who recorded
-- it: with the name of whoever answered the call the two would be one (R53).
ALTER TABLE intake.consultation ALTER COLUMN answered_by DROP NOT NULL;
UPDATE intake.consultation SET answered_by = NULL WHERE beginning = 'danger';
ALTER TABLE intake.consultation
    ADD CONSTRAINT consultation_in_danger_names_nobody
        CHECK ((beginning = 'danger') = (answered_by IS NULL));
