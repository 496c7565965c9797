//! What deadlines does: one act a file. Load, decide, save, tell; the edge commits.

pub mod acknowledge_page;
pub mod climb_page;
mod end_clock;
pub mod fire_timer;
mod raise_page;
mod start_clock;
pub mod take_in;
mod tell_pagers;

use std::sync::Arc;

use calendar::protocol::Protocol;
use messaging::{follower::HandlerError, tx::AppendError};
use thiserror::Error;

use crate::{
    domain::page::{LadderName, Notice},
    pagers::Pagers,
    protocol::DeadlinesProtocol,
};

/// What deadlines works by.
#[derive(Clone)]
pub struct Rules {
    /// The protocol file.
    pub protocol: Arc<Protocol>,
    /// Its table for deadlines.
    pub deadlines: Arc<DeadlinesProtocol>,
    /// Who can be reached, and how.
    pub pagers: Arc<Pagers>,
}

impl Rules {
    /// What a pager is told first of a page on this ladder.
    fn first_notice(&self, ladder: LadderName) -> Notice {
        let acknowledged = self.deadlines.ladders.get(ladder).acknowledge();
        if acknowledged { Notice::Raised } else { Notice::Reminder }
    }
}

/// An act that was refused, or could not be done.
#[derive(Debug, Error)]
pub enum CommandError {
    /// There is no such page.
    #[error("there is no such page")]
    NoSuchPage,
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

impl CommandError {
    /// Whether the same may succeed later without anybody's help.
    pub fn is_away(&self) -> bool {
        match self {
            Self::Store(error) | Self::Append(AppendError::Store(error)) => {
                messaging::is_away(error)
            }
            Self::NoSuchPage | Self::Append(AppendError::StaleRevision) => false,
        }
    }
}

impl From<CommandError> for HandlerError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::NoSuchPage => Self::Refused(error.to_string()),
            CommandError::Append(error) => error.into(),
            CommandError::Store(error) => Self::Store(error),
        }
    }
}
