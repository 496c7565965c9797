//! Passing a contact to the unit that holds an open case, and that unit's receipt (R9).

use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::RegisterError;
use crate::{
    domain::{
        hand_over::SecureWay,
        receipt::Receipt,
        unit_hand_over::{Passed, UnitHandOver},
    },
    events::unit_hand_over as events,
    protocol::Rules,
    store::unit_hand_overs,
};

/// Records that the unit was told at an instant, and which where it was named. Answers the
/// hand-over as it is now; the clock until the unit's receipt runs from the passing.
pub async fn pass_to_unit(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    (at, way, unit): (Timestamp, SecureWay, Option<String>),
    rules: &Rules,
) -> Result<UnitHandOver, RegisterError> {
    let mut hand_over = stand_at(tx, id, revision).await?;
    hand_over.may_pass(at)?;
    let timescale = &rules.intake.register.timescales.unit_receipt;
    let clock = rules.clock(at, timescale);
    let by = tx.actor().to_owned();
    let passed = Passed { at, by, way, unit, receipt: clock.running() };
    hand_over.revision += 1;
    unit_hand_overs::set_passed(tx, (id, hand_over.revision), &passed).await?;
    let event = events::passed_to_unit(&hand_over, &passed, &clock);
    tx.append(id, hand_over.revision, &event).await?;
    hand_over.passed = Some(passed);
    Ok(hand_over)
}

/// Records that the unit has the children: the hub plays no further role for them. Answers
/// the new revision.
pub async fn record_unit_receipt(
    tx: &mut Tx,
    (id, revision): (Uuid, i64),
    receipt: &Receipt,
) -> Result<i64, RegisterError> {
    let hand_over = stand_at(tx, id, revision).await?;
    let clock = hand_over.may_receive(receipt)?.receipt.id;
    let (by, next) = (tx.actor().to_owned(), revision + 1);
    unit_hand_overs::set_receipt(tx, (id, next), receipt, &by).await?;
    tx.append(id, next, &events::unit_receipt_recorded(&hand_over, clock, receipt.at)).await?;
    Ok(next)
}

/// Locks a hand-over that stands at `revision`.
pub(super) async fn stand_at(
    tx: &mut Tx,
    id: Uuid,
    revision: i64,
) -> Result<UnitHandOver, RegisterError> {
    let held = unit_hand_overs::lock(tx, id).await?.ok_or(RegisterError::NoSuchHandOver)?;
    if held.revision == revision {
        Ok(held)
    } else {
        Err(RegisterError::StaleRevision(held.revision))
    }
}
