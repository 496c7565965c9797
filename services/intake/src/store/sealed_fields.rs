//! What of a child is sealed (R4). Who the referrer is lies under a seal of its own.

use access::Personal;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::contact::{SealedCorrection, SealedFields};

/// Adds what of a child is sealed (R4).
pub async fn insert(
    connection: &mut PgConnection,
    child: Uuid,
    sealed: &SealedFields,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.sealed_fields (child_id, sexual_orientation, gender_identity, trans_history)
        VALUES ($1, $2, $3, $4)
        "#,
        child,
        sealed.sexual_orientation.open(),
        sealed.gender_identity.open(),
        sealed.trans_history.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts what of a child is sealed as it ought to be, and keeps what stood there before (R4). That
/// nothing is to stand where nothing did puts nothing under seal.
pub async fn correct(
    connection: &mut PgConnection,
    (child, amendment): (Uuid, Uuid),
    new: &SealedCorrection,
) -> Result<(), sqlx::Error> {
    let open = |text: &Option<Personal<String>>| text.as_ref().map(|text| text.open().clone());
    sqlx::query!(
        r#"
        WITH before AS (
            INSERT INTO intake.sealed_fields_before
                (amendment_id, child_id, sexual_orientation, gender_identity, trans_history)
            SELECT $2, $1,
                   CASE WHEN $3::text IS NOT NULL THEN COALESCE(held.sexual_orientation, '') END,
                   CASE WHEN $4::text IS NOT NULL THEN COALESCE(held.gender_identity, '') END,
                   CASE WHEN $5::text IS NOT NULL THEN COALESCE(held.trans_history, '') END
            FROM (SELECT) AS one LEFT JOIN intake.sealed_fields AS held ON held.child_id = $1
        )
        INSERT INTO intake.sealed_fields AS held (child_id, sexual_orientation, gender_identity, trans_history)
        SELECT $1, COALESCE($3, ''), COALESCE($4, ''), COALESCE($5, '')
        WHERE concat($3, $4, $5) <> '' OR EXISTS (SELECT FROM intake.sealed_fields WHERE child_id = $1)
        ON CONFLICT (child_id) DO UPDATE SET
            sexual_orientation = COALESCE($3, held.sexual_orientation),
            gender_identity = COALESCE($4, held.gender_identity),
            trans_history = COALESCE($5, held.trans_history)
        "#,
        child,
        amendment,
        open(&new.sexual_orientation),
        open(&new.gender_identity),
        open(&new.trans_history),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// What of a child was sealed before corrections, the latest last (R4).
pub async fn earlier(
    connection: &mut PgConnection,
    child: Uuid,
) -> Result<Vec<SealedCorrection>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT sexual_orientation, gender_identity, trans_history
        FROM intake.sealed_fields_before JOIN intake.amendment ON amendment.id = amendment_id
        WHERE child_id = $1
        ORDER BY revision
        "#,
        child,
    )
    .fetch_all(connection)
    .await?;
    let earlier = rows.into_iter().map(|row| SealedCorrection {
        sexual_orientation: row.sexual_orientation.map(Personal::new),
        gender_identity: row.gender_identity.map(Personal::new),
        trans_history: row.trans_history.map(Personal::new),
    });
    Ok(earlier.collect())
}

/// What of a child of this contact is sealed (R4).
pub async fn find(
    connection: &mut PgConnection,
    contact: Uuid,
    child: Uuid,
) -> Result<Option<SealedFields>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT sexual_orientation, gender_identity, trans_history
        FROM intake.sealed_fields JOIN intake.child ON child.id = child_id
        WHERE contact_id = $1 AND child_id = $2
        "#,
        contact,
        child,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| SealedFields {
        sexual_orientation: Personal::new(row.sexual_orientation),
        gender_identity: Personal::new(row.gender_identity),
        trans_history: Personal::new(row.trans_history),
    }))
}
