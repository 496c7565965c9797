//! Screening against a real database and broker, following real logs of intake and
//! partner-checks, spoken to over gRPC with real certificates and tokens.
#![expect(clippy::unwrap_used, reason = "a test ends where something is not there")]

mod alarms;
mod answers;
mod back_in_hub;
mod bad_input;
mod cases;
mod consent;
mod decisions;
mod ending;
mod receipt;
mod stage;
mod taken_off;
mod timed_from;
mod units;
mod without_consent;
mod worklist;
