//! What is different this time (R8): answers, the latest of which counts.

use access::Personal;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::register::Difference;

/// Adds an answer.
pub async fn insert(
    connection: &mut PgConnection,
    difference: &Difference,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.difference (id, contact_id, child_id, answer, answered_by, answered_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        difference.id,
        difference.contact,
        difference.child,
        difference.answer.open(),
        difference.by,
        difference.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The answer that counts for each child of a contact who has one.
pub async fn of(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Difference>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT DISTINCT ON (child_id) id, contact_id, child_id, answer, answered_by, answered_at
        FROM intake.difference
        WHERE contact_id = $1
        ORDER BY child_id, answered_at DESC, id DESC
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let differences = rows.into_iter().map(|row| Difference {
        id: row.id,
        contact: row.contact_id,
        child: row.child_id,
        answer: Personal::new(row.answer),
        by: row.answered_by,
        at: {
            let at: jiff_sqlx::Timestamp = row.answered_at;
            at.to_jiff()
        },
    });
    Ok(differences.collect())
}
