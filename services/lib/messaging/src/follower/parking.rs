//! Events that could not be applied. They wait for a person, and so do later events
//! of the same record; everything else flows. `mash events parked` only marks; the
//! follower acts on the marks here, between batches and in order.

use super::{FollowError, Follower, Handler, HandlerError, Trouble, store, store::ParkedState};
use crate::{received::Received, tx::Tx, unless_gone};

impl<H: Handler> Follower<H> {
    /// Parks an event with its cause, moves on, and says so.
    pub(super) async fn park(
        &self,
        event: &Received,
        cause: &HandlerError,
    ) -> Result<(), FollowError> {
        let mut tx = self.log.begin().await?;
        if store::lock_cursor(&mut tx, self.source).await?.is_none() {
            return Ok(());
        }
        let now = tx.now();
        store::park(&mut tx, self.source, event, ParkedState::Parked, &describe(cause), now)
            .await?;
        self.handler.trouble(&mut tx, &self.parked(event)).await?;
        store::move_cursor(&mut tx, self.source, std::slice::from_ref(event)).await?;
        tx.commit().await?;
        self.log_parked(event, cause);
        Ok(())
    }

    fn parked(&self, event: &Received) -> Trouble {
        Trouble::Parked { source: self.source, position: event.position, event_id: event.id }
    }

    fn log_parked(&self, event: &Received, cause: &HandlerError) {
        tracing::error!(
            source = self.source,
            position = event.position,
            r#type = event.name(),
            cause = describe(cause),
            "an event is parked: see `mash events parked`"
        );
    }

    /// Parks an event behind an earlier one of the same record.
    pub(super) async fn park_behind(
        &self,
        tx: &mut Tx,
        event: &Received,
    ) -> Result<(), HandlerError> {
        let now = tx.now();
        let cause = "an earlier event of the same record is parked";
        store::park(tx, self.source, event, ParkedState::Behind, cause, now).await?;
        Ok(())
    }

    /// Applies what operators marked to be tried again, and what then stands free
    /// behind it. Where that has to wait, it holds up nothing else.
    pub(super) async fn retry_parked(&self) {
        if let Err(error) = unless_gone(self.retry_all()).await {
            tracing::warn!(source = self.source, %error, "a parked event waits to be tried again");
        }
    }

    async fn retry_all(&self) -> Result<(), FollowError> {
        while let Some(position) = store::next_retry(self.log.pool(), self.source).await? {
            let mut tx = self.log.begin().await?;
            let cursor = store::lock_cursor(&mut tx, self.source).await?;
            if cursor.is_none_or(|cursor| cursor.rewound) {
                return Ok(());
            }
            let Some(event) = store::parked_event(&mut tx, self.source, position).await? else {
                continue;
            };
            match self.handle(&mut tx, &event).await {
                Ok(()) => {
                    store::resolve(&mut tx, self.source, event.id).await?;
                    tx.commit().await?;
                    tracing::info!(source = self.source, position, "a parked event was applied");
                }
                Err(error) if error.is_away() => return Err(error.into()),
                Err(error) => {
                    drop(tx);
                    self.park_again(&event, &error).await?;
                }
            }
        }
        Ok(())
    }

    /// An event that was tried again, or freed, and failed: somebody is told, as the
    /// first time.
    async fn park_again(&self, event: &Received, cause: &HandlerError) -> Result<(), FollowError> {
        let mut tx = self.log.begin().await?;
        if store::lock_cursor(&mut tx, self.source).await?.is_none() {
            return Ok(());
        }
        store::park_again(&mut tx, self.source, event.id, &describe(cause)).await?;
        self.handler.trouble(&mut tx, &self.parked(event)).await?;
        tx.commit().await?;
        self.log_parked(event, cause);
        Ok(())
    }
}

/// The cause in words that name no value: a database's message could quote a row.
fn describe(error: &HandlerError) -> String {
    match error {
        HandlerError::Store(sqlx::Error::Database(error)) => {
            let code = error.code().unwrap_or_default().into_owned();
            let constraint = error.constraint().unwrap_or("none");
            format!("the database refused: SQLSTATE {code}, constraint {constraint}")
        }
        HandlerError::Store(_) => "the database failed".to_owned(),
        HandlerError::Undecodable(_) | HandlerError::Refused(_) | HandlerError::Panicked => {
            error.to_string()
        }
    }
}
