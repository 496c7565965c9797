-- What a person decided, when it turns out otherwise: two who were told apart and are certain
-- since (R8), when the hub knew of a child (R9), and what was handed over by mistake (R3, R9, R10).

ALTER TABLE intake.match
    -- As what a person told the two apart, while the machine proposes them again.
    ADD COLUMN told_apart_as intake.match_state CHECK (told_apart_as IN ('rejected', 'undone')),
    -- What was certain when a person told the two apart has not been so since.
    ADD COLUMN certain_no_more boolean NOT NULL DEFAULT false,
    ADD CHECK (told_apart_as IS NULL OR (state = 'proposed' AND decided_at IS NOT NULL)),
    ADD CHECK (NOT certain_no_more OR state IN ('rejected', 'undone'));

-- When a child was added who was missed; null of whoever came with the contact.
ALTER TABLE intake.child ADD COLUMN added_at timestamptz;

-- Children who are taken back from a unit, or handed to one, by a person.
ALTER TABLE intake.unit_hand_over
    ADD COLUMN begun_by     text CHECK (begun_by <> ''),
    ADD COLUMN begun_reason text CHECK (begun_reason <> ''),
    -- Those whom a manager took back; the others begin anew.
    ADD COLUMN taken_back_child_ids uuid[] CHECK (cardinality(taken_back_child_ids) > 0),
    ADD COLUMN taken_back_by        text CHECK (taken_back_by <> ''),
    ADD COLUMN taken_back_reason    text CHECK (taken_back_reason <> ''),
    ADD CHECK ((begun_by IS NULL) = (begun_reason IS NULL)),
    ADD CHECK (num_nulls(taken_back_child_ids, taken_back_by, taken_back_reason) IN (0, 3)),
    ADD CHECK (taken_back_by IS NULL OR withdrawn_at IS NOT NULL);

-- The open cases by which a child was handed over who was taken back: by the same case at the
-- same unit nobody is handed over again, until a person does it.
CREATE TABLE intake.case_taken_back (
    hand_over_id uuid NOT NULL REFERENCES intake.unit_hand_over,
    child_id     uuid NOT NULL REFERENCES intake.child,
    episode_id   uuid NOT NULL REFERENCES intake.episode,
    -- As the case system named it then; empty where it did not.
    unit         text NOT NULL,
    -- A person has handed the child over since.
    lifted_at    timestamptz,
    PRIMARY KEY (hand_over_id, child_id, episode_id)
);
CREATE INDEX case_taken_back_of_child ON intake.case_taken_back (child_id) WHERE lifted_at IS NULL;

-- Receipts of the Emergency Duty Team that were recorded of the wrong contact (R10). Only ever
-- added to.
CREATE TABLE intake.receipt_undone (
    hand_over_id uuid        NOT NULL REFERENCES intake.hand_over,
    -- The hand-over's revision that it made.
    revision     bigint      NOT NULL CHECK (revision > 0),
    -- The receipt.
    taken_at     timestamptz NOT NULL,
    taken_by     text        NOT NULL CHECK (taken_by <> ''),
    reason       text        NOT NULL CHECK (reason <> ''),
    undone_by    text        NOT NULL CHECK (undone_by <> ''),
    undone_at    timestamptz NOT NULL CHECK (undone_at >= taken_at),
    PRIMARY KEY (hand_over_id, revision)
);
CREATE TRIGGER receipt_undone_is_kept BEFORE UPDATE OR DELETE ON intake.receipt_undone
    FOR EACH ROW EXECUTE FUNCTION messaging.refuse_change();
CREATE TRIGGER receipt_undone_is_not_emptied BEFORE TRUNCATE ON intake.receipt_undone
    FOR EACH STATEMENT EXECUTE FUNCTION messaging.refuse_change();

-- Children who are taken back from another authority (R3). What it was told stays as it is.
ALTER TABLE intake.passed_on
    ADD COLUMN taken_back_at     timestamptz,
    ADD COLUMN taken_back_by     text CHECK (taken_back_by <> ''),
    ADD COLUMN taken_back_reason text CHECK (taken_back_reason <> ''),
    ADD CHECK (num_nulls(taken_back_at, taken_back_by, taken_back_reason) IN (0, 3)),
    ADD CHECK (taken_back_at >= passed_at);

CREATE OR REPLACE FUNCTION intake.keep_passed_on() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'UPDATE' AND OLD.taken_back_at IS NULL
        AND (OLD.received_at IS NULL
             OR (OLD.received_at, OLD.received_by, OLD.recorded_by)
                IS NOT DISTINCT FROM (NEW.received_at, NEW.received_by, NEW.recorded_by))
        AND (NEW.id, NEW.contact_id, NEW.child_ids, NEW.authority, NEW.authority_name, NEW.way, NEW.information,
             NEW.acted_first, NEW.passed_at, NEW.passed_by, NEW.clock_id, NEW.due_at)
          IS NOT DISTINCT FROM
            (OLD.id, OLD.contact_id, OLD.child_ids, OLD.authority, OLD.authority_name, OLD.way, OLD.information,
             OLD.acted_first, OLD.passed_at, OLD.passed_by, OLD.clock_id, OLD.due_at)
    THEN
        RETURN NEW;
    END IF;
    RAISE EXCEPTION 'intake.passed_on can only be added to'
        USING ERRCODE = 'insufficient_privilege';
END
$$;

-- What was taken back from another authority waits for no receipt any more.
CREATE OR REPLACE VIEW intake.turn AS
WITH listed AS (
    SELECT direction::text AS list, id, contact_id, NULL::uuid[] AS child_ids, made_at AS waits_from,
           taken_at AS done_at
    FROM intake.hand_over
    UNION ALL
    SELECT 'authority', id, contact_id, child_ids, passed_at, COALESCE(taken_back_at, received_at)
    FROM intake.passed_on
    UNION ALL
    SELECT 'unit', id, contact_id, child_ids, found_at, COALESCE(withdrawn_at, received_at)
    FROM intake.unit_hand_over
    UNION ALL
    SELECT 'remit', id, contact_id, NULL, due_at, NULL FROM intake.remit_question WHERE answer IS NULL
    UNION ALL
    SELECT 'override_review', basis.id, contact_id, child_ids, due_at, NULL
    FROM intake.override_review JOIN intake.basis ON basis.id = basis_id
    WHERE reviewed_at IS NULL
)
SELECT list, listed.id, contact_id, done_at IS NOT NULL AS done,
       CASE WHEN done_at IS NULL THEN (extract(epoch FROM waits_from) * 1000000)::bigint
            ELSE -(extract(epoch FROM done_at) * 1000000)::bigint END AS place,
       reference, received_at,
       CASE WHEN list = 'remit'
            THEN ARRAY(SELECT DISTINCT child_id FROM intake.remit_question_reason WHERE question_id = listed.id)
            ELSE COALESCE(child_ids, ARRAY(
                SELECT child.id FROM intake.child WHERE child.contact_id = listed.contact_id ORDER BY child.place))
       END AS subjects
FROM listed JOIN intake.contact ON contact.id = contact_id;
