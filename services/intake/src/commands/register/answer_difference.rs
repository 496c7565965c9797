//! What is different this time (R8).

use access::Personal;
use messaging::Tx;
use uuid::Uuid;

use super::{RegisterError, questions};
use crate::{
    domain::register::Difference,
    events::register as events,
    store::{
        contacts, people,
        register::{differences, keys},
    },
};

/// Answers what is different this time for a child of a contact.
pub async fn answer_difference(
    tx: &mut Tx,
    (contact, child): (Uuid, Uuid),
    answer: Personal<String>,
) -> Result<Uuid, RegisterError> {
    keys::lock_register(tx).await?;
    contacts::find_reference(tx, contact).await?.ok_or(RegisterError::NoSuchContact)?;
    if !people::child_ids(tx, contact).await?.contains(&child) {
        return Err(RegisterError::NoSuchChild(("child_id", "R8")));
    }
    let (by, at) = (tx.actor().to_owned(), tx.now());
    let difference = Difference { id: Uuid::now_v7(), contact, child, answer, by, at };
    differences::insert(tx, &difference).await?;
    tx.append(difference.id, 1, &events::difference_answered(&difference)).await?;
    questions::tell(tx, &[child], &[child]).await?;
    Ok(difference.id)
}
