//! What can be chosen of a hub before it starts.

use std::path::PathBuf;

use provision::OwnTools;
use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

use super::notice::{Notice, Notices};

/// How a hub is to be run. [`HubOptions::new`] has everything but the place.
#[derive(Clone, Debug)]
pub struct HubOptions {
    /// Where all its data, keys and logs lie; made where there is none.
    pub folder: PathBuf,
    /// The program that runs each service: `mash` itself.
    pub program: PathBuf,
    /// Another protocol file than the one built in.
    pub protocol: Option<PathBuf>,
    /// Pagers of one's own (`MASH_PAGERS` of `deadlines`), in the place of those that
    /// point at the hub's own receiver.
    pub pagers: Option<PathBuf>,
    /// Servers of one's own; the others are installed once, by pip.
    pub tools: OwnTools,
    /// Begins with an empty database and broker: what an earlier run kept is removed.
    pub fresh: bool,
    /// What the services log, in the syntax of `MASH_LOG`.
    pub log: String,
    /// An OTLP collector (gRPC) that traces are sent to; none are made without one.
    pub otlp_endpoint: Option<String>,
    pub(crate) notices: Notices,
}

impl HubOptions {
    /// A hub in `folder` whose services are run by `program`.
    pub fn new(folder: impl Into<PathBuf>, program: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            program: program.into(),
            protocol: None,
            pagers: None,
            tools: OwnTools::default(),
            fresh: false,
            log: "info".to_owned(),
            otlp_endpoint: None,
            notices: Notices::default(),
        }
    }

    /// Asks to be told what happens, from the first step of the start on. The last one who
    /// asks is told.
    pub fn notices(&mut self) -> UnboundedReceiver<Notice> {
        let (sender, receiver) = unbounded_channel();
        self.notices = Notices(Some(sender));
        receiver
    }
}
