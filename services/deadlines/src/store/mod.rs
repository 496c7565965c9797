//! All SQL of deadlines. One statement a function, the connection first.

pub mod causes;
pub mod clocks;
pub mod contacts;
pub mod deliveries;
pub mod figures;
pub mod locks;
pub mod pages;
pub mod savepoint;
pub mod timers;

/// The one row that an UPDATE had to touch was touched.
fn one_row(result: &sqlx::postgres::PgQueryResult) -> Result<(), sqlx::Error> {
    if result.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
