-- Children who were put on a contact by mistake and are taken off count no more (R20, R70).

ALTER TABLE reporting.contact_child ADD COLUMN taken_off_event_id uuid;
