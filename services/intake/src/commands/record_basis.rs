//! Recording what allows information to be shared (R7, R38).

use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::basis::NewBasis,
    events,
    store::{bases, contacts, people},
};

/// Records a basis on a contact that stands at `revision`. Answers the basis and the
/// contact's new revision.
pub async fn record_basis(
    tx: &mut Tx,
    contact: Uuid,
    revision: i64,
    basis: NewBasis,
) -> Result<(Uuid, i64), CommandError> {
    let current = contacts::lock(tx, contact).await?.ok_or(CommandError::NoSuchContact)?;
    if current != revision {
        return Err(CommandError::StaleRevision(current));
    }
    let on_contact = people::child_ids(tx, contact).await?;
    let children = if basis.child_ids.is_empty() { &on_contact } else { &basis.child_ids };
    if !children.iter().all(|child| on_contact.contains(child)) {
        return Err(CommandError::NoSuchChild);
    }
    let (id, now, by) = (Uuid::now_v7(), tx.now(), tx.actor().to_owned());
    bases::insert(tx, contact, (id, &basis, children), (&by, now)).await?;
    contacts::set_revision(tx, contact, revision + 1).await?;
    let event = events::basis_recorded(contact, id, basis.kind, children, now);
    tx.append(contact, revision + 1, &event).await?;
    Ok((id, revision + 1))
}
