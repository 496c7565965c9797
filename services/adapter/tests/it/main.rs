//! A real adapter in front of a real partner-checks, and the system of an agency with
//! its own certificate.
#![expect(clippy::unwrap_used, reason = "a test that cannot go on panics")]

mod door;
mod stage;
mod stream;

#[path = "../../../partner-checks/tests/it/stage.rs"]
#[expect(dead_code, reason = "its own tests use more of it")]
mod partner_checks_stage;
/// partner-checks as its own tests run it, with the two services that it asks.
#[path = "../../../partner-checks/tests/it/peers.rs"]
#[expect(dead_code, reason = "its own tests use more of it")]
mod peers;
