//! Stories through the whole hub, and faults on what it stands on.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends where something is amiss, and looks at the tables from outside"
)]

mod broken_hub;
mod callers;
mod demo;
mod faults;
mod hub;
mod traces;
