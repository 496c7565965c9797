//! One database per service, and two logins for it: one that makes the tables (`mash
//! migrate`) and one that works with the rows and can change no table. Neither reaches
//! another service's database.

use sqlx::{AssertSqlSafe, PgConnection};

use crate::error::{ProvisionError, Result};
use crate::postgres::Postgres;

const NAME_AT_MOST: usize = 50;

/// How a service and its migration reach their database.
#[derive(Clone, PartialEq, Eq)]
pub struct ServiceDatabase {
    /// The database and the service's login.
    pub name: String,
    /// For the running service: rows only, no DDL.
    pub url: String,
    /// For `mash migrate`: owns the database.
    pub migrate_url: String,
}

impl Postgres {
    /// Makes the database `name` with its two logins, or puts right what is there already.
    /// The passwords are the same at every start.
    pub async fn create_service_database(&mut self, name: &str) -> Result<ServiceDatabase> {
        check_name(name)?;
        let migrate = format!("{name}_migrate");
        let password = self.secrets.password(name)?;
        let migrate_password = self.secrets.password(&migrate)?;
        let refused = |source| ProvisionError::Database { database: name.to_owned(), source };

        let mut server = self.administer("postgres").await?;
        ensure_login(&mut server, name, &password).await.map_err(refused)?;
        ensure_login(&mut server, &migrate, &migrate_password).await.map_err(refused)?;
        ensure_database(&mut server, name, &migrate).await.map_err(refused)?;
        let mut database = self.administer(name).await?;
        grant_rows(&mut database, name, &migrate).await.map_err(refused)?;

        Ok(ServiceDatabase {
            name: name.to_owned(),
            url: self.url(name, name, &password),
            migrate_url: self.url(name, &migrate, &migrate_password),
        })
    }
}

/// Names go into SQL and URLs as they are, so they are checked rather than quoted and hoped for.
pub(crate) fn check_name(name: &str) -> Result<()> {
    let good = name.len() <= NAME_AT_MOST
        && name.starts_with(|c: char| c.is_ascii_lowercase())
        && name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-');
    if good { Ok(()) } else { Err(ProvisionError::BadName { name: name.to_owned() }) }
}

async fn ensure_login(server: &mut PgConnection, login: &str, password: &str) -> sqlx::Result<()> {
    let known = format!("SELECT 1 FROM pg_roles WHERE rolname = '{login}'");
    let act = if finds(server, known).await? { "ALTER" } else { "CREATE" };
    let rights = "LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE";
    run(server, format!(r#"{act} ROLE "{login}" {rights} PASSWORD '{password}'"#)).await
}

async fn ensure_database(server: &mut PgConnection, name: &str, owner: &str) -> sqlx::Result<()> {
    let known = format!("SELECT 1 FROM pg_database WHERE datname = '{name}'");
    if !finds(server, known).await? {
        run(server, format!(r#"CREATE DATABASE "{name}" OWNER "{owner}""#)).await?;
    }
    run(server, format!(r#"REVOKE ALL ON DATABASE "{name}" FROM PUBLIC"#)).await?;
    run(server, format!(r#"GRANT CONNECT ON DATABASE "{name}" TO "{name}""#)).await?;
    run(server, "REVOKE ALL ON DATABASE postgres, template1 FROM PUBLIC".to_owned()).await
}

/// What the migration's login makes later, the service's login may use: rows, never tables.
async fn grant_rows(database: &mut PgConnection, login: &str, owner: &str) -> sqlx::Result<()> {
    let from_now_on = format!(r#"ALTER DEFAULT PRIVILEGES FOR ROLE "{owner}""#);
    for grant in [
        "GRANT USAGE ON SCHEMAS",
        "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES",
        "GRANT USAGE ON SEQUENCES",
    ] {
        run(database, format!(r#"{from_now_on} {grant} TO "{login}""#)).await?;
    }
    Ok(())
}

async fn finds(connection: &mut PgConnection, sql: String) -> sqlx::Result<bool> {
    let row = sqlx::raw_sql(AssertSqlSafe(sql)).fetch_optional(connection).await?;
    Ok(row.is_some())
}

async fn run(connection: &mut PgConnection, sql: String) -> sqlx::Result<()> {
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(connection).await?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn only_plain_names_become_databases() {
        for good in ["intake", "partner-checks", "a1"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        let long = "a".repeat(51);
        for bad in ["", "Intake", "1a", "a b", "a\"", "a'", "a_b", "é", &long] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
