-- Overrides that are to be looked at again (R7) are a list too, by when each is due. What one
-- shows are the children whom it covers.
CREATE OR REPLACE VIEW intake.turn AS
WITH listed AS (
    SELECT direction::text AS list, id, contact_id, NULL::uuid[] AS child_ids, made_at AS waits_from,
           taken_at AS done_at
    FROM intake.hand_over
    UNION ALL
    SELECT 'authority', id, contact_id, child_ids, passed_at, received_at FROM intake.passed_on
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

-- What waits for a look, of all that were ever looked at.
CREATE INDEX override_review_waits ON intake.override_review (due_at) WHERE reviewed_at IS NULL;
