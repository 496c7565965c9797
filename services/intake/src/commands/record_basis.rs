//! Recording what allows information to be shared (R7, R38).

use messaging::{Tx, tx::AppendError};
use proto::terms::v1::ClockKind;
use thiserror::Error;
use uuid::Uuid;

use super::{ContactError, become_urgent::become_urgent, review_override::next_review, stand_at};
use crate::{
    domain::{
        basis::{Adopter, BasisKind, NewBasis, NotAdopted, may_adopt},
        urgency::is_new_suspicion,
    },
    events::{self, clocks::started},
    protocol::Rules,
    store::{bases, contacts, override_reviews, people},
};

/// A basis that was not recorded.
#[derive(Debug, Error)]
pub enum BasisError {
    /// The contact is not there, or is not as it was read.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// A child named is not on the contact.
    #[error("a child named is not on this contact")]
    NoSuchChild,
    /// An override is not for them to adopt (R7).
    #[error(transparent)]
    NotAdopted(#[from] NotAdopted),
    /// The event could not be appended.
    #[error("the event could not be appended")]
    Append(#[from] AppendError),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Records a basis on a contact that stands at `revision`; an override is a manager's to
/// adopt (R7). Reasonable cause to suspect significant harm, of which nothing said so before,
/// makes the contact urgent (R10, R18). Answers the basis and the contact's new revision.
pub async fn record_basis(
    tx: &mut Tx,
    (contact, revision): (Uuid, i64),
    basis: NewBasis,
    (adopter, rules): (Adopter, &Rules),
) -> Result<(Uuid, i64), BasisError> {
    if basis.kind == BasisKind::Override {
        may_adopt(adopter, rules.calendar().is_open(tx.now()))?;
    }
    stand_at(tx, contact, revision).await?;
    let on_contact = people::child_ids(tx, contact).await?;
    let children = if basis.child_ids.is_empty() { &on_contact } else { &basis.child_ids };
    if !children.iter().all(|child| on_contact.contains(child)) {
        return Err(BasisError::NoSuchChild);
    }
    let row = contacts::find(tx, contact).await?.ok_or(ContactError::NoSuchContact)?;
    let earlier = bases::of_contact(tx, contact).await?;
    let became_urgent =
        !row.urgency().is_urgent() && is_new_suspicion(basis.kind, children, &earlier);
    let (id, now, by) = (Uuid::now_v7(), tx.now(), tx.actor().to_owned());
    bases::insert(tx, contact, (id, &basis, children), (&by, now)).await?;
    let review = (basis.kind == BasisKind::Override).then(|| next_review(now, rules));
    if let Some(due) = &review {
        override_reviews::insert(tx, id, due.running()).await?;
    }
    contacts::set_revision(tx, contact, revision + 1).await?;
    let told = (basis.kind, became_urgent);
    let mut event = events::basis_recorded(contact, id, told, children, now);
    event.clocks_started.extend(review.map(|due| started(ClockKind::OverrideReview, &due)));
    tx.append(contact, revision + 1, &event).await?;
    if became_urgent {
        become_urgent(tx, contact, rules).await?;
    }
    Ok((id, revision + 1))
}
