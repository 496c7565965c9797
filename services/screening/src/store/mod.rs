//! All SQL of screening. One statement a function, the connection first.

pub mod alarms;
pub mod answer_reviews;
pub mod bases;
pub mod cases;
pub mod checks;
pub mod children;
pub mod clocks;
pub mod consent_withdrawals;
pub mod decisions;
pub mod flags;
pub mod questions;
pub mod units;
pub mod worklist;
