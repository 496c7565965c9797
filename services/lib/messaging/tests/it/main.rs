//! The event log, its feed and its followers, over a real database and broker: a toy
//! service that tells, and one that keeps a ledger of what it was told.

#![expect(
    clippy::unwrap_used,
    clippy::disallowed_methods,
    reason = "a test ends where something is amiss, and looks at the tables from outside"
)]

mod commands;
mod following;
mod log;
mod parking;
mod rewound;
mod toy;
mod vanished;
mod watched;
