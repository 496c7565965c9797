-- A person has said that a notice is urgent, whatever its contact marks (R14, R18).

ALTER TABLE screening.contact_case ADD COLUMN said_urgent boolean NOT NULL DEFAULT false;
