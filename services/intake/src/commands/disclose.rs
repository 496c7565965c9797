//! Reading a contact, and answering exactly the identity that a check will disclose,
//! with what allows it (R38, R44, R45).

use sqlx::PgConnection;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::{
        basis::{Basis, SharingBasis, basis_to_share},
        consent::Consent,
        contact::{Child, Contact, NewContact},
    },
    store::{bases, contacts, people},
};

/// A contact as it stands, with what allows it to be shared.
pub struct Record {
    /// The contact.
    pub contact: Contact,
    /// Its consents; children by their id.
    pub consents: Vec<Consent<Uuid>>,
    /// Its bases.
    pub bases: Vec<Basis>,
}

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

/// Loads a contact whole.
pub async fn load(connection: &mut PgConnection, id: Uuid) -> Result<Record, CommandError> {
    let mut row = contacts::find(connection, id).await?.ok_or(CommandError::NoSuchContact)?;
    let (concern, override_evidence) = row.take_words();
    let reference = row.reference()?;
    let referrer = people::find_referrer(connection, id, row.referral_source).await?;
    let (child_ids, children) = people::children(connection, id).await?.into_iter().unzip();
    let content = NewContact {
        channel: row.channel,
        received_at: Some(row.received_at.to_jiff()),
        referrer,
        children,
        adults: people::adults(connection, id).await?,
        concern,
        factors: row.factors,
        significant_harm: row.significant_harm,
        immediate_danger: row.immediate_danger,
        consents: Vec::new(),
        override_evidence,
    };
    let contact = Contact {
        id,
        revision: row.revision,
        reference,
        recorded_at: row.recorded_at.to_jiff(),
        received_at: row.received_at.to_jiff(),
        child_ids,
        content,
    };
    let consents = people::consents(connection, id).await?;
    Ok(Record { contact, consents, bases: bases::of_contact(connection, id).await? })
}

/// The identity of `asked` that may be disclosed to `agencies`.
pub async fn disclose(
    connection: &mut PgConnection,
    contact: Uuid,
    asked: &[Uuid],
    agencies: &[String],
    basis: Option<Uuid>,
) -> Result<Disclosure, CommandError> {
    let (reference, revision) =
        contacts::find_reference(connection, contact).await?.ok_or(CommandError::NoSuchContact)?;
    let mut children = people::children(connection, contact).await?;
    children.retain(|(id, _)| asked.contains(id));
    if children.len() != asked.len() {
        return Err(CommandError::NoSuchChild);
    }
    let consents = people::consents(connection, contact).await?;
    let bases = bases::of_contact(connection, contact).await?;
    let basis = basis_to_share(basis, &bases, &consents, asked, agencies)?;
    Ok(Disclosure { revision, reference, children, basis })
}
