//! What happens while a hub runs that a person in front of it wants to know.

use std::fmt;
use std::time::Duration;

use tokio::sync::mpsc::UnboundedSender;

use super::pages::PageReceipt;

/// One thing to tell; `Display` is the sentence for the terminal.
#[derive(Clone, Debug)]
pub enum Notice {
    /// A step of the start.
    Step(&'static str),
    /// Another program holds the port that this one had.
    Moved {
        /// What listens there.
        name: String,
        /// The port that is taken.
        from: u16,
        /// The one it has instead.
        to: u16,
    },
    /// A process ended that should run.
    Died {
        /// Which one.
        name: String,
        /// How it ended.
        how: String,
        /// When it is started again.
        again_in: Duration,
    },
    /// A process that had died runs again.
    Restarted {
        /// Which one.
        name: String,
        /// Its new process id.
        pid: u32,
    },
    /// The state file could not be written, so that other commands see an older state.
    StateNotWritten(String),
    /// The demo people's tokens could not be written anew.
    TokensNotRenewed(String),
    /// Somebody was paged.
    Page(Box<PageReceipt>),
    /// Something reached the page receiver that nobody known has signed.
    PageRefused {
        /// The path it was sent to.
        path: String,
    },
}

impl fmt::Display for Notice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Step(step) => write!(f, "{step} …"),
            Self::Moved { name, from, to } => {
                write!(f, "port {from} is taken by another program; {name} moves to {to}")
            }
            Self::Died { name, how, again_in } => write!(
                f,
                "{name} ended ({how}); it is started again in {} ms",
                again_in.as_millis()
            ),
            Self::Restarted { name, pid } => write!(f, "{name} runs again as process {pid}"),
            Self::StateNotWritten(problem) => write!(f, "hub.json is out of date: {problem}"),
            Self::TokensNotRenewed(problem) => write!(f, "tokens are not renewed: {problem}"),
            Self::Page(receipt) => write!(f, "{receipt}"),
            Self::PageRefused { path } => {
                write!(f, "refused at {path}: a page whose signature is not good")
            }
        }
    }
}

/// Where notices go; nowhere if nobody asked for them.
#[derive(Clone, Debug, Default)]
pub(crate) struct Notices(pub(crate) Option<UnboundedSender<Notice>>);

impl Notices {
    /// Tells one. Nobody may be listening any more, which is theirs to decide.
    pub(crate) fn tell(&self, notice: Notice) {
        if let Some(listener) = &self.0 {
            listener.send(notice).ok();
        }
    }
}
