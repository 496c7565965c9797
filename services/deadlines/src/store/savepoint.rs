//! A point within a transaction to go back to, where one piece of work of many may fail.

use sqlx::PgConnection;

/// Sets the point; an earlier one is forgotten.
pub async fn set(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("SAVEPOINT before_one").execute(connection).await?;
    Ok(())
}

/// Undoes what was done since.
pub async fn go_back(connection: &mut PgConnection) -> Result<(), sqlx::Error> {
    sqlx::raw_sql("ROLLBACK TO SAVEPOINT before_one").execute(connection).await?;
    Ok(())
}
