//! What can go wrong in following, and what it means for the event.

use thiserror::Error;

use crate::{
    received::{NotAnEvent, Undecodable},
    tx::AppendError,
};

/// An event that could not be applied.
#[derive(Debug, Error)]
pub enum HandlerError {
    /// The own database is away, or refuses; which of the two decides what follows.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
    /// The payload is not what its type says.
    #[error("the event cannot be read")]
    Undecodable(#[from] Undecodable),
    /// The event contradicts what is known; the text names no person.
    #[error("{0}")]
    Refused(String),
    /// The handler panicked.
    #[error("the handler panicked")]
    Panicked,
}

impl From<AppendError> for HandlerError {
    fn from(error: AppendError) -> Self {
        match error {
            AppendError::Store(error) => Self::Store(error),
            AppendError::StaleRevision => Self::Refused(error.to_string()),
        }
    }
}

impl HandlerError {
    /// Whether it lost against somebody else's work: alone, an event may win.
    pub(super) fn is_contention(&self) -> bool {
        let code = match self {
            Self::Store(sqlx::Error::Database(error)) => error.code().unwrap_or_default(),
            Self::Store(_) | Self::Undecodable(_) | Self::Refused(_) | Self::Panicked => {
                return false;
            }
        };
        code.starts_with("40") || code == "55P03"
    }

    /// Whether the same event may succeed later without anybody's help.
    pub(super) fn is_away(&self) -> bool {
        match self {
            Self::Store(error) => crate::is_away(error),
            Self::Undecodable(_) | Self::Refused(_) | Self::Panicked => false,
        }
    }
}

/// Why following paused; it goes on by itself.
#[derive(Debug, Error)]
pub(crate) enum FollowError {
    #[error("the own database is away")]
    Store(#[from] sqlx::Error),
    #[error("a handler waits for the database")]
    Handler(#[from] HandlerError),
    #[error("the owner of the log cannot be asked: {0}")]
    Owner(String),
    #[error("the owner sent what is no event")]
    NotAnEvent(#[from] NotAnEvent),
}
