//! Reporting against real databases and a real broker: the four services it follows
//! are logs of their names with real events in them.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod asking;
mod figures;
mod later;
mod receipt;
mod stage;
mod story;
