//! What of a request was taken back or corrected. Both tables are only ever added to.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use super::acts::Next;
use crate::domain::{
    clock::Clock,
    information_request::{Kind, Subject},
    receipt::Receipt,
};

/// Why somebody changed a request, who, and when.
pub struct Because<'a> {
    /// Why.
    pub reason: &'a Personal<String>,
    /// Who: an opaque id.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// Keeps to whom a request was passed that is taken back, as the request itself says it still.
pub async fn keep_passing(
    connection: &mut PgConnection,
    (request, revision): Next,
    because: &Because<'_>,
) -> Result<(), sqlx::Error> {
    let kept = sqlx::query!(
        r#"
        INSERT INTO intake.information_taken_back
            (request_id, revision, unit, passed_at, receipt_by, receipt_at, reason, taken_back_by, taken_back_at)
        SELECT id, $2, unit, passed_at, receipt_by, receipt_at, $3, $4, $5
        FROM intake.information_request
        WHERE id = $1
        "#,
        request,
        revision,
        because.reason.open(),
        because.by,
        because.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&kept)
}

/// Puts a request that was passed on back with the hub.
pub async fn take_back(
    connection: &mut PgConnection,
    (id, revision): Next,
    (clock, open_case_from): (&Clock, Option<Timestamp>),
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, state = 'received', unit = NULL, passed_at = NULL, receipt_by = NULL, receipt_at = NULL,
            clock_id = $3, deadline = $4, open_case = $5::timestamptz IS NOT NULL, open_case_from = $5, looked_at = $6
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        clock.id,
        clock.due_at.to_sqlx() as _,
        open_case_from.map(|at| at.to_sqlx()) as _,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// A passing that was taken back.
pub struct TakenBack {
    /// The unit; nobody for information governance.
    pub unit: Option<Personal<String>>,
    /// When it was passed there.
    pub passed_at: Timestamp,
    /// That they had it, where they did.
    pub receipt: Option<Receipt>,
    /// Why it was taken back.
    pub reason: Personal<String>,
    /// Who took it back: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// The passings of a request that were taken back, the latest last.
pub async fn taken_back(
    connection: &mut PgConnection,
    request: Uuid,
) -> Result<Vec<TakenBack>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT unit, passed_at, receipt_by, receipt_at, reason, taken_back_by, taken_back_at
        FROM intake.information_taken_back
        WHERE request_id = $1
        ORDER BY revision
        "#,
        request
    )
    .fetch_all(connection)
    .await?;
    let taken_back = rows.into_iter().map(|row| TakenBack {
        unit: row.unit.map(Personal::new),
        passed_at: row.passed_at.to_jiff(),
        receipt: Receipt::kept(
            row.receipt_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
            row.receipt_by,
        ),
        reason: Personal::new(row.reason),
        by: row.taken_back_by,
        at: row.taken_back_at.to_jiff(),
    });
    Ok(taken_back.collect())
}

/// A correction of a request that was made.
pub struct Corrected {
    /// What stood there before, as it is shown.
    pub before: Vec<u8>,
    /// When it was due before.
    pub deadline_before: Timestamp,
    /// Why.
    pub reason: Personal<String>,
    /// Who made it: an opaque id.
    pub by: String,
    /// When.
    pub at: Timestamp,
}

/// Keeps what stood in a request before a correction.
pub async fn keep(
    connection: &mut PgConnection,
    (request, revision): Next,
    (before, deadline_before): (&[u8], Timestamp),
    because: &Because<'_>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.information_correction
            (request_id, revision, before, deadline_before, reason, corrected_by, corrected_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        request,
        revision,
        before,
        deadline_before.to_sqlx() as _,
        because.reason.open(),
        because.by,
        because.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The corrections of a request, the latest last.
pub async fn of_request(
    connection: &mut PgConnection,
    request: Uuid,
) -> Result<Vec<Corrected>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT before, deadline_before, reason, corrected_by, corrected_at
        FROM intake.information_correction
        WHERE request_id = $1
        ORDER BY revision
        "#,
        request
    )
    .fetch_all(connection)
    .await?;
    let corrected = rows.into_iter().map(|row| Corrected {
        before: row.before,
        deadline_before: row.deadline_before.to_jiff(),
        reason: Personal::new(row.reason),
        by: row.corrected_by,
        at: row.corrected_at.to_jiff(),
    });
    Ok(corrected.collect())
}

/// A request as a correction leaves it.
pub struct Stands<'a> {
    /// Which kind. A date that was set for another one counts no more where no manager sets any.
    pub kind: Kind,
    /// Country of who asks; `None` where it stays as it was.
    pub country: Option<&'a str>,
    /// It comes from another country (R56).
    pub is_foreign: bool,
    /// When it was received.
    pub received_at: Timestamp,
    /// What for; `None` where it stays as it was.
    pub purpose: Option<&'a Personal<String>>,
    /// From when the hour of its passing runs, where there is an open case (R54).
    pub open_case_from: Option<Timestamp>,
    /// The clock that runs instead; `None` where the one that ran goes on.
    pub clock: Option<&'a Clock>,
    /// Its deadline but for any date of a manager's.
    pub first_deadline: Timestamp,
}

/// Puts a request as it ought to be.
pub async fn put(
    connection: &mut PgConnection,
    (id, revision): Next,
    stands: &Stands<'_>,
    now: Timestamp,
) -> Result<(), sqlx::Error> {
    let dated = stands.kind.is_dated_by_a_manager();
    let updated = sqlx::query!(
        r#"
        UPDATE intake.information_request
        SET revision = $2, kind = $3, country = COALESCE($4, country), is_foreign = $5, received_at = $6,
            purpose = COALESCE($7, purpose), open_case = $8::timestamptz IS NOT NULL, open_case_from = $8,
            clock_id = COALESCE($9, clock_id), deadline = COALESCE($10, deadline), first_deadline = $11,
            dated_by = CASE WHEN $12 THEN dated_by END, dated_reason = CASE WHEN $12 THEN dated_reason END,
            looked_at = $13
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        stands.kind as Kind,
        stands.country,
        stands.is_foreign,
        stands.received_at.to_sqlx() as _,
        stands.purpose.map(Personal::open),
        stands.open_case_from.map(|at| at.to_sqlx()) as _,
        stands.clock.map(|clock| clock.id),
        stands.clock.map(|clock| clock.due_at.to_sqlx()) as _,
        stands.first_deadline.to_sqlx() as _,
        dated,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Puts somebody a request is about as they ought to be.
pub async fn put_subject(
    connection: &mut PgConnection,
    id: Uuid,
    subject: &Subject,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.information_subject SET name = $2, birth_date = $3, nhs_number = $4 WHERE id = $1",
        id,
        subject.name.open(),
        subject.birth_date.as_ref().map(|day| day.open().to_sqlx()) as _,
        subject.nhs_number.as_ref().map(Personal::open),
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}
