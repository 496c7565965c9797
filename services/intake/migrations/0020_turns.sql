-- The lists of what somebody must take, answer or say that they have: what waits first, the
-- oldest of it (of questions the nearest deadline) first; then what does not wait any more, the
-- latest of it first. `subjects` are the children whom a line shows; they stand outside of
-- `listed`, so that they are looked up for the lines of a page alone.
CREATE VIEW intake.turn AS
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
