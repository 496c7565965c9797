//! What partner-checks does with the events of deadlines: it notes for which RED checks
//! somebody was paged (R43), so that its own watch knows for which nobody was.

use messaging::{
    Tx,
    follower::{Handler, HandlerError},
    received::Received,
};
use prost::Name;
use proto::{
    convert::{from_id, from_timestamp},
    deadlines::v1::ClockRanOut,
};

use crate::store::watched;

/// Takes in the log of deadlines.
pub struct Follower;

impl Handler for Follower {
    /// A clock that ran out names the page on which it is, where it is on one. A clock
    /// that is replaced meanwhile is no check's, and its page says nothing of the check.
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        if event.name() != ClockRanOut::NAME {
            return Ok(());
        }
        let ran_out: ClockRanOut = event.decode()?;
        if ran_out.page_id.is_empty() {
            return Ok(());
        }
        let clock = from_id(&ran_out.clock_id).ok_or_else(|| unusable("clock_id"))?;
        let at = ran_out.fired_at.as_ref().and_then(from_timestamp);
        watched::set_paged(tx, clock, at.ok_or_else(|| unusable("fired_at"))?).await?;
        Ok(())
    }
}

fn unusable(field: &str) -> HandlerError {
    HandlerError::Refused(format!("the event has no usable {field}"))
}
