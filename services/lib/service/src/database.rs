//! The tables of a service. They are made under a login of its own that may change
//! them; the service itself only checks that they are there.

use std::time::Duration;

use anyhow::Context;
use sqlx::{
    PgPool,
    migrate::{Migrate, MigrateError, Migrator},
};

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

/// Waits until the database holds the tables of this version: until then nothing is
/// followed or served, for what fails on a missing table would be taken for a bad event.
pub(crate) async fn wait_for_tables(pool: &PgPool, own: &Migrator) {
    let mut waiting = false;
    while let Err(cause) = has_tables(pool, own).await {
        if !waiting {
            tracing::warn!(%cause, "waiting for the database and its tables: `mash migrate` makes them");
        }
        waiting = true;
        tokio::time::sleep(Duration::from_millis(500)).await;
    }
}

async fn has_tables(pool: &PgPool, own: &Migrator) -> Result<(), MigrateError> {
    let mut connection = pool.acquire().await?;
    for migrator in [&messaging::MIGRATOR, &access::MIGRATOR, own] {
        let applied = connection.list_applied_migrations(&migrator.table_name).await?;
        for migration in migrator.iter() {
            let there = applied.iter().find(|one| one.version == migration.version);
            let there = there.ok_or(MigrateError::VersionMissing(migration.version))?;
            if there.checksum != migration.checksum {
                return Err(MigrateError::VersionMismatch(migration.version));
            }
        }
    }
    Ok(())
}
