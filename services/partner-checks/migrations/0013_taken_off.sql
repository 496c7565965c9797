-- Children who were put on a contact by mistake and are taken off, as intake tells it (R20): they
-- are told to no agency any more, and a check about nobody else is withdrawn.

CREATE TABLE partner_checks.taken_off_child (
    child_id   uuid PRIMARY KEY,
    contact_id uuid NOT NULL
);
