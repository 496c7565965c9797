//! Answering exactly the identity that a check will disclose, with what allows it (R38, R44,
//! R45).

use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

use crate::{
    domain::{
        basis::{BasisRefusal, SharingBasis, basis_to_share},
        contact::Child,
        shared_number::shared_numbers,
    },
    store::{bases, consents, contacts, people},
};

/// The identity to be disclosed, and what allows it, at one revision.
pub struct Disclosure {
    /// The contact's revision.
    pub revision: i64,
    /// The contact's short reference.
    pub reference: String,
    /// The children.
    pub children: Vec<(Uuid, Child)>,
    /// What it rests on.
    pub basis: SharingBasis,
}

/// An identity that is not disclosed.
#[derive(Debug, Error)]
pub enum DisclosureError {
    /// There is no such contact.
    #[error("there is no such contact")]
    NoSuchContact,
    /// A child named is not on the contact.
    #[error("a child named is not on this contact")]
    NoSuchChild,
    /// Nothing allows the disclosure (R38).
    #[error(transparent)]
    Basis(#[from] BasisRefusal),
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// The identity of `asked` that may be disclosed to `agencies`.
pub async fn disclose(
    connection: &mut PgConnection,
    contact: Uuid,
    asked: &[Uuid],
    agencies: &[String],
    basis: Option<Uuid>,
) -> Result<Disclosure, DisclosureError> {
    let (reference, revision) = contacts::find_reference(connection, contact)
        .await?
        .ok_or(DisclosureError::NoSuchContact)?;
    let held = people::children(connection, contact).await?;
    // A number that two children have is one's at most: with either it would name the other.
    let shared = shared_numbers(held.iter().map(|held| (held.id, &held.child)));
    let is_shared = |child: Uuid| {
        shared.iter().any(|one| one.field == "nhs_number" && one.children.contains(&child))
    };
    let children: Vec<_> = held
        .into_iter()
        .filter(|held| asked.contains(&held.id))
        .map(|held| {
            let nhs_number = held.child.nhs_number.clone().filter(|_| !is_shared(held.id));
            (held.id, Child { nhs_number, ..held.child })
        })
        .collect();
    if children.len() != asked.len() {
        return Err(DisclosureError::NoSuchChild);
    }
    let consents = consents::of_contact(connection, contact).await?;
    let consents: Vec<_> = consents.into_iter().map(|held| held.consent).collect();
    let bases = bases::of_contact(connection, contact).await?;
    let basis = basis_to_share(basis, &bases, &consents, asked, agencies)?;
    Ok(Disclosure { revision, reference, children, basis })
}
