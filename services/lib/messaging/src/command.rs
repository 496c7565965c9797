//! Commands that can be sent again without being done again (R12, R40).

use prost::Message;
use sha2::{Digest, Sha256};
use thiserror::Error;
use tonic::{Code, Status};
use uuid::Uuid;

use crate::{EventLog, store, tx::Tx};

/// Which command this is: the caller, the call and the client's own id for it,
/// with a hash of what it asks.
#[derive(Clone, Debug)]
pub struct CommandKey {
    pub(crate) caller: String,
    pub(crate) rpc: String,
    pub(crate) request_id: Uuid,
    pub(crate) body_hash: Vec<u8>,
}

impl CommandKey {
    /// The key of a request with this body, which `caller` sends to `rpc`.
    pub fn new(caller: &str, rpc: &str, request_id: Uuid, body: BodyHash) -> Self {
        Self { caller: caller.to_owned(), rpc: rpc.to_owned(), request_id, body_hash: body.0 }
    }
}

/// The hash of a whole request, taken before it is read: the same `request_id` with another
/// body is another request.
#[derive(Clone, Debug)]
pub struct BodyHash(Vec<u8>);

impl BodyHash {
    /// The hash of `request`.
    pub fn of(request: &impl Message) -> Self {
        Self(Sha256::digest(request.encode_to_vec()).to_vec())
    }
}

/// How a command begins.
pub enum Begun<R> {
    /// It is new: do it, and commit with its reply.
    First(Tx),
    /// It was done before; this was the reply.
    Again(R),
}

/// A command that cannot begin.
#[derive(Debug, Error)]
pub enum BeginError {
    /// The same `request_id` came with other content.
    #[error("the request_id was used for another request")]
    Reused,
    /// A reply that was kept cannot be read.
    #[error("a kept reply cannot be read")]
    Reply(#[from] prost::DecodeError),
    /// The database is away.
    #[error("the command could not begin")]
    Store(#[from] sqlx::Error),
}

impl From<BeginError> for Status {
    fn from(error: BeginError) -> Self {
        match &error {
            BeginError::Reused => runtime::refusal::refusal(
                Code::AlreadyExists,
                "REQUEST_ID_REUSED",
                "this request_id was used before, for other content; nothing was changed",
                &[],
            ),
            BeginError::Store(cause) => crate::store_failure(cause),
            BeginError::Reply(_) => runtime::refusal::internal(&error),
        }
    }
}

impl EventLog {
    /// Begins a command, or finds the reply that it got before. Of two that are
    /// sent at once, the second waits for the first.
    ///
    /// # Errors
    /// `Reused` where the id was used for other content.
    pub async fn begin_command<R: Message + Default>(
        &self,
        key: CommandKey,
    ) -> Result<Begun<R>, BeginError> {
        let mut tx = self.begin_as(key.caller.clone()).await?;
        let now = tx.now();
        if store::claim_command(&mut tx, &key, now).await? {
            tx.command = Some(key);
            return Ok(Begun::First(tx));
        }
        let (body_hash, reply) = store::kept_reply(&mut tx, &key).await?;
        if body_hash != key.body_hash {
            return Err(BeginError::Reused);
        }
        Ok(Begun::Again(R::decode(reply.as_slice())?))
    }
}
