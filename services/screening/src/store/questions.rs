//! Questions about contacts that nobody has answered, as intake told last (R8).

use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::contact::Questions;

/// Keeps what was told of a contact by a revision, unless something newer was.
pub async fn put(
    connection: &mut PgConnection,
    (contact, revision): (Uuid, i64),
    questions: Questions,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.open_questions AS told (contact_id, revision, matches, differences)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (contact_id) DO UPDATE SET
            revision = excluded.revision, matches = excluded.matches, differences = excluded.differences
        WHERE told.revision < excluded.revision
        "#,
        contact,
        revision,
        questions.matches,
        questions.differences,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The questions about a contact; none where nothing was told.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Questions, sqlx::Error> {
    let questions = sqlx::query_as!(
        Questions,
        "SELECT matches, differences FROM screening.open_questions WHERE contact_id = $1",
        contact,
    )
    .fetch_optional(connection)
    .await?;
    Ok(questions.unwrap_or_default())
}
