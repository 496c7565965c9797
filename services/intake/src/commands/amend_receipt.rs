//! Correcting when a contact was received, on which every clock and figure runs (R13).

use jiff::Timestamp;
use messaging::Tx;
use proto::{convert::to_timestamp, intake::v1::correction::Part};

use super::{AmendError, register::questions};
use crate::{
    domain::{amendment::put_received_at, contact::Contact},
    store::{contacts, notices},
};

/// Puts the receipt as it ought to be, and gives what stood there before. A contact may come
/// before or after another one of the same child with it, so that the questions about either
/// are looked at again (R8): the register must be locked. What was begun on the old receipt
/// and asks somebody outside the hub stays as it was begun (R9, R10): nobody may tell a unit
/// later because of a correction. What screening times by it is screening's to put right.
pub async fn correct_receipt(
    tx: &mut Tx,
    contact: &mut Contact,
    at: Timestamp,
) -> Result<Part, AmendError> {
    let before = put_received_at(contact, at)?;
    contacts::set_received(tx, contact.id, at).await?;
    notices::set_received(tx, contact.id, at).await?;
    let everybody = [contact.child_ids.as_slice(), &contact.adult_ids].concat();
    questions::tell(tx, &everybody, &everybody).await?;
    Ok(Part::ReceivedAt(to_timestamp(before)))
}
