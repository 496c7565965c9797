//! A contact on record, whole: what is shown of it, and what a correction begins with.

use sqlx::PgConnection;
use uuid::Uuid;

use super::ContactError;
use crate::{
    domain::{
        amendment::Amendment,
        basis::Basis,
        consent::HeldConsent,
        contact::{Contact, NewContact},
        own_contact::Raised,
        referrer::Said,
        remit::Answered,
        subject::Linked,
    },
    store::{
        amendments, bases, consents, contacts, own_contacts, people, referrers, remit_questions,
        subjects,
    },
};

/// A contact as it stands, with what allows it to be shared.
pub struct Record {
    /// The contact.
    pub contact: Contact,
    /// Its children who have something under seal.
    pub sealed: Vec<Uuid>,
    /// The children who were taken off it, whom its corrections show.
    pub taken_off: Vec<Uuid>,
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
    /// The children whose own contact it is or may be; none where the referrer is under seal (R2).
    pub own_contact_of: Vec<Uuid>,
}

/// Loads a contact whole.
pub async fn load(connection: &mut PgConnection, id: Uuid) -> Result<Record, ContactError> {
    let mut row = contacts::find(connection, id).await?.ok_or(ContactError::NoSuchContact)?;
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
    let taken_off = people::children_taken_off(connection, id).await?;
    let earlier_referrer = match content.referrer.is_sealed() {
        true => Vec::new(),
        false => referrers::earlier(connection, id, &[&*child_ids, &*taken_off].concat()).await?,
    };
    let raised = own_contacts::raised(connection, &[id]).await?;
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
        taken_off,
        consents: consents::of_contact(connection, id).await?,
        bases: bases::of_contact(connection, id).await?,
        subjects: subjects::of_contact(connection, id).await?,
        amendments: amendments::of_contact(connection, id).await?,
        remit: remit_questions::of_contact(connection, id).await?,
        earlier_referrer,
        own_contact_of: raised.iter().flat_map(Raised::own_contact_of).collect(),
    })
}
