//! The second look at an override, and every look after it (R7).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

/// A look that is due.
#[derive(Clone, Copy, Debug)]
pub struct Due {
    /// The clock that runs until then.
    pub clock: Uuid,
    /// When it runs out.
    pub at: Timestamp,
}

/// Adds the next look at an override.
pub async fn insert(
    connection: &mut PgConnection,
    basis: Uuid,
    due: Due,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.override_review (basis_id, number, clock_id, due_at)
        SELECT $1, count(*) + 1, $2, $3 FROM intake.override_review WHERE basis_id = $1
        "#,
        basis,
        due.clock,
        due.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What was found at a look.
pub enum Finding {
    /// The family was told at this instant.
    FamilyTold(Timestamp),
    /// Why the family is still not told.
    Renewed(Personal<String>),
}

/// Notes what was found at the look that is due, and gives its clock; `None` where the
/// contact has no such override, or nothing is due on it.
pub async fn close(
    connection: &mut PgConnection,
    (contact, basis): (Uuid, Uuid),
    finding: &Finding,
    (by, at): (&str, Timestamp),
) -> Result<Option<Uuid>, sqlx::Error> {
    let (told, renewed) = match finding {
        Finding::FamilyTold(at) => (Some(at.to_sqlx()), None),
        Finding::Renewed(reason) => (None, Some(reason.open())),
    };
    sqlx::query_scalar!(
        r#"
        UPDATE intake.override_review
        SET reviewed_at = $3, reviewed_by = $4, family_told_at = $5, renewed_reason = $6
        FROM intake.basis
        WHERE basis.id = basis_id AND basis.contact_id = $1 AND basis_id = $2 AND reviewed_at IS NULL
        RETURNING clock_id
        "#,
        contact,
        basis,
        at.to_sqlx() as _,
        by,
        told as _,
        renewed,
    )
    .fetch_optional(connection)
    .await
}
