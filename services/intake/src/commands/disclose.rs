//! Reading a contact, and answering exactly the identity that a check will disclose,
//! with what allows it (R38, R44, R45).

use sqlx::PgConnection;
use uuid::Uuid;

use super::CommandError;
use crate::{
    domain::{
        amendment::Amendment,
        basis::{Basis, SharingBasis, basis_to_share},
        consent::HeldConsent,
        contact::{Child, Contact, NewContact},
        referrer::Said,
        remit::Answered,
        shared_number::shared_numbers,
        subject::Linked,
    },
    store::{amendments, bases, consents, contacts, people, referrers, remit_questions, subjects},
};

/// A contact as it stands, with what allows it to be shared.
pub struct Record {
    /// The contact.
    pub contact: Contact,
    /// Its children who have something under seal.
    pub sealed: Vec<Uuid>,
    /// Its consents.
    pub consents: Vec<HeldConsent>,
    /// Its bases.
    pub bases: Vec<Basis>,
    /// Its places, groups and online spaces.
    pub subjects: Vec<Linked>,
    /// What was corrected, the latest last.
    pub amendments: Vec<Amendment>,
    /// What was asked of its remit, the latest last.
    pub remit: Vec<Answered>,
    /// What the referrer had said of themselves before corrections; nothing of one under seal.
    pub earlier_referrer: Vec<(Uuid, Said)>,
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
    let (incident, groundwork) = (row.take_incident(), row.take_groundwork());
    let reference = row.reference()?;
    let held = people::children(connection, id).await?;
    let sealed = held.iter().filter(|held| held.has_sealed_fields).map(|held| held.id).collect();
    let (child_ids, children): (Vec<_>, _) =
        held.into_iter().map(|held| (held.id, held.child)).unzip();
    let (adult_ids, adults): (Vec<_>, _) =
        people::adults(connection, id).await?.into_iter().unzip();
    let identity = people::find_referrer(connection, id).await?.unwrap_or_default();
    let role = (row.referral_source, row.anonymous, row.protected);
    let content = NewContact {
        channel: row.channel,
        received_at: Some(row.received_at.to_jiff()),
        referrer: identity.into_referrer(role, &child_ids, &adult_ids),
        children,
        adults,
        concern,
        factors: row.factors,
        significant_harm: row.significant_harm,
        immediate_danger: row.immediate_danger,
        consents: Vec::new(),
        override_evidence,
        subjects: Vec::new(),
        incident,
        groundwork,
    };
    let earlier_referrer = match content.referrer.is_sealed() {
        true => Vec::new(),
        false => referrers::earlier(connection, id, &child_ids).await?,
    };
    let contact = Contact {
        id,
        revision: row.revision,
        reference,
        recorded_at: row.recorded_at.to_jiff(),
        received_at: row.received_at.to_jiff(),
        child_ids,
        adult_ids,
        content,
    };
    Ok(Record {
        contact,
        sealed,
        consents: consents::of_contact(connection, id).await?,
        bases: bases::of_contact(connection, id).await?,
        subjects: subjects::of_contact(connection, id).await?,
        amendments: amendments::of_contact(connection, id).await?,
        remit: remit_questions::of_contact(connection, id).await?,
        earlier_referrer,
    })
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
        return Err(CommandError::NoSuchChild);
    }
    let consents = consents::of_contact(connection, contact).await?;
    let consents: Vec<_> = consents.into_iter().map(|held| held.consent).collect();
    let bases = bases::of_contact(connection, contact).await?;
    let basis = basis_to_share(basis, &bases, &consents, asked, agencies)?;
    Ok(Disclosure { revision, reference, children, basis })
}
