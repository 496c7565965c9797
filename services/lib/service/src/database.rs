//! The tables of a service. They are made under a login of its own that may change
//! them; the service itself only checks that they are there.

use anyhow::Context;
use sqlx::{PgPool, migrate::Migrator};

/// Makes the tables of a service, or brings them to this version. Doing it again
/// changes nothing.
///
/// # Errors
/// Where the database is away, or holds what no version of ours made.
pub async fn migrate(database_url: &str, own: &Migrator) -> anyhow::Result<()> {
    let pool = PgPool::connect(database_url).await.context("the database cannot be reached")?;
    for migrator in [&messaging::MIGRATOR, &access::MIGRATOR, own] {
        migrator.run(&pool).await?;
    }
    pool.close().await;
    Ok(())
}
