//! partner-checks against a real database and broker, spoken to over gRPC with real
//! certificates and tokens. The two services that it asks are small servers of the
//! test.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod agreements;
mod answers;
mod basis_ended;
mod consent;
mod isolation;
mod peers;
mod requests;
mod risk_flags;
mod stage;
mod taken_off;
mod watch;
mod with_unit;
