//! What every RPC does around its own work. A command: who calls, the request read into
//! values that cannot be wrong, one transaction, the reply kept for the same request sent
//! again (R12, R40). A read: one state of the database, and the row of the read log that
//! commits before anything is answered (R61).

use access::{Action, Caller, Read, log_read};
use messaging::{
    EventLog, Tx,
    command::{Begun, BodyHash, CommandKey},
    store_failure,
};
use prost::Message;
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

/// What a command asks, behind the client's own id for it (R12); or why it cannot be read.
pub type Asked<T> = Result<(Uuid, T), Status>;

/// Does a command once: `parse` reads the client's id for it and what it asks, `act` does
/// it in the transaction that this commits with the reply. The same request sent again is
/// answered with that reply, and `act` is not called.
///
/// # Errors
/// What `parse` or `act` refuses, and then nothing has changed; `REQUEST_ID_REUSED`;
/// `OUTCOME_UNKNOWN` where the commit was not answered.
pub async fn command<Q, T, R>(
    log: &EventLog,
    request: Request<Q>,
    parse: impl FnOnce(Q) -> Asked<T>,
    act: impl AsyncFnOnce(&mut Tx, T) -> Result<R, Status>,
) -> Result<Response<R>, Status>
where
    Q: Message,
    R: Message + Default,
{
    let caller = Caller::of(&request)?.actor();
    let action = Action::of(&request)?.clone();
    let body = BodyHash::of(request.get_ref());
    let (request_id, asked) = parse(request.into_inner())?;
    let key = CommandKey::new(&caller, action.rpc(), request_id, body);
    let mut tx = match log.begin_command(key).await? {
        Begun::First(tx) => tx,
        Begun::Again(reply) => return Ok(Response::new(reply)),
    };
    let reply = act(&mut tx, asked).await?;
    tx.commit_reply(&reply).await?;
    Ok(Response::new(reply))
}

/// Why a child's record is shown where the call itself says it and its reader gives no purpose
/// (R61): with the codes of `mash.terms.v1.Purpose` all that the read log holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OwnPurpose {
    /// A list of what is to be done.
    Worklist,
    /// What a check discloses.
    Disclosure,
    /// A call to the consultation line.
    Consultation,
    /// What is sealed was opened; the reason stands beside it.
    SealOpened,
    /// Pages, for whoever is on duty.
    Pages,
}

impl OwnPurpose {
    /// As the read log has it.
    pub const fn code(self) -> &'static str {
        match self {
            Self::Worklist => "WORKLIST",
            Self::Disclosure => "DISCLOSURE",
            Self::Consultation => "CONSULTATION",
            Self::SealOpened => "SEAL_OPENED",
            Self::Pages => "PAGES",
        }
    }
}

/// What an answer shows of children's records.
pub struct Shown {
    /// The records and children; an answer that shows none is not in the read log.
    pub subjects: Vec<Uuid>,
    /// Code of the purpose that the reader gave, or of the call's own ([`OwnPurpose`]).
    pub purpose: &'static str,
    /// Names of the fields shown, never their values (R62).
    pub fields: &'static [&'static str],
}

impl Shown {
    /// An answer without a record in it, such as figures or codes.
    pub fn nobody() -> Self {
        Self { subjects: Vec::new(), purpose: "", fields: &[] }
    }
}

/// A read that is refused, or cannot be done.
pub enum Unread {
    /// Refused, or not there.
    Refused(Status),
    /// The database is away or refuses.
    Store(sqlx::Error),
}

impl From<Status> for Unread {
    fn from(refused: Status) -> Self {
        Self::Refused(refused)
    }
}

impl From<sqlx::Error> for Unread {
    fn from(failed: sqlx::Error) -> Self {
        Self::Store(failed)
    }
}

impl From<Unread> for Status {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Refused(status) => status,
            Unread::Store(error) => store_failure(&error),
        }
    }
}

/// Answers a read of children's records: `parse` reads what is asked, `look` finds it in
/// one state of the database and says what it shows, which the read log has before the
/// answer goes out (R61).
///
/// # Errors
/// What `parse` or `look` refuses; where the read log could not be written, no answer.
pub async fn read<Q, T, R>(
    log: &EventLog,
    request: Request<Q>,
    parse: impl FnOnce(Q) -> Result<T, Status>,
    look: impl AsyncFnOnce(&mut PgConnection, T) -> Result<(R, Shown), Unread>,
) -> Result<Response<R>, Status> {
    let caller = Caller::of(&request)?.clone();
    let action = Action::of(&request)?.clone();
    let asked = parse(request.into_inner())?;
    let failed = |error: sqlx::Error| store_failure(&error);
    let mut tx = log.begin_read().await.map_err(failed)?;
    let (answer, shown) = look(&mut tx, asked).await?;
    let Shown { subjects, purpose, fields } = shown;
    if !subjects.is_empty() {
        let at = log.clock().now();
        let (caller, action) = (&caller, action.name());
        let read = Read { at, caller, action, subjects: &subjects, purpose, fields };
        log_read(&mut tx, &read).await.map_err(failed)?;
    }
    tx.commit().await.map_err(failed)?;
    Ok(Response::new(answer))
}
