//! What pages are about.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::page::{PageCause, Subject};

/// One thing that a page is about and is not over.
#[derive(Clone, Debug)]
pub struct Matter {
    /// The page.
    pub page_id: Uuid,
    /// The contact.
    pub contact_id: Uuid,
    /// The clock that warned or ran out.
    pub clock_id: Option<Uuid>,
    /// For a check: code of the agency.
    pub agency: Option<String>,
    /// When the warning or the deadline was due.
    pub due_at: Option<jiff_sqlx::Timestamp>,
    /// When it was put on the page.
    pub raised_at: jiff_sqlx::Timestamp,
}

impl Matter {
    /// How late it was put on the page, in whole seconds; 0 where nothing was due (R60).
    pub fn late_seconds(&self) -> i64 {
        let raised_at = self.raised_at.to_jiff();
        self.due_at.map_or(0, |due| raised_at.duration_since(due.to_jiff()).as_secs())
    }
}

/// Puts a cause on a page.
pub async fn insert(
    connection: &mut PgConnection,
    page: Uuid,
    subject: &Subject,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO deadlines.cause (cause, origin, page_id, contact_id, clock_id, due_at, raised_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        subject.cause as PageCause,
        subject.origin,
        page,
        subject.contact,
        subject.clock,
        subject.due.map(|at| at.to_sqlx()) as _,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The page that this origin of a cause is on.
pub async fn page_of(
    connection: &mut PgConnection,
    cause: PageCause,
    origin: &str,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT page_id FROM deadlines.cause WHERE cause = $1 AND origin = $2",
        cause as PageCause,
        origin,
    )
    .fetch_optional(connection)
    .await
}

/// What pages are about and is not over, what was due first before the others. Nothing
/// where they are about the system.
pub async fn of_pages(
    connection: &mut PgConnection,
    pages: &[Uuid],
) -> Result<Vec<Matter>, sqlx::Error> {
    sqlx::query_as!(
        Matter,
        r#"
        SELECT cause.page_id, cause.contact_id AS "contact_id!", cause.clock_id, clock.agency AS "agency?",
               cause.due_at, cause.raised_at
        FROM deadlines.cause LEFT JOIN deadlines.clock ON clock.id = cause.clock_id
        WHERE cause.page_id = ANY($1) AND cause.over_at IS NULL AND cause.contact_id IS NOT NULL
        ORDER BY cause.due_at, cause.raised_at, cause.origin
        "#,
        pages,
    )
    .fetch_all(connection)
    .await
}

/// Marks what pages say of a clock as over; answers the pages.
pub async fn end_of_clock(
    connection: &mut PgConnection,
    clock: Uuid,
    now: Timestamp,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE deadlines.cause SET over_at = $2 WHERE clock_id = $1 AND over_at IS NULL RETURNING page_id",
        clock,
        now.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await
}
