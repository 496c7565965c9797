//! What partner-checks does with the events of others: it notes for which RED checks
//! somebody was paged (R43), so that its own watch knows for which nobody was, and withdraws
//! the checks on children whom their units have (R9).

use jiff::Timestamp;
use messaging::{
    Tx,
    follower::{Handler, HandlerError},
    received::Received,
};
use prost::Name;
use proto::{
    convert::{from_id, from_timestamp},
    deadlines::v1::ClockRanOut,
    screening::v1::{ChildrenBackInHub, ChildrenWithUnit},
};
use uuid::Uuid;

use crate::{
    commands::{CommandError, withdraw_checks::withdraw_checks},
    store::{watched, with_unit},
};

/// Takes in the logs of deadlines and screening.
pub struct Follower;

impl Handler for Follower {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        match event.name() {
            ClockRanOut::NAME => clock_ran_out(tx, &event.decode()?).await,
            ChildrenWithUnit::NAME => {
                children_with_unit(tx, &event.decode()?, event.occurred_at).await
            }
            ChildrenBackInHub::NAME => children_back_in_hub(tx, &event.decode()?).await,
            _ => Ok(()),
        }
    }
}

/// A clock that ran out names the page on which it is, where it is on one. A clock that is
/// replaced meanwhile is no check's, and its page says nothing of the check.
async fn clock_ran_out(tx: &mut Tx, ran_out: &ClockRanOut) -> Result<(), HandlerError> {
    if ran_out.page_id.is_empty() {
        return Ok(());
    }
    let at = instant("fired_at", ran_out.fired_at.as_ref())?;
    watched::set_paged(tx, id("clock_id", &ran_out.clock_id)?, at).await?;
    Ok(())
}

async fn children_with_unit(
    tx: &mut Tx,
    gone: &ChildrenWithUnit,
    told_at: Timestamp,
) -> Result<(), HandlerError> {
    let contact = id("contact_id", &gone.contact_id)?;
    let received_at = instant("received_at", gone.received_at.as_ref())?;
    Ok(withdraw_checks(tx, contact, &ids(&gone.child_ids)?, (received_at, told_at)).await?)
}

/// The match was wrong: what is asked about them from now on is no more needless. What was
/// withdrawn stays so, and is asked anew by whoever still needs it.
async fn children_back_in_hub(tx: &mut Tx, back: &ChildrenBackInHub) -> Result<(), HandlerError> {
    with_unit::remove(tx, &ids(&back.child_ids)?).await?;
    Ok(())
}

fn ids(texts: &[String]) -> Result<Vec<Uuid>, HandlerError> {
    texts.iter().map(|text| id("child_ids", text)).collect()
}

fn id(field: &str, text: &str) -> Result<Uuid, HandlerError> {
    from_id(text).ok_or_else(|| unusable(field))
}

fn instant(field: &str, at: Option<&prost_types::Timestamp>) -> Result<Timestamp, HandlerError> {
    at.and_then(from_timestamp).ok_or_else(|| unusable(field))
}

fn unusable(field: &str) -> HandlerError {
    HandlerError::Refused(format!("the event has no usable {field}"))
}

impl From<CommandError> for HandlerError {
    fn from(error: CommandError) -> Self {
        match error {
            CommandError::Store(error) => error.into(),
            CommandError::Append(error) => error.into(),
            refused => Self::Refused(refused.to_string()),
        }
    }
}
