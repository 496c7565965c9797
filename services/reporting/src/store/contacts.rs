//! Contacts, and what is counted of them.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    fact::Contact,
    figures::{Contacts, Count, LateEntry},
    period::Period,
    terms::Channel,
};

/// Keeps a contact.
pub async fn keep(
    connection: &mut PgConnection,
    event: Uuid,
    contact: &Contact,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO reporting.contact
            (contact_id, event_id, received_at, recorded_at, channel, referral_source, section_47)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT (contact_id) DO NOTHING
        "#,
        contact.id,
        event,
        contact.received_at.to_sqlx() as _,
        contact.recorded_at.to_sqlx() as _,
        contact.channel as Channel,
        contact.referral_source,
        contact.section_47,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps when a contact was received, as it was corrected (R13). Intake tells it behind the
/// contact, and one correction behind the other: the latest stands.
pub async fn correct_receipt(
    connection: &mut PgConnection,
    event: Uuid,
    contact: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE reporting.contact SET received_at = $2, receipt_event_id = $3 WHERE contact_id = $1",
        contact,
        at.to_sqlx() as _,
        event,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps the way by which a contact came and its referral-source code, each where it was
/// corrected (R1, R2).
pub async fn correct_way(
    connection: &mut PgConnection,
    event: Uuid,
    contact: Uuid,
    (channel, source): (Option<Channel>, Option<String>),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE reporting.contact
        SET channel = COALESCE($2, channel), referral_source = COALESCE($3, referral_source), way_event_id = $4
        WHERE contact_id = $1
        "#,
        contact,
        channel as Option<Channel>,
        source,
        event,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Contacts received in a period (R13, R67). Harm or danger counts whenever it was said, and
/// whatever was corrected since (R18).
pub async fn volumes(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Contacts, sqlx::Error> {
    sqlx::query_as!(
        Contacts,
        r#"
        SELECT count(*) AS "contacts!", count(*) FILTER (WHERE section_47 OR urgent.reached IS NOT NULL) AS "section_47!"
        FROM reporting.contact
        LEFT JOIN reporting.milestone AS urgent ON urgent.record_id = contact_id AND urgent.kind = 'said_urgent'
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}

/// Contacts received in a period that were entered later than received, and how much later
/// (R13). No source says from when on that is too late, so each counts, and mean and longest say
/// how it is.
pub async fn late_entry(
    connection: &mut PgConnection,
    period: Period,
) -> Result<LateEntry, sqlx::Error> {
    sqlx::query_as!(
        LateEntry,
        r#"
        SELECT count(*) AS "contacts!",
               coalesce(avg(extract(epoch FROM recorded_at - received_at)), 0)::bigint AS "mean_seconds!",
               coalesce(max(extract(epoch FROM recorded_at - received_at)), 0)::bigint AS "longest_seconds!"
        FROM reporting.contact
        WHERE recorded_at > received_at
          AND ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_one(connection)
    .await
}

/// Contacts received in a period by channel (R67).
pub async fn by_channel(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Vec<Count<Channel>>, sqlx::Error> {
    sqlx::query_as!(
        Count::<Channel>,
        r#"
        SELECT channel AS "code: Channel", count(*) AS "count!"
        FROM reporting.contact
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        GROUP BY channel
        ORDER BY channel
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_all(connection)
    .await
}

/// Contacts received in a period by national referral-source code (R67).
pub async fn by_source(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Vec<Count<String>>, sqlx::Error> {
    sqlx::query_as!(
        Count::<String>,
        r#"
        SELECT referral_source AS code, count(*) AS "count!"
        FROM reporting.contact
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
        GROUP BY referral_source
        ORDER BY referral_source COLLATE "C"
        "#,
        period.from().map(ToSqlx::to_sqlx) as _,
        period.until().map(ToSqlx::to_sqlx) as _,
    )
    .fetch_all(connection)
    .await
}
