//! What managers have recorded in intake that bears on decisions (R7, R18).

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::consent::{BasisKind, KnownBasis, Recorded};

/// Keeps a basis.
pub async fn insert(connection: &mut PgConnection, recorded: &Recorded) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.basis (id, contact_id, kind, child_ids) VALUES ($1, $2, $3, $4)
        ON CONFLICT DO NOTHING
        "#,
        recorded.id,
        recorded.contact,
        recorded.basis.kind as BasisKind,
        &recorded.basis.children,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The bases on a contact.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<KnownBasis>, sqlx::Error> {
    sqlx::query_as!(
        KnownBasis,
        r#"
        SELECT kind AS "kind: BasisKind", child_ids AS children
        FROM screening.basis
        WHERE contact_id = $1
        ORDER BY id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await
}

/// Takes back a basis that was ended (R7, R31).
pub async fn remove(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM screening.basis WHERE id = $1", id).execute(connection).await?;
    Ok(())
}
