//! The worklist, most pressing first (R19): open cases, and closed ones with an answer
//! (R40) or a risk flag (R41) that nobody has read, or a check that its agency has without
//! consent (R6).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// A line of the worklist.
pub struct Line {
    /// The contact.
    pub contact_id: Uuid,
    /// A child is in immediate danger, and one is still the hub's (R9).
    pub immediate_danger: bool,
    /// Significant harm is indicated, or Section 47 was recorded since (R18), of a child
    /// that is still the hub's (R9).
    pub section_47: bool,
    /// A partner's risk flag that no decision has named, and nobody has read (R41).
    pub risk_flagged: bool,
    /// An answer or a correction that no person has read (R40).
    pub answer_unread: bool,
    /// RED checks without an answer that are still needed.
    pub open_red_checks: i64,
    /// The next deadline of a clock or an open check.
    pub next_deadline: Option<jiff_sqlx::Timestamp>,
    /// When the contact was received.
    pub received_at: jiff_sqlx::Timestamp,
    /// A child waits for the initial decision.
    pub undecided: bool,
    /// It is over.
    pub closed: bool,
    /// How pressing: see [`page`].
    pub press: i32,
}

/// Where a stretch of the worklist begins: right behind this line of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// How pressing that line is.
    pub press: i32,
    /// Its next deadline.
    pub next_deadline: Option<Timestamp>,
    /// Its contact.
    pub contact_id: Uuid,
}

/// At most `most` cases that are open or have something unread or undecided, in the order of
/// R19: immediate danger, then Section 47, unacknowledged risk flag, open RED check, overdue
/// at `as_of`, then the nearest deadline. What comes earlier in that order outweighs
/// everything behind it. What is with its unit presses nobody (R9).
pub async fn page(
    connection: &mut PgConnection,
    as_of: Timestamp,
    behind: Option<Behind>,
    most: i64,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"
        WITH unread AS (
            SELECT DISTINCT contact_id FROM screening.partner_check WHERE answer_unread
        ), flagged AS (
            SELECT DISTINCT contact_id FROM screening.risk_flag WHERE acknowledged_in IS NULL AND reviewed_at IS NULL
        ), listed AS (
            SELECT contact_id FROM screening.contact_case WHERE closed_at IS NULL
            UNION SELECT contact_id FROM unread
            UNION SELECT contact_id FROM flagged
            UNION SELECT contact_id FROM screening.consent_withdrawal WHERE decided_at IS NULL
        ), listed_case AS (
            SELECT
                c.contact_id, c.received_at, c.closed_at IS NOT NULL AS closed,
                unread.contact_id IS NOT NULL AS answer_unread, flagged.contact_id IS NOT NULL AS risk_flagged,
                children.in_hub AND (c.significant_harm OR EXISTS (
                    SELECT FROM screening.basis
                    WHERE contact_id = c.contact_id AND kind = 'section_47' AND NOT child_ids <@ children.gone
                )) AS section_47,
                c.immediate_danger AND children.in_hub AS immediate_danger, children.undecided,
                open_check.red AS open_red_checks,
                LEAST(open_check.deadline, (
                    SELECT min(deadline) FROM screening.clock
                    WHERE contact_id = c.contact_id AND ended_at IS NULL
                )) AS next_deadline
            FROM listed
            JOIN screening.contact_case AS c USING (contact_id)
            LEFT JOIN unread USING (contact_id)
            LEFT JOIN flagged USING (contact_id)
            CROSS JOIN LATERAL (
                SELECT bool_or(in_hub) AS in_hub,
                       bool_or(pathway IS NULL AND in_hub) AS undecided,
                       COALESCE(array_agg(id) FILTER (WHERE NOT in_hub), '{}') AS gone
                FROM screening.child WHERE contact_id = c.contact_id
            ) AS children
            CROSS JOIN LATERAL (
                SELECT count(*) FILTER (WHERE rag = 'red') AS red, min(deadline) AS deadline
                FROM screening.partner_check
                WHERE contact_id = c.contact_id AND answered_at IS NULL AND NOT withdrawn AND mark IS DISTINCT FROM 'not_needed'
                  AND children.in_hub
            ) AS open_check
        ), line AS (
            SELECT *, (
                immediate_danger::int * 16 + section_47::int * 8 + risk_flagged::int * 4
                + (open_red_checks > 0)::int * 2 + COALESCE(next_deadline < $1, false)::int
            ) AS press
            FROM listed_case
        )
        SELECT contact_id, immediate_danger AS "immediate_danger!", section_47 AS "section_47!", risk_flagged AS "risk_flagged!",
               answer_unread AS "answer_unread!", open_red_checks AS "open_red_checks!", next_deadline, received_at,
               undecided AS "undecided!", closed AS "closed!", press AS "press!"
        FROM line
        WHERE $2::int IS NULL
           OR (-press, COALESCE(next_deadline, 'infinity'), contact_id)
              > (-$2::int, COALESCE($3::timestamptz, 'infinity'), $4::uuid)
        ORDER BY press DESC, COALESCE(next_deadline, 'infinity'), contact_id
        LIMIT $5
        "#,
        as_of.to_sqlx() as _,
        behind.map(|behind| behind.press),
        behind.and_then(|behind| behind.next_deadline).map(|at| at.to_sqlx()) as _,
        behind.map(|behind| behind.contact_id),
        most,
    )
    .fetch_all(connection)
    .await
}
