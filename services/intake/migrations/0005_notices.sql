-- Notices that came in bulk (R14): each is a contact, with a priority that is proposed
-- and that a person confirms. There is no column by which one could be closed.

-- In the order in which they are looked at.
CREATE TYPE intake.notice_priority AS ENUM ('urgent', 'high', 'medium', 'low');
CREATE TYPE intake.notice_reason AS ENUM (
    'immediate_danger', 'significant_harm', 'serious_factor', 'factor', 'unborn', 'young_child',
    'repeat_in_batch', 'earlier_contact'
);

CREATE TABLE intake.notice (
    id             uuid                    PRIMARY KEY,
    revision       bigint                  NOT NULL CHECK (revision > 0),
    contact_id     uuid                    NOT NULL UNIQUE REFERENCES intake.contact,
    -- Whose system sent it, the batch and the number as that system gave them.
    sender         text                    NOT NULL CHECK (sender <> ''),
    batch_id       uuid                    NOT NULL,
    number         integer                 NOT NULL CHECK (number > 0),
    -- The contact's, kept here as well because it does not change and orders the list.
    received_at    timestamptz             NOT NULL,
    proposed       intake.notice_priority  NOT NULL,
    reasons        intake.notice_reason[]  NOT NULL,
    -- What a person says, and when one said so first.
    confirmed      intake.notice_priority,
    confirmed_at   timestamptz,
    confirmed_by   text CHECK (confirmed_by <> ''),
    confirm_reason text CHECK (confirm_reason <> ''),
    UNIQUE (sender, batch_id, number),
    CHECK ((confirmed IS NULL) = (confirmed_at IS NULL) AND (confirmed IS NULL) = (confirmed_by IS NULL)),
    -- Another priority than the proposed one has a reason.
    CHECK (confirmed = proposed OR confirm_reason IS NOT NULL)
);

-- The list: what nobody has looked at first.
CREATE INDEX notice_order ON intake.notice
    ((confirmed_at IS NOT NULL), (COALESCE(confirmed, proposed)), received_at, id);
-- The backlog by day.
CREATE INDEX notice_received ON intake.notice (received_at);
CREATE INDEX notice_confirmed ON intake.notice (confirmed_at) WHERE confirmed_at IS NOT NULL;
-- Who was contacted about before.
CREATE INDEX child_nhs_number ON intake.child (nhs_number);
