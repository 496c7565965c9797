//! Keeping what partner-checks tells of checks. It may be heard before the case is
//! open, and after it is closed: it is kept either way.

use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::check::{Answered, ConsentWithdrawal, Flagged, Requested, Seen, Withdrawn},
    store::{alarms, checks, consent_withdrawals, flags},
};

/// Keeps a request.
pub async fn check_requested(tx: &mut Tx, check: &Requested) -> Result<(), CommandError> {
    Ok(checks::upsert_requested(tx, check).await?)
}

/// Keeps a final answer or a correction, unread until a person marks it, whatever has been
/// decided meanwhile (R40).
pub async fn check_answered(tx: &mut Tx, answer: &Answered) -> Result<(), CommandError> {
    Ok(checks::upsert_answered(tx, answer).await?)
}

/// Keeps that a check was withdrawn: nobody waits for its answer (R6, R9).
pub async fn check_withdrawn(tx: &mut Tx, check: &Withdrawn) -> Result<(), CommandError> {
    Ok(checks::upsert_withdrawn(tx, check).await?)
}

/// Keeps that consent was taken back of a check which its agency has: it stands on the worklist
/// until a MASH Manager has decided on it, also of a closed case (R6).
pub async fn consent_withdrawn(
    tx: &mut Tx,
    contact: Uuid,
    withdrawal: &ConsentWithdrawal,
) -> Result<(), CommandError> {
    Ok(consent_withdrawals::insert(tx, contact, withdrawal).await?)
}

/// Keeps what was seen of a RED check that does not get through (R43, R46).
pub async fn check_seen(tx: &mut Tx, seen: &Seen) -> Result<(), CommandError> {
    Ok(alarms::upsert(tx, seen).await?)
}

/// Keeps a risk flag; its check runs as RED (R41).
pub async fn risk_flagged(tx: &mut Tx, flag: &Flagged) -> Result<(), CommandError> {
    flags::insert(tx, flag).await?;
    if let Some(check) = flag.check {
        checks::upsert_red(tx, check, flag).await?;
    }
    Ok(())
}
