//! Withdrawing what the hub has no more use for, or no more right to: with the receipt of its
//! unit a child gets no check (R9), nor does one who was put on a contact by mistake (R20), and
//! what rested on consent or on another basis stops with it (R6, R38).

use jiff::Timestamp;
use messaging::Tx;
use proto::partner_checks::v1::WithdrawnBecause;
use uuid::Uuid;

use super::{CommandError, tell};
use crate::{
    domain::{
        check::{Check, WithoutBasis},
        disclosure::EndedBasis,
    },
    events,
    store::{consent, door, ended_bases, taken_off, with_unit},
};

/// Notes that these children of a contact are with their units since `received_at`, and
/// withdraws every check of the contact that is about no others (R9). What was asked after
/// that was told was asked because the hub has them again.
pub async fn needless(
    tx: &mut Tx,
    contact: Uuid,
    children: &[Uuid],
    (received_at, told_at): (Timestamp, Timestamp),
) -> Result<(), CommandError> {
    with_unit::insert(tx, contact, children, received_at).await?;
    for check in with_unit::lock_needless(tx, contact, Some(told_at)).await? {
        withdraw(tx, check, (WithdrawnBecause::WithUnit, received_at)).await?;
    }
    Ok(())
}

/// Notes that these children of a contact were put on it by mistake, and withdraws every check of
/// it that is about nobody who is still the hub's (R20). One that is about others too goes on, and
/// tells its agency of those alone. One that is about a child with their unit too is withdrawn for
/// that one's sake: should the hub have them again, it is needed again (R27). Where an agency has it already, it has been told of a stranger:
/// a manager decides what becomes of that, as of a check without consent.
pub async fn taken_off(
    tx: &mut Tx,
    contact: Uuid,
    (children, at): (&[Uuid], Timestamp),
) -> Result<(), CommandError> {
    // Whoever asks about them now waits, or is seen here.
    consent::lock_withdrawn(tx, contact).await?;
    taken_off::insert(tx, contact, children).await?;
    for check in with_unit::lock_needless(tx, contact, None).await? {
        let because = match taken_off::are_all_in(tx, check.id).await? {
            true => WithdrawnBecause::TakenOff,
            false => WithdrawnBecause::WithUnit,
        };
        withdraw(tx, check, (because, at)).await?;
    }
    for mut check in taken_off::lock_delivered(tx, contact, children).await? {
        let event = events::check_tells_of_taken_off(&check, at);
        tell(tx, &mut check, &event).await?;
        door::save(tx, &check.agency, &check).await?;
    }
    Ok(())
}

/// Consent of a contact to share with an agency, or with every one, was taken back or refused
/// for these children: what rests on it loses it (R6). What was asked once the family had agreed
/// again rests on that, however late the taking back is heard of.
pub async fn without_consent(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    children: &[Uuid],
    (agency, at): (Option<&str>, Timestamp),
) -> Result<(), CommandError> {
    consent::keep_withdrawn(tx, contact, revision).await?;
    let checks = consent::lock_resting(tx, (contact, revision), children, agency).await?;
    lose_basis(tx, checks, at).await
}

/// A basis was ended at a revision of its contact: what rests on it loses it, and nothing is sent
/// on it from now on (R38). It never stands again.
pub async fn basis_ended(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    (ended, at): (&EndedBasis, Timestamp),
) -> Result<(), CommandError> {
    // Whoever sends on it now waits, or is seen here.
    consent::lock_withdrawn(tx, contact).await?;
    ended_bases::insert(tx, contact, ended.id).await?;
    let checks = ended_bases::lock_resting(tx, (contact, revision), ended).await?;
    lose_basis(tx, checks, at).await
}

/// Withdraws what has not reached its agency, and tells of what has, for a manager to decide (R6,
/// R38). The agency is told nothing by machine: whether it is to go on, on another basis, is the
/// manager's to speak to it about.
async fn lose_basis(tx: &mut Tx, checks: Vec<Check>, at: Timestamp) -> Result<(), CommandError> {
    for mut check in checks {
        let now = tx.now();
        match check.lose_basis(at, now) {
            WithoutBasis::Stops => {
                let because = (events::basis_lost_because(&check), at);
                let event = events::check_withdrawn(&check, now, because);
                tell(tx, &mut check, &event).await?;
            }
            WithoutBasis::ManagerDecides => {
                let event = events::check_consent_withdrawn(&check, at);
                tell(tx, &mut check, &event).await?;
            }
            WithoutBasis::StoppedBefore => {}
        }
        door::save(tx, &check.agency, &check).await?;
    }
    Ok(())
}

async fn withdraw(
    tx: &mut Tx,
    mut check: Check,
    because: (WithdrawnBecause, Timestamp),
) -> Result<(), CommandError> {
    let now = tx.now();
    if check.withdraw(now) {
        let event = events::check_withdrawn(&check, now, because);
        tell(tx, &mut check, &event).await?;
        door::save(tx, &check.agency, &check).await?;
    }
    Ok(())
}
