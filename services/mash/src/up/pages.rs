//! The pagers of a development hub: a pager for everybody on the duty rota (R18, R41, R43)
//! that points at a small receiver, which `mash up` runs itself. The receiver believes only
//! what is signed (Standard Webhooks), writes every page to a file and tells it.

use std::fmt::{self, Write as _};
use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use axum::Router;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode, Uri};
use axum::routing::post;
use calendar::ladder::Role;
use jiff::Timestamp;
use provision::{Secrets, write_private};
use runtime::clock::Clock;
use runtime::tasks::Tasks;
use serde::{Deserialize, Serialize};
use standardwebhooks::{HEADER_WEBHOOK_ID, Webhook};
use tokio::net::TcpListener;
use tokio::sync::watch;

use super::notice::{Notice, Notices};

/// Everybody who can be paged at one address; the agencies' duty contacts come to these.
const ROLES: [Role; 5] =
    [Role::MashManager, Role::ServiceManager, Role::HeadOfService, Role::Edt, Role::UnitManager];
/// A watcher sees so many of the latest pages; the file has them all.
const REMEMBERED: usize = 1000;

/// A page that arrived, well signed. One that is sent twice arrives twice, under one id.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct PageReceipt {
    /// When it arrived.
    pub received_at: Timestamp,
    /// Whom it is for, as in the protocol file's ladders.
    pub role: String,
    /// Of which agency, where the role is `agency_duty`.
    pub agency: Option<String>,
    /// The sender's id of it, the same at every try.
    pub id: String,
    /// What it says; pages hold no personal data.
    pub page: serde_json::Value,
}

impl fmt::Display for PageReceipt {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "page for {}", self.role)?;
        if let Some(agency) = &self.agency {
            write!(f, " of {agency}")?;
        }
        write!(f, ": {}", self.page)
    }
}

/// Those who are paged, with the secrets that their pages are signed with.
pub(crate) struct Pagers {
    pagers: Vec<Pager>,
}

struct Pager {
    role: &'static str,
    agency: Option<String>,
    secret: String,
}

impl Pager {
    fn path(&self) -> String {
        match &self.agency {
            Some(agency) => format!("/{}/{agency}", self.role),
            None => format!("/{}", self.role),
        }
    }
}

impl Pagers {
    /// One for every role, and for the duty contact of every agency. Secrets are kept in
    /// the folder, so that they are the same at every start.
    pub(crate) fn of(folder: &Path, agencies: &[String]) -> provision::Result<Self> {
        let mut secrets = Secrets::open(&folder.join("pagers.passwords.json"))?;
        let everybody = ROLES.map(|role| (role.as_str(), None)).into_iter();
        let duty = Role::AgencyDuty.as_str();
        let everybody = everybody.chain(agencies.iter().map(|code| (duty, Some(code.clone()))));
        let mut pager = |(role, agency): (&'static str, Option<String>)| {
            let login = [role, agency.as_deref().unwrap_or("")].join("-");
            // Hexadecimal digits, 64 of them: as they are the base64 of 48 bytes.
            let secret = format!("whsec_{}", secrets.password(&login)?);
            Ok(Pager { role, agency, secret })
        };
        let pagers = everybody.map(&mut pager).collect::<provision::Result<_>>()?;
        Ok(Self { pagers })
    }

    /// Writes the file that `deadlines` reads.
    pub(crate) fn write(&self, file: &Path, port: u16) -> anyhow::Result<()> {
        let mut text = String::from("# Made by `mash up` at every start.\n");
        for pager in &self.pagers {
            writeln!(text, "\n[[pager]]\nrole = {:?}", pager.role)?;
            if let Some(agency) = &pager.agency {
                writeln!(text, "agency = {agency:?}")?;
            }
            let path = pager.path();
            writeln!(text, "url = \"http://127.0.0.1:{port}{path}\"")?;
            writeln!(text, "secret = {:?}", pager.secret)?;
        }
        Ok(write_private(file, text.as_bytes())?)
    }

    /// Receives pages until `tasks` stop; each goes to `log`, the watcher and the notices.
    pub(crate) async fn receive(
        self,
        port: u16,
        log: PathBuf,
        notices: Notices,
        tasks: &Tasks,
    ) -> anyhow::Result<watch::Receiver<Vec<PageReceipt>>> {
        let listener = TcpListener::bind(("127.0.0.1", port)).await?;
        let (received, watched) = watch::channel(Vec::new());
        let receiver = Receiver { pagers: self.pagers, log, received, notices };
        let app = Router::new().fallback(post(receive)).with_state(Arc::new(receiver));
        let stopping = tasks.stopping();
        tasks.spawn("page receiver", async move {
            let stopped = async move { stopping.cancelled().await };
            Ok(axum::serve(listener, app).with_graceful_shutdown(stopped).await?)
        });
        Ok(watched)
    }
}

struct Receiver {
    pagers: Vec<Pager>,
    log: PathBuf,
    received: watch::Sender<Vec<PageReceipt>>,
    notices: Notices,
}

/// Whatever is not exactly a pager's, signed with its secret, is refused in one way.
async fn receive(
    State(receiver): State<Arc<Receiver>>,
    uri: Uri,
    headers: HeaderMap,
    body: Bytes,
) -> StatusCode {
    let Some(receipt) = receiver.verified(uri.path(), &headers, &body) else {
        let path = uri.path().to_owned();
        receiver.notices.tell(Notice::PageRefused { path });
        return StatusCode::UNAUTHORIZED;
    };
    if receiver.write(&receipt).is_err() {
        // Not kept, so not received: the sender comes again.
        return StatusCode::INSUFFICIENT_STORAGE;
    }
    receiver.notices.tell(Notice::Page(Box::new(receipt.clone())));
    receiver.received.send_modify(|pages| {
        let over = (pages.len() + 1).saturating_sub(REMEMBERED);
        pages.drain(..over);
        pages.push(receipt);
    });
    StatusCode::NO_CONTENT
}

impl Receiver {
    fn verified(&self, path: &str, headers: &HeaderMap, body: &[u8]) -> Option<PageReceipt> {
        let pager = self.pagers.iter().find(|pager| pager.path() == path)?;
        Webhook::new(&pager.secret).ok()?.verify(body, headers).ok()?;
        let id = headers.get(HEADER_WEBHOOK_ID)?.to_str().ok()?;
        Some(PageReceipt {
            received_at: Clock::system().now(),
            role: pager.role.to_owned(),
            agency: pager.agency.clone(),
            id: id.to_owned(),
            page: serde_json::from_slice(body).ok()?,
        })
    }

    fn write(&self, receipt: &PageReceipt) -> anyhow::Result<()> {
        let mut line = serde_json::to_vec(receipt)?;
        line.push(b'\n');
        let mut log = File::options().create(true).append(true).open(&self.log)?;
        Ok(log.write_all(&line)?)
    }
}
