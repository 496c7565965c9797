//! The event log, its feed and its followers, over a real database and broker: a toy
//! service that tells, and one that keeps a ledger of what it was told.

mod commands;
mod following;
mod log;
mod parking;
mod rewound;
mod toy;
