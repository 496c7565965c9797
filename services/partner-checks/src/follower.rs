//! What partner-checks does with the events of others: it notes for which RED checks
//! somebody was paged (R43), so that its own watch knows for which nobody was, and withdraws
//! the checks on children whom their units have (R9) or who were taken off (R20), and what rested on
//! consent that was taken back or on a basis that was ended, or hands it to a manager where its
//! agency has it (R6, R38).

use jiff::Timestamp;
use messaging::{
    Tx,
    follower::{
        Handler, HandlerError,
        fields::{id, ids, instant, unusable},
    },
    received::Received,
};
use prost::Name;
use proto::{
    deadlines::v1::ClockRanOut,
    intake::v1::{
        BasisEnded, ConsentAnswer, ConsentChanged, ConsentPurpose, ContactAmended, OverrideReviewed,
    },
    screening::v1::{ChildrenBackInHub, ChildrenWithUnit},
};

use crate::{
    asks,
    commands::{
        CommandError,
        withdraw_checks::{basis_ended, needless, taken_off, without_consent},
    },
    domain::disclosure::{Basis, EndedBasis},
    store::{watched, with_unit},
};

/// Takes in the logs of intake, screening and deadlines.
pub struct Follower;

impl Handler for Follower {
    async fn apply(&self, tx: &mut Tx, event: &Received) -> Result<(), HandlerError> {
        match event.name() {
            ClockRanOut::NAME => clock_ran_out(tx, &event.decode()?).await,
            ChildrenWithUnit::NAME => {
                children_with_unit(tx, &event.decode()?, event.occurred_at).await
            }
            ConsentChanged::NAME => consent_changed(tx, &event.decode()?, event.revision).await,
            BasisEnded::NAME => ended(tx, &event.decode()?, event.revision).await,
            OverrideReviewed::NAME => reviewed(tx, &event.decode()?, event.revision).await,
            ContactAmended::NAME => contact_amended(tx, &event.decode()?).await,
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
    Ok(needless(tx, contact, &ids("child_ids", &gone.child_ids)?, (received_at, told_at)).await?)
}

/// A refusal that comes later, also a child's own beside somebody's agreement, and a correction
/// after which nothing rests on it, count like consent that is taken back (R6).
async fn consent_changed(
    tx: &mut Tx,
    changed: &ConsentChanged,
    revision: i64,
) -> Result<(), HandlerError> {
    let to_share = changed.purpose() == ConsentPurpose::ShareInformation;
    let gone = changed.withdrawn || changed.lapsed;
    let of_all = gone || changed.answer() == ConsentAnswer::Refused;
    let children = match of_all {
        true => ids("child_ids", &changed.child_ids)?,
        false => ids("refusing_child_ids", &changed.refusing_child_ids)?,
    };
    if !to_share || (!of_all && children.is_empty()) {
        return Ok(());
    }
    let contact = (id("contact_id", &changed.contact_id)?, revision);
    let agency = Some(changed.agency.as_str()).filter(|agency| !agency.is_empty());
    let at = instant("changed_at", changed.changed_at.as_ref())?;
    Ok(without_consent(tx, contact, &children, (agency, at)).await?)
}

async fn ended(tx: &mut Tx, ended: &BasisEnded, revision: i64) -> Result<(), HandlerError> {
    let contact = (id("contact_id", &ended.contact_id)?, revision);
    let basis = EndedBasis {
        id: id("basis_id", &ended.basis_id)?,
        kind: asks::basis(ended.kind()).ok_or_else(|| unusable("kind"))?,
        children: Some(ids("child_ids", &ended.child_ids)?),
    };
    let at = instant("ended_at", ended.ended_at.as_ref())?;
    Ok(basis_ended(tx, contact, (&basis, at)).await?)
}

/// In an old log an override ends by a look at it, and it is not said whom it covered.
async fn reviewed(
    tx: &mut Tx,
    reviewed: &OverrideReviewed,
    revision: i64,
) -> Result<(), HandlerError> {
    if !reviewed.ended {
        return Ok(());
    }
    let contact = (id("contact_id", &reviewed.contact_id)?, revision);
    let basis = id("basis_id", &reviewed.basis_id)?;
    let basis = EndedBasis { id: basis, kind: Basis::Override, children: None };
    let at = instant("reviewed_at", reviewed.reviewed_at.as_ref())?;
    Ok(basis_ended(tx, contact, (&basis, at)).await?)
}

async fn contact_amended(tx: &mut Tx, amended: &ContactAmended) -> Result<(), HandlerError> {
    let contact = id("contact_id", &amended.contact_id)?;
    let children = ids("taken_off_child_ids", &amended.taken_off_child_ids)?;
    if children.is_empty() {
        return Ok(());
    }
    let at = instant("amended_at", amended.amended_at.as_ref())?;
    Ok(taken_off(tx, contact, (&children, at)).await?)
}

/// The match was wrong, or a manager took them back: what is asked about them from now on is no more needless. What was
/// withdrawn stays so, and is asked anew by whoever still needs it.
async fn children_back_in_hub(tx: &mut Tx, back: &ChildrenBackInHub) -> Result<(), HandlerError> {
    with_unit::remove(tx, &ids("child_ids", &back.child_ids)?).await?;
    Ok(())
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
