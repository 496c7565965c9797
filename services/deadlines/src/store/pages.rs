//! Pages.

use calendar::ladder::Role;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    clock::Rag,
    page::{LadderName, PageCause, Subject},
};

/// A page as it is kept.
#[derive(Clone, Debug)]
pub struct PageRow {
    /// Its id.
    pub id: Uuid,
    /// The contact; none where it is about the system, or of a catch-up.
    pub contact_id: Option<Uuid>,
    /// Why.
    pub cause: PageCause,
    /// Its ladder.
    pub ladder: LadderName,
    /// Code of the agency concerned.
    pub agency: Option<String>,
    /// The telling with which it began on its ladder.
    pub ladder_from: i32,
    /// How often it was told, from 0.
    pub number: i32,
    /// The step of the ladder, from 0.
    pub step: i32,
    /// When it climbs on.
    pub next_climb_at: Option<jiff_sqlx::Timestamp>,
    /// How often it could not climb since it last did.
    pub failures: i32,
    /// When it was acknowledged.
    pub acknowledged_at: Option<jiff_sqlx::Timestamp>,
    /// When it was resolved.
    pub resolved_at: Option<jiff_sqlx::Timestamp>,
}

/// A page that waits for somebody.
#[derive(Clone, Debug)]
pub struct WaitingPage {
    /// Its id.
    pub id: Uuid,
    /// The contact; none where it is about the system, or of a catch-up.
    pub contact_id: Option<Uuid>,
    /// Why.
    pub cause: PageCause,
    /// When it was raised.
    pub raised_at: jiff_sqlx::Timestamp,
    /// The step of the ladder, from 0.
    pub step: i32,
    /// The role there.
    pub role: String,
    /// How often it was delivered to a pager.
    pub deliveries: i64,
}

/// Where a page stands on its ladder.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The ladder.
    pub ladder: LadderName,
    /// The telling with which it began on it.
    pub ladder_from: i32,
    /// How often it was told, from 0.
    pub number: i32,
    /// The step, from 0.
    pub step: i32,
    /// The role there.
    pub role: Role,
    /// When it climbs on.
    pub next_climb_at: Option<Timestamp>,
}

/// Adds a page, at its first revision.
pub async fn insert(
    connection: &mut PgConnection,
    id: Uuid,
    subject: &Subject,
    standing: &Standing,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO deadlines.page
            (id, revision, contact_id, cause, ladder, raised_at, agency, rag, deadline, number, step, role,
             ladder_from, next_climb_at)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        id,
        subject.contact,
        subject.cause as PageCause,
        standing.ladder as LadderName,
        now.to_sqlx() as _,
        subject.agency,
        subject.rag as Option<Rag>,
        subject.deadline.map(|at| at.to_sqlx()) as _,
        standing.number,
        standing.step,
        standing.role.as_str(),
        standing.ladder_from,
        standing.next_climb_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The contact of a page; none where there is no such page, or it is about the system.
pub async fn contact_of(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    let contact = sqlx::query_scalar!("SELECT contact_id FROM deadlines.page WHERE id = $1", id)
        .fetch_optional(connection)
        .await?;
    Ok(contact.flatten())
}

/// Moves a page on its ladder.
pub async fn set_standing(
    connection: &mut PgConnection,
    id: Uuid,
    standing: &Standing,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE deadlines.page
        SET number = $2, step = $3, role = $4, ladder = $5, ladder_from = $6, next_climb_at = $7, failures = 0
        WHERE id = $1
        "#,
        id,
        standing.number,
        standing.step,
        standing.role.as_str(),
        standing.ladder as LadderName,
        standing.ladder_from,
        standing.next_climb_at.map(|at| at.to_sqlx()) as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// When to let a page climb that failed to, so that it stands in the way of no other.
pub async fn postpone(
    connection: &mut PgConnection,
    id: Uuid,
    to: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE deadlines.page SET next_climb_at = $2, failures = failures + 1 WHERE id = $1",
        id,
        to.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Moves a page to its next revision, for an event that tells of it.
pub async fn next_revision(connection: &mut PgConnection, id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE deadlines.page SET revision = revision + 1 WHERE id = $1 RETURNING revision",
        id
    )
    .fetch_one(connection)
    .await
}

/// A person has an open page: it climbs no further.
pub async fn set_acknowledged(
    connection: &mut PgConnection,
    id: Uuid,
    by: &str,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE deadlines.page SET acknowledged_at = $2, acknowledged_by = $3, next_climb_at = NULL
        WHERE id = $1 AND acknowledged_at IS NULL AND resolved_at IS NULL
        "#,
        id,
        now.to_sqlx() as _,
        by,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Resolves an open page of which every cause is over; answers its contact where it
/// did.
pub async fn resolve_if_over(
    connection: &mut PgConnection,
    id: Uuid,
    now: Timestamp,
) -> Result<Option<Option<Uuid>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        UPDATE deadlines.page SET resolved_at = $2, next_climb_at = NULL
        WHERE id = $1 AND acknowledged_at IS NULL AND resolved_at IS NULL
          AND NOT EXISTS (SELECT FROM deadlines.cause WHERE page_id = $1 AND over_at IS NULL)
        RETURNING contact_id
        "#,
        id,
        now.to_sqlx() as _,
    )
    .fetch_optional(connection)
    .await
}

/// At most `limit` pages that wait for somebody, oldest first, behind `after`.
/// Reminders wait for nobody.
pub async fn waiting(
    connection: &mut PgConnection,
    after: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<WaitingPage>, sqlx::Error> {
    let (after_at, after_id) = after.unwrap_or((Timestamp::UNIX_EPOCH, Uuid::nil()));
    sqlx::query_as!(
        WaitingPage,
        r#"
        SELECT id, contact_id, cause AS "cause: PageCause", raised_at, step, role,
               (SELECT count(*) FROM deadlines.delivery
                WHERE delivery.page_id = page.id AND delivered_at IS NOT NULL) AS "deliveries!"
        FROM deadlines.page
        WHERE acknowledged_at IS NULL AND resolved_at IS NULL AND cause <> 'red_check_reminder'
          AND (raised_at, id) > ($1, $2)
        ORDER BY raised_at, id
        LIMIT $3
        "#,
        after_at.to_sqlx() as _,
        after_id,
        limit,
    )
    .fetch_all(connection)
    .await
}
