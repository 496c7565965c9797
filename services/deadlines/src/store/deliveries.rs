//! What is owed to pagers, and each attempt.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    clock::Rag,
    page::{Notice, PageCause},
};

/// One telling of a page.
#[derive(Clone, Copy, Debug)]
pub struct Telling<'a> {
    /// The page.
    pub page: Uuid,
    /// How often it was told before.
    pub number: i32,
    /// What the pager is told.
    pub notice: Notice,
    /// The step of the ladder, from 0.
    pub step: i32,
    /// The role on duty.
    pub role: &'a str,
}

/// A delivery that is to be tried now.
#[derive(Clone, Debug)]
pub struct Owed {
    /// The delivery.
    pub id: i64,
    /// The page.
    pub page_id: Uuid,
    /// Which telling of the page, from 0.
    pub number: i32,
    /// What the pager is told.
    pub notice: Notice,
    /// The step of the ladder, from 0.
    pub step: i32,
    /// The role on duty.
    pub role: String,
    /// Since when it is owed.
    pub owed_at: jiff_sqlx::Timestamp,
    /// Which try this is, from 1.
    pub tries: i32,
    /// The contact; none where it is about the system.
    pub contact_id: Option<Uuid>,
    /// Why.
    pub cause: PageCause,
    /// Code of the agency concerned.
    pub agency: Option<String>,
    /// For a check: how urgent.
    pub rag: Option<Rag>,
    /// For a check: when it was, or is, due.
    pub deadline: Option<jiff_sqlx::Timestamp>,
}

/// An earlier telling that a pager has not taken is no longer owed to it: the one that
/// follows says all of it, and a pager that is away for hours is owed one a page.
pub async fn end_earlier(
    connection: &mut PgConnection,
    page: Uuid,
    endpoint: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE deadlines.delivery SET done_at = $3 WHERE page_id = $1 AND endpoint = $2 AND done_at IS NULL",
        page,
        endpoint,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Owes a telling of a page to a pager, at once.
pub async fn owe(
    connection: &mut PgConnection,
    telling: Telling<'_>,
    endpoint: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO deadlines.delivery (page_id, number, endpoint, notice, step, role, owed_at, next_try_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $7)
        "#,
        telling.page,
        telling.number,
        endpoint,
        telling.notice as Notice,
        telling.step,
        telling.role,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps what came of an attempt.
pub async fn insert_attempt(
    connection: &mut PgConnection,
    owed: &Owed,
    at: Timestamp,
    outcome: &str,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO deadlines.attempt (delivery_id, try, at, outcome) VALUES ($1, $2, $3, $4)",
        owed.id,
        owed.tries,
        at.to_sqlx() as _,
        outcome,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A pager has taken a delivery. It may have been no longer needed meanwhile. Answers when
/// the page was raised, where nobody was delivered it before.
pub async fn set_delivered(
    connection: &mut PgConnection,
    id: i64,
    now: Timestamp,
) -> Result<Option<Timestamp>, sqlx::Error> {
    let delivered = sqlx::query!(
        r#"
        UPDATE deadlines.delivery SET delivered_at = coalesce(delivered_at, $2), done_at = coalesce(done_at, $2)
        FROM deadlines.page
        WHERE delivery.id = $1 AND page.id = delivery.page_id
        RETURNING page.raised_at, NOT EXISTS (
            SELECT FROM deadlines.delivery AS earlier
            WHERE earlier.page_id = page.id AND earlier.delivered_at IS NOT NULL
        ) AS "first!"
        "#,
        id,
        now.to_sqlx() as _,
    )
    .fetch_one(connection)
    .await?;
    Ok(delivered.first.then(|| delivered.raised_at.to_jiff()))
}

/// When to try a delivery again that failed, unless it is no longer needed.
pub async fn postpone(
    connection: &mut PgConnection,
    owed: &Owed,
    to: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE deadlines.delivery SET next_try_at = $3 WHERE id = $1 AND tries = $2 AND done_at IS NULL",
        owed.id,
        owed.tries,
        to.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Nothing more is owed of a page that was acknowledged or resolved.
pub async fn end_of_page(
    connection: &mut PgConnection,
    page: Uuid,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE deadlines.delivery SET done_at = $2 WHERE page_id = $1 AND done_at IS NULL",
        page,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
