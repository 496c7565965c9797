//! All SQL of partner-checks. One statement a function, the connection first.

pub mod agreements;
pub mod answers;
pub mod checks;
pub mod disclosures;
pub mod door;
pub mod watched;

use sqlx::postgres::PgQueryResult;

/// Whether a change touched the one row that it was about.
fn one_row(result: &PgQueryResult) -> Result<(), sqlx::Error> {
    if result.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
