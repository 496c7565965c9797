//! Intake against a real database and broker, spoken to over gRPC with real
//! certificates and tokens.

mod bad_input;
mod contacts;
mod stage;
