//! Opening what is sealed (R2, R4). Each opening is kept with its reason in the transaction
//! that shows it.

use access::Personal;
use jiff::Timestamp;
use sqlx::PgConnection;
use thiserror::Error;
use uuid::Uuid;

use super::{
    ContactError,
    record::{Record, load},
};
use crate::{
    domain::{
        contact::{SealedCorrection, SealedFields},
        referrer::{Referrer, Said},
    },
    store::{consents, people, referrers, sealed_fields, seals},
};

/// An opening of what is sealed.
pub struct Unsealing<'a> {
    /// Why.
    pub reason: &'a Personal<String>,
    /// Who opens it: an opaque id.
    pub by: &'a str,
    /// When.
    pub at: Timestamp,
}

/// What lies under seal of the referrer of a contact.
pub struct OpenedReferrer {
    /// Who they are.
    pub referrer: Referrer,
    /// Who asked for each consent, as they said it.
    pub askers: Vec<(Uuid, Personal<String>)>,
    /// What they had said of themselves before corrections, the latest last.
    pub earlier: Vec<Said>,
}

/// What was not opened.
#[derive(Debug, Error)]
pub enum SealError {
    /// The contact is not there.
    #[error(transparent)]
    Contact(#[from] ContactError),
    /// Nothing is sealed there.
    #[error("nothing is sealed there")]
    NothingSealed,
    /// The database is away or refuses.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// Opens who the referrer of a contact is (R2).
pub async fn open_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
    opening: &Unsealing<'_>,
) -> Result<OpenedReferrer, SealError> {
    let Record { contact: record, taken_off, .. } = load(connection, contact).await?;
    let identity = people::find_sealed_referrer(connection, contact).await?;
    let identity = identity.ok_or(SealError::NothingSealed)?;
    let children = [&*record.child_ids, &*taken_off].concat();
    let earlier = referrers::earlier(connection, contact, &children).await?;
    let askers = consents::sealed_askers(connection, contact).await?;
    note(connection, (contact, None), opening).await?;
    let held = record.content.referrer;
    let role = (held.source, held.anonymous, held.protected);
    let referrer = identity.into_referrer(role, &record.child_ids, &record.adult_ids);
    let earlier = earlier.into_iter().map(|(_, said)| said).collect();
    Ok(OpenedReferrer { referrer, askers, earlier })
}

/// Opens the sealed fields of a child on a contact, and what stood there before corrections, the
/// latest last (R4).
pub async fn open_fields(
    connection: &mut PgConnection,
    (contact, child): (Uuid, Uuid),
    opening: &Unsealing<'_>,
) -> Result<(SealedFields, Vec<SealedCorrection>), SealError> {
    let sealed = sealed_fields::find(connection, contact, child).await?;
    let sealed = sealed.ok_or(SealError::NothingSealed)?;
    let earlier = sealed_fields::earlier(connection, child).await?;
    note(connection, (contact, Some(child)), opening).await?;
    Ok((sealed, earlier))
}

async fn note(
    connection: &mut PgConnection,
    of: (Uuid, Option<Uuid>),
    opening: &Unsealing<'_>,
) -> Result<(), sqlx::Error> {
    seals::note_opening(connection, of, opening.reason, (opening.by, opening.at)).await
}
