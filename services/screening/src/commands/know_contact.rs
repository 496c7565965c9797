//! Keeping what intake tells of a contact after it has arrived: the next decision goes by it,
//! and the worklist at once.

use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::{
        consent::Recorded,
        contact::{Questions, Urgency},
    },
    store::{bases, cases, children, questions},
};

/// Keeps a basis that a manager has recorded (R7, R18).
pub async fn basis_recorded(tx: &mut Tx, recorded: &Recorded) -> Result<(), CommandError> {
    Ok(bases::insert(tx, recorded).await?)
}

/// Takes back an override that was a mistake: no referral goes by it any more (R7).
pub async fn override_ended(tx: &mut Tx, basis: Uuid) -> Result<(), CommandError> {
    Ok(bases::remove(tx, basis).await?)
}

/// Keeps for which children the family agrees to a referral now (R6, R21).
pub async fn consent_changed(
    tx: &mut Tx,
    contact: Uuid,
    agreed: &[Uuid],
) -> Result<(), CommandError> {
    Ok(children::set_service_consent(tx, contact, agreed).await?)
}

/// Keeps how urgent the contact is since it was corrected (R18).
pub async fn contact_amended(
    tx: &mut Tx,
    contact: Uuid,
    urgency: Urgency,
) -> Result<(), CommandError> {
    Ok(cases::set_urgency(tx, contact, urgency).await?)
}

/// Keeps which questions about the contact nobody has answered (R8).
pub async fn questions_changed(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    open: Questions,
) -> Result<(), CommandError> {
    Ok(questions::put(tx, (contact, revision), open).await?)
}
