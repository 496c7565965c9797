//! Children who were put on a contact by mistake and are taken off (R20).

use sqlx::PgConnection;
use uuid::Uuid;

/// Notes that children of a contact are taken off it.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    children: &[Uuid],
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.taken_off_child (child_id, contact_id)
        SELECT child_id, $1 FROM unnest($2::uuid[]) AS off (child_id)
        ON CONFLICT (child_id) DO NOTHING
        "#,
        contact,
        children,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Whether one of these is.
pub async fn is_among(
    connection: &mut PgConnection,
    children: &[Uuid],
) -> Result<bool, sqlx::Error> {
    let statement = sqlx::query_scalar!(
        r#"SELECT EXISTS (SELECT FROM partner_checks.taken_off_child WHERE child_id = ANY ($1)) AS "is!""#,
        children,
    );
    statement.fetch_one(connection).await
}
