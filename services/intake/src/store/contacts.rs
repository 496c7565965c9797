//! Contacts.

use access::Personal;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    contact::{Channel, Contact, OverrideGrounds},
    reference::Reference,
};

/// The next number to make a reference of (R11).
pub async fn next_reference_number(connection: &mut PgConnection) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(r#"SELECT nextval('intake.reference_number') AS "number!""#)
        .fetch_one(connection)
        .await
}

/// Adds a contact, without the people on it.
pub async fn insert(connection: &mut PgConnection, contact: &Contact) -> Result<(), sqlx::Error> {
    let content = &contact.content;
    let grounds = content.override_evidence.as_ref();
    sqlx::query!(
        r#"
        INSERT INTO intake.contact
            (id, revision, reference, channel, received_at, recorded_at, referral_source, concern, factors,
             significant_harm, immediate_danger, anonymous, urgent_concerns, risk_of_telling)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
        "#,
        contact.id,
        contact.revision,
        contact.reference.as_str(),
        content.channel as Channel,
        contact.received_at.to_sqlx() as _,
        contact.recorded_at.to_sqlx() as _,
        content.referrer.source,
        content.concern.open(),
        &content.factors,
        content.significant_harm,
        content.immediate_danger,
        content.referrer.anonymous,
        grounds.map(|grounds| grounds.urgent_concerns.open()),
        grounds.map(|grounds| grounds.risk_of_telling.open()),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A contact's own row.
pub struct ContactRow {
    /// How often it has changed.
    pub revision: i64,
    /// Its short reference.
    pub reference: String,
    /// The way it came.
    pub channel: Channel,
    /// When it was received.
    pub received_at: jiff_sqlx::Timestamp,
    /// When it was recorded.
    pub recorded_at: jiff_sqlx::Timestamp,
    /// National referral-source code.
    pub referral_source: String,
    concern: String,
    /// Codes of the factors.
    pub factors: Vec<String>,
    /// Significant harm is indicated.
    pub significant_harm: bool,
    /// A child is in immediate danger.
    pub immediate_danger: bool,
    urgent_concerns: Option<String>,
    risk_of_telling: Option<String>,
}

impl ContactRow {
    /// The reference as a value.
    pub fn reference(&self) -> Result<Reference, sqlx::Error> {
        Reference::parse(&self.reference).ok_or_else(|| sqlx::Error::ColumnDecode {
            index: "intake.contact.reference".to_owned(),
            source: "is no reference".into(),
        })
    }

    /// The concern and the grounds of an override, sealed.
    pub fn take_words(&mut self) -> (Personal<String>, Option<OverrideGrounds>) {
        let grounds = self.urgent_concerns.take().zip(self.risk_of_telling.take());
        let grounds = grounds.map(|(urgent_concerns, risk_of_telling)| OverrideGrounds {
            urgent_concerns: Personal::new(urgent_concerns),
            risk_of_telling: Personal::new(risk_of_telling),
        });
        (Personal::new(std::mem::take(&mut self.concern)), grounds)
    }
}

/// A contact's own row, as it stands.
pub async fn find(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<ContactRow>, sqlx::Error> {
    sqlx::query_as!(
        ContactRow,
        r#"
        SELECT revision, reference, channel AS "channel: Channel", received_at, recorded_at, referral_source,
               concern, factors, significant_harm, immediate_danger, urgent_concerns, risk_of_telling
        FROM intake.contact
        WHERE id = $1
        "#,
        id,
    )
    .fetch_optional(connection)
    .await
}

/// A contact's reference and revision.
pub async fn find_reference(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<(String, i64)>, sqlx::Error> {
    let row = sqlx::query!("SELECT reference, revision FROM intake.contact WHERE id = $1", id)
        .fetch_optional(connection)
        .await?;
    Ok(row.map(|row| (row.reference, row.revision)))
}

/// Locks a contact and gives its revision.
pub async fn lock(connection: &mut PgConnection, id: Uuid) -> Result<Option<i64>, sqlx::Error> {
    sqlx::query_scalar!("SELECT revision FROM intake.contact WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(connection)
        .await
}

/// Moves a contact to its next revision.
pub async fn set_revision(
    connection: &mut PgConnection,
    id: Uuid,
    revision: i64,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.contact SET revision = $2 WHERE id = $1 AND revision = $2::bigint - 1",
        id,
        revision
    )
    .execute(connection)
    .await?;
    if updated.rows_affected() == 1 { Ok(()) } else { Err(sqlx::Error::RowNotFound) }
}
