//! How referrers were dealt with, and which cases are over.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{fact::CaseAt, figures::Cases, period::Period};

/// Keeps that a referrer was told, or that a reason not to is on the record; the
/// latest stands.
pub async fn keep_referrer(
    connection: &mut PgConnection,
    event: Uuid,
    case: CaseAt,
    (informed, at): (bool, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.referrer (contact_id, event_id, revision, informed, informed_at)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (contact_id) DO UPDATE
        SET event_id = excluded.event_id, revision = excluded.revision, informed = excluded.informed,
            informed_at = excluded.informed_at
        WHERE excluded.revision > referrer.revision
        "#,
        case.contact,
        event,
        case.revision,
        informed,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps that a case is over; the latest end stands.
pub async fn keep_closed(
    connection: &mut PgConnection,
    event: Uuid,
    case: CaseAt,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.closed_case (contact_id, event_id, revision, closed_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact_id) DO UPDATE
        SET event_id = excluded.event_id, revision = excluded.revision, closed_at = excluded.closed_at
        WHERE excluded.revision > closed_case.revision
        "#,
        case.contact,
        event,
        case.revision,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps that a child of a case needs an outcome again; the latest time stands.
pub async fn keep_taken_up_again(
    connection: &mut PgConnection,
    event: Uuid,
    case: CaseAt,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.taken_up_again (contact_id, event_id, revision) VALUES ($1, $2, $3)
        ON CONFLICT (contact_id) DO UPDATE
        SET event_id = excluded.event_id, revision = excluded.revision
        WHERE excluded.revision > taken_up_again.revision
        "#,
        case.contact,
        event,
        case.revision,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// How the contacts received in a period went on (R28, R67). Each counts once, as it stands:
/// what was done before a case was taken up again is to be done anew (R9, R20, R31).
pub async fn progress(connection: &mut PgConnection, period: Period) -> Result<Cases, sqlx::Error> {
    sqlx::query_as!(
        Cases,
        r#"
        SELECT count(*) FILTER (WHERE referrer.informed) AS "referrers_informed!",
               count(*) FILTER (WHERE NOT referrer.informed) AS "referrers_not_informed!",
               count(closed.closed_at) AS "closed!"
        FROM reporting.contact
        LEFT JOIN reporting.taken_up_again AS again USING (contact_id)
        LEFT JOIN reporting.referrer AS referrer
            ON referrer.contact_id = contact.contact_id AND referrer.revision > COALESCE(again.revision, 0)
        LEFT JOIN reporting.closed_case AS closed
            ON closed.contact_id = contact.contact_id AND closed.revision > COALESCE(again.revision, 0)
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}
