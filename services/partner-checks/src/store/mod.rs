//! All SQL of partner-checks. One statement a function, the connection first.

pub mod agreements;
pub mod answers;
pub mod checks;
pub mod consent;
pub mod disclosures;
pub mod door;
pub mod ended_bases;
pub mod taken_off;
pub mod watched;
pub mod with_unit;
