//! Intake against a real database and broker, spoken to over gRPC with real
//! certificates and tokens.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends where something is amiss, and looks at the tables from outside"
)]

mod bad_input;
mod contacts;
mod stage;
mod start;
