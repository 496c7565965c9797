//! Checks, and how timely their final answers were.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{fact::Check, figures::Checks, period::Period, terms::Rag};

/// Keeps a check as it was requested.
pub async fn keep(
    connection: &mut PgConnection,
    event: Uuid,
    check: &Check,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.requested_check
            (check_id, event_id, contact_id, agency, rag, requested_at, deadline)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (check_id) DO NOTHING
        "#,
        check.id,
        event,
        check.contact,
        check.agency,
        check.rag as Rag,
        check.requested_at.to_sqlx() as _,
        check.deadline.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Timeliness of the checks of contacts received in a period, by agency and RAG
/// (R67). An answer is in time by the instant at which it was received, whenever it
/// was heard of (R13); an answer at the deadline itself is in time. A check that was withdrawn
/// by its deadline waits for nothing, and an answer after that is not late; one that was
/// withdrawn later was overdue, and stays so (R42).
pub async fn timeliness(
    connection: &mut PgConnection,
    period: Period,
    now: Timestamp,
) -> Result<Vec<Checks>, sqlx::Error> {
    sqlx::query_as!(
        Checks,
        r#"
        SELECT asked.agency,
               asked.rag AS "rag: Rag",
               count(*) AS "requested!",
               count(*) FILTER (WHERE asked.answered <= asked.deadline) AS "answered_in_time!",
               count(*) FILTER (WHERE asked.answered > asked.deadline AND NOT asked.withdrawn) AS "answered_late!",
               count(*) FILTER (WHERE asked.answered IS NULL AND asked.deadline < $3 AND NOT asked.withdrawn)
                   AS "overdue!",
               count(*) FILTER (WHERE asked.withdrawn) AS "withdrawn!",
               coalesce(avg(extract(epoch FROM asked.answered - asked.requested_at))
                   FILTER (WHERE NOT asked.withdrawn), 0)::bigint AS "mean_seconds_to_answer!"
        FROM (
            SELECT agency, rag, requested_at, deadline, answer.reached AS answered,
                   -- By its deadline, and not answered by it.
                   COALESCE(withdrawal.reached <= deadline AND COALESCE(answer.reached > deadline, true), false)
                       AS withdrawn
            FROM reporting.contact
            JOIN reporting.requested_check USING (contact_id)
            LEFT JOIN reporting.milestone AS answer ON answer.record_id = check_id AND answer.kind = 'answered'
            LEFT JOIN reporting.milestone AS withdrawal
                ON withdrawal.record_id = check_id AND withdrawal.kind = 'withdrawn'
            WHERE ($1::timestamptz IS NULL OR contact.received_at >= $1)
              AND ($2::timestamptz IS NULL OR contact.received_at < $2)
        ) AS asked
        GROUP BY asked.agency, asked.rag
        ORDER BY asked.agency COLLATE "C", asked.rag
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
        now.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}
