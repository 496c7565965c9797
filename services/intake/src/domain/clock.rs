//! Clocks that intake starts; deadlines watches them (R24, R59, R72).

use jiff::Timestamp;
use uuid::Uuid;

/// A clock that starts.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clock {
    /// Its id.
    pub id: Uuid,
    /// When its time began.
    pub started_at: Timestamp,
    /// When that runs out.
    pub due_at: Timestamp,
    /// When somebody is warned before.
    pub warnings: Vec<Timestamp>,
    /// Version of the protocol that it runs under (R59).
    pub protocol_version: String,
}

impl Clock {
    /// The clock as its record keeps it.
    pub fn running(&self) -> Running {
        Running { id: self.id, due_at: self.due_at }
    }
}

/// A clock that runs, as its record keeps it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Running {
    /// Its id.
    pub id: Uuid,
    /// When it runs out.
    pub due_at: Timestamp,
}

/// How a clock ends.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ending {
    /// What it waited for was done.
    Met,
    /// Nobody waits for it any more.
    Cancelled,
    /// Another clock runs instead.
    Replaced,
}
