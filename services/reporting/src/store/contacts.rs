//! Contacts, and what is counted of them.

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    fact::Contact,
    figures::{Contacts, Count},
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
            (contact_id, event_id, received_at, channel, referral_source, children, section_47, decision_due)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT (contact_id) DO NOTHING
        "#,
        contact.id,
        event,
        contact.received_at.to_sqlx() as _,
        contact.channel as Channel,
        contact.referral_source,
        contact.children,
        contact.section_47,
        contact.decision_due.map(ToSqlx::to_sqlx) as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Contacts received in a period, and the children on them (R13, R67).
pub async fn volumes(
    connection: &mut PgConnection,
    period: Period,
) -> Result<Contacts, sqlx::Error> {
    sqlx::query_as!(
        Contacts,
        r#"
        SELECT count(*) AS "contacts!", coalesce(sum(children), 0) AS "children!",
               count(*) FILTER (WHERE section_47) AS "section_47!"
        FROM reporting.contact
        WHERE ($1::timestamptz IS NULL OR received_at >= $1) AND ($2::timestamptz IS NULL OR received_at < $2)
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
