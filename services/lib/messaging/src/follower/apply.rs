//! Applying events: a batch in one transaction; where it fails, one by one.

use std::{panic::AssertUnwindSafe, time::Duration};

use futures_util::FutureExt;
use tracing::Instrument;

use super::{
    Batch, FollowError, Follower, Handler, HandlerError, Next, Origin, store, store::Cursor,
};
use crate::{received::Received, tx::Tx, unless_gone};

/// How often an event is tried before it is parked.
const TRIES: u32 = 3;
/// How long it waits between the tries.
const BETWEEN_TRIES: Duration = Duration::from_millis(50);

/// Where a batch of the feed stands against the cursor.
pub(super) enum Fit {
    /// Everything in it was applied before.
    Known,
    /// It goes on right behind the cursor.
    Next(Vec<Received>),
    /// Something between the cursor and it is missing, or it stands on another log.
    Gap,
}

impl<H: Handler> Follower<H> {
    /// Applies a batch in one transaction.
    pub(super) async fn apply(&mut self, batch: Batch) -> Result<Next, FollowError> {
        self.metrics.waits(self.source, batch.events.first());
        match unless_gone(self.apply_together(&batch.events)).await {
            Ok(applied) => {
                self.went_well();
                // Another replica that applies will get there.
                let more = applied && batch.origin == Origin::Owner;
                Ok(if more { Next::Ask } else { Next::Listen })
            }
            Err(FollowError::Handler(error)) if !error.is_away() || error.is_contention() => {
                Ok(Next::ApplyEach(batch))
            }
            // A database that is slow and not gone gets through one where it did not through
            // all; tried together for ever, they would never be applied.
            Err(FollowError::Store(sqlx::Error::PoolTimedOut)) if batch.events.len() > 1 => {
                Ok(Next::ApplyEach(batch))
            }
            Err(error) => Err(error),
        }
    }

    /// Applies a batch one by one; what cannot be applied is parked.
    pub(super) async fn apply_each(&mut self, batch: Batch) -> Result<Next, FollowError> {
        for event in &batch.events {
            self.apply_alone(event).await?;
        }
        self.went_well();
        Ok(if batch.origin == Origin::Owner { Next::Ask } else { Next::Listen })
    }

    /// One transaction for all of them. Answers false where another replica applies, or
    /// has applied, them.
    async fn apply_together(&self, events: &[Received]) -> Result<bool, FollowError> {
        let mut tx = self.log.begin().await?;
        let Some(cursor) = store::lock_cursor(&mut tx, self.source).await? else {
            return Ok(false);
        };
        let Fit::Next(events) = fit(&cursor, events.to_vec()) else {
            return Ok(false);
        };
        let held_up = store::parked_aggregates(&mut tx, self.source).await?;
        for event in &events {
            if held_up.contains(&event.aggregate) {
                self.park_behind(&mut tx, event).await?;
            } else {
                self.handle(&mut tx, event).await?;
            }
        }
        store::move_cursor(&mut tx, self.source, &events).await?;
        tx.commit().await?;
        Ok(true)
    }

    /// One transaction for this one; parked after three tries.
    async fn apply_alone(&self, event: &Received) -> Result<(), FollowError> {
        let mut tries = 1;
        loop {
            match unless_gone(self.apply_together(std::slice::from_ref(event))).await {
                Ok(_) => return Ok(()),
                Err(FollowError::Handler(error)) if error.is_away() => return Err(error.into()),
                Err(FollowError::Handler(_)) if tries < TRIES => {
                    tries += 1;
                    tokio::time::sleep(BETWEEN_TRIES).await;
                }
                Err(FollowError::Handler(error)) => {
                    return unless_gone(self.park(event, &error)).await;
                }
                Err(error) => return Err(error),
            }
        }
    }

    /// Hands an event to the service, in a span that goes on in the event's trace.
    pub(super) async fn handle(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        let span = tracing::info_span!("event", source = self.source, r#type = event.name());
        if let Some(parent) = &event.trace_parent {
            runtime::telemetry::follow(&span, parent);
        }
        let handled =
            AssertUnwindSafe(self.handler.apply(tx, event)).catch_unwind().instrument(span).await;
        handled.unwrap_or(Err(HandlerError::Panicked))
    }
}

/// Sorts a batch against the cursor. Events of the feed may come twice, late, or
/// out of order; only an unbroken run on this very log is taken.
pub(super) fn fit(cursor: &Cursor, mut batch: Vec<Received>) -> Fit {
    batch.retain(|event| event.position > cursor.position);
    batch.sort_by_key(|event| event.position);
    batch.dedup_by_key(|event| event.position);
    if batch.is_empty() {
        return Fit::Known;
    }
    let (mut position, mut previous) = (cursor.position, cursor.event_id);
    let mut run = 0;
    for event in &batch {
        if event.position != position + 1 || event.previous != previous {
            break;
        }
        (position, previous) = (event.position, Some(event.id));
        run += 1;
    }
    // What stands behind a gap is read from the owner with the gap.
    batch.truncate(run);
    if batch.is_empty() { Fit::Gap } else { Fit::Next(batch) }
}

#[cfg(test)]
mod tests {
    use jiff::Timestamp;
    use uuid::Uuid;

    use super::*;

    fn event(position: u128, previous: Option<u128>) -> Received {
        Received {
            position: position as i64,
            id: Uuid::from_u128(position),
            aggregate: Uuid::nil(),
            revision: 1,
            type_name: "mash.test.v1.Happened".to_owned(),
            occurred_at: Timestamp::UNIX_EPOCH,
            previous: previous.map(Uuid::from_u128),
            payload: Default::default(),
            trace_parent: None,
        }
    }

    fn at(position: u128) -> Cursor {
        Cursor {
            position: position as i64,
            event_id: Some(Uuid::from_u128(position)),
            rewound: false,
        }
    }

    fn run(cursor: Cursor, batch: Vec<Received>) -> Vec<i64> {
        match fit(&cursor, batch) {
            Fit::Next(events) => events.iter().map(|event| event.position).collect(),
            Fit::Known => vec![],
            Fit::Gap => vec![-1],
        }
    }

    #[test]
    fn old_and_doubled_events_are_skipped_and_disorder_is_mended() {
        let batch =
            vec![event(4, Some(3)), event(2, Some(1)), event(5, Some(4)), event(4, Some(3))];
        assert_eq!(run(at(3), batch), [4, 5]);
        assert_eq!(run(at(3), vec![event(3, Some(2))]), [0; 0]);
    }

    #[test]
    fn a_gap_ends_the_run() {
        assert_eq!(run(at(3), vec![event(4, Some(3)), event(6, Some(5))]), [4]);
        assert_eq!(run(at(3), vec![event(5, Some(4))]), [-1]);
    }

    #[test]
    fn an_event_that_stands_on_another_log_is_not_taken() {
        assert_eq!(run(at(3), vec![event(4, Some(77))]), [-1]);
        assert_eq!(run(at(3), vec![event(4, None)]), [-1]);
    }
}
