//! Checks as the hub asks and reads them. What an agency may touch is in `door`.

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    check::{Check, CheckedChild, Message, Rag},
    disclosure::Basis,
};

/// A check's own row.
pub struct CheckRow {
    pub(super) id: Uuid,
    pub(super) revision: i64,
    pub(super) contact_id: Uuid,
    pub(super) agency: String,
    pub(super) rag: Rag,
    pub(super) basis: Basis,
    pub(super) basis_id: Option<Uuid>,
    pub(super) requested_at: jiff_sqlx::Timestamp,
    pub(super) deadline: jiff_sqlx::Timestamp,
    pub(super) clock_id: Uuid,
    pub(super) delivered_at: Option<jiff_sqlx::Timestamp>,
    pub(super) seen_at: Option<jiff_sqlx::Timestamp>,
    pub(super) answered_at: Option<jiff_sqlx::Timestamp>,
    pub(super) withdrawn_at: Option<jiff_sqlx::Timestamp>,
    pub(super) basis_lost_at: Option<jiff_sqlx::Timestamp>,
    pub(super) paged_at: Option<jiff_sqlx::Timestamp>,
}

impl From<CheckRow> for Check {
    fn from(row: CheckRow) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            contact: row.contact_id,
            agency: row.agency,
            rag: row.rag,
            basis: row.basis,
            basis_id: row.basis_id,
            requested_at: row.requested_at.to_jiff(),
            deadline: row.deadline.to_jiff(),
            clock: row.clock_id,
            delivered_at: row.delivered_at.map(jiff_sqlx::Timestamp::to_jiff),
            seen_at: row.seen_at.map(jiff_sqlx::Timestamp::to_jiff),
            answered_at: row.answered_at.map(jiff_sqlx::Timestamp::to_jiff),
            withdrawn_at: row.withdrawn_at.map(jiff_sqlx::Timestamp::to_jiff),
            basis_lost_at: row.basis_lost_at.map(jiff_sqlx::Timestamp::to_jiff),
            paged_at: row.paged_at.map(jiff_sqlx::Timestamp::to_jiff),
        }
    }
}

/// Adds a check that has just been requested, without its children.
pub async fn insert(
    connection: &mut PgConnection,
    check: &Check,
    message: &Message,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.requested_check
            (id, revision, contact_id, agency, rag, reference, purpose, context, basis, basis_id, requested_at,
             deadline, clock_id)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        check.id,
        check.revision,
        check.contact,
        check.agency,
        check.rag as Rag,
        message.reference,
        message.purpose.open(),
        message.context.open(),
        check.basis as Basis,
        check.basis_id,
        check.requested_at.to_sqlx() as _,
        check.deadline.to_sqlx() as _,
        check.clock,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a child as a check discloses it, at its place.
pub async fn insert_child(
    connection: &mut PgConnection,
    check: Uuid,
    place: i32,
    child: &CheckedChild,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.checked_child
            (check_id, place, child_id, name, birth_date, address, school, nhs_number, unborn)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)
        "#,
        check,
        place,
        child.id,
        child.name.open(),
        child.birth_date.as_ref().map(|date| date.open().to_sqlx()) as _,
        child.address.open(),
        child.school.open(),
        child.nhs_number.open(),
        child.unborn,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The checks of a contact, by the time of request.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Check>, sqlx::Error> {
    let rows = sqlx::query_as!(
        CheckRow,
        r#"
        SELECT id, revision, contact_id, agency, rag AS "rag: Rag", basis AS "basis: Basis", basis_id, requested_at,
               deadline, clock_id, delivered_at, seen_at, answered_at, withdrawn_at,
               basis_lost_at, paged_at
        FROM partner_checks.requested_check
        WHERE contact_id = $1
        ORDER BY requested_at, id
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Check::from).collect())
}

/// The children whom the checks of these contacts are about, each once.
pub async fn child_ids(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT child.child_id
        FROM partner_checks.checked_child AS child
        JOIN partner_checks.requested_check AS asked ON asked.id = child.check_id
        WHERE asked.contact_id = ANY($1)
        ORDER BY child.child_id
        "#,
        contacts
    )
    .fetch_all(connection)
    .await
}
