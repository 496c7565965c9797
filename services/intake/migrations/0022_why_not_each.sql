-- Why the family was not spoken to, and why the Framework was not considered, are two answers (R6).
-- What was said for both before stands for both: nobody is asked again for what they have told.
ALTER TABLE intake.contact RENAME COLUMN why_not TO why_not_spoken;
ALTER TABLE intake.contact ADD COLUMN why_not_considered text NOT NULL DEFAULT '';
UPDATE intake.contact SET why_not_considered = why_not_spoken WHERE framework_considered IS FALSE;
ALTER TABLE intake.contact ALTER COLUMN why_not_considered DROP DEFAULT;
