-- From which event figures have the way by which a contact came and its source, where one was
-- corrected (R1, R2, R70).
ALTER TABLE reporting.contact ADD COLUMN way_event_id uuid;
