//! Business time, and the protocol file that says how much of it there is.
//!
//! Everything here is a pure function of its arguments: no clock is read, nothing
//! waits. Instants are UTC; opening hours, working days and calendar months are
//! reckoned in the authority's own zone, across clock changes (R57).
//!
//! A service reads its table of the protocol file once
//! ([`protocol::Protocol::table`]), asks the [`Calendar`] for the deadline of a
//! [`Timescale`] when it starts a clock, and sends both on; `deadlines` waits.

mod amount;
mod business_time;
mod deadline;
mod due;
mod holidays;
pub mod ladder;
mod opening;
pub mod protocol;
mod timescale;

pub use amount::{Amount, NotAnAmount};
pub use business_time::Calendar;
pub use deadline::Deadline;
pub use due::{DueError, due};
pub use timescale::{Basis, Length, Timescale, Warning};
