//! What is owed to pagers, and each attempt.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use super::one_row;
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

/// Takes a delivery to a pager that is to be tried at `now`: what is about a danger
/// before anything else, then first tries before others, then what has waited longest.
/// `first_of_danger` takes the first tries of dangers only, or all that are none. Until `held_to` nobody else tries it, so that one whose sender dies is tried again.
pub async fn claim(
    connection: &mut PgConnection,
    endpoint: &str,
    first_of_danger: bool,
    now: Timestamp,
    held_to: Timestamp,
) -> Result<Option<Owed>, sqlx::Error> {
    sqlx::query_as!(
        Owed,
        r#"
        UPDATE deadlines.delivery SET next_try_at = $3, tries = tries + 1
        FROM deadlines.page
        WHERE page.id = delivery.page_id
          AND delivery.id = (
              SELECT owed.id
              FROM deadlines.delivery AS owed JOIN deadlines.page AS about ON about.id = owed.page_id
              WHERE owed.endpoint = $1 AND owed.next_try_at <= $2 AND owed.done_at IS NULL
                AND (owed.tries = 0 AND about.cause IN ('section_47', 'risk_flag')) = $4
              ORDER BY about.cause IN ('section_47', 'risk_flag') DESC, owed.tries = 0 DESC, owed.next_try_at
              LIMIT 1
              FOR UPDATE OF owed SKIP LOCKED
          )
        RETURNING delivery.id, delivery.page_id, delivery.number, delivery.notice AS "notice: Notice",
                  delivery.step, delivery.role, delivery.owed_at, delivery.tries, page.contact_id,
                  page.cause AS "cause: PageCause", page.agency, page.rag AS "rag: Rag", page.deadline
        "#,
        endpoint,
        now.to_sqlx() as _,
        held_to.to_sqlx() as _,
        first_of_danger,
    )
    .fetch_optional(connection)
    .await
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

/// A pager has taken a delivery. It may have been no longer needed meanwhile.
pub async fn set_delivered(
    connection: &mut PgConnection,
    id: i64,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE deadlines.delivery SET delivered_at = coalesce(delivered_at, $2), done_at = coalesce(done_at, $2)
        WHERE id = $1
        "#,
        id,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
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
