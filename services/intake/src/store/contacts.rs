//! Contacts.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    contact::{Channel, Contact, Incident, NewContact, OverrideGrounds},
    groundwork::Groundwork,
    reference::Reference,
    urgency::Urgency,
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
             significant_harm, immediate_danger, anonymous, protected, urgent_concerns, risk_of_telling,
             incident_on, incident_time, incident_place, spoken_to_family, needs, proposed_service,
             framework_considered, why_not_spoken, why_not_considered)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20,
                $21, $22, $23, $24)
        "#,
        contact.id,
        contact.revision,
        contact.reference.as_str(),
        content.channel as Channel,
        contact.received_at.to_sqlx() as _,
        contact.recorded_at.to_sqlx() as _,
        content.referrer.shown_source(),
        content.concern.open(),
        &content.factors,
        content.significant_harm,
        content.immediate_danger,
        content.referrer.anonymous,
        content.referrer.protected,
        grounds.map(|grounds| grounds.urgent_concerns.open()),
        grounds.map(|grounds| grounds.risk_of_telling.open()),
        content.incident.on.map(|day| day.to_sqlx()) as _,
        content.incident.time_of_day.open(),
        content.incident.place.open(),
        content.groundwork.spoken_to_family,
        content.groundwork.needs.open(),
        content.groundwork.proposed_service.open(),
        content.groundwork.framework_considered,
        content.groundwork.why_not_spoken.open(),
        content.groundwork.why_not_considered.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts what can be corrected on a contact's own row as it ought to be.
pub async fn correct(
    connection: &mut PgConnection,
    id: Uuid,
    content: &NewContact,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.contact
        SET concern = $2, factors = $3, significant_harm = $4, immediate_danger = $5, incident_on = $6,
            incident_time = $7, incident_place = $8, spoken_to_family = $9, needs = $10,
            proposed_service = $11, framework_considered = $12, why_not_spoken = $13, channel = $14,
            why_not_considered = $15
        WHERE id = $1
        "#,
        id,
        content.concern.open(),
        &content.factors,
        content.significant_harm,
        content.immediate_danger,
        content.incident.on.map(|day| day.to_sqlx()) as _,
        content.incident.time_of_day.open(),
        content.incident.place.open(),
        content.groundwork.spoken_to_family,
        content.groundwork.needs.open(),
        content.groundwork.proposed_service.open(),
        content.groundwork.framework_considered,
        content.groundwork.why_not_spoken.open(),
        content.channel as Channel,
        content.groundwork.why_not_considered.open(),
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Puts when a contact was received as it ought to be (R13).
pub async fn set_received(
    connection: &mut PgConnection,
    id: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.contact SET received_at = $2 WHERE id = $1",
        id,
        at.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    one_row(&updated)
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
    /// The referrer is anonymous.
    pub anonymous: bool,
    /// The referrer's identity is protected.
    pub protected: bool,
    urgent_concerns: Option<String>,
    risk_of_telling: Option<String>,
    incident_on: Option<jiff_sqlx::Date>,
    incident_time: String,
    incident_place: String,
    spoken_to_family: Option<bool>,
    needs: String,
    proposed_service: String,
    framework_considered: Option<bool>,
    why_not_spoken: String,
    why_not_considered: String,
}

impl ContactRow {
    /// What is marked on it (R18).
    pub fn urgency(&self) -> Urgency {
        let Self { significant_harm, immediate_danger, .. } = *self;
        Urgency { significant_harm, immediate_danger }
    }

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

    /// When and where an incident took place, sealed.
    pub fn take_incident(&mut self) -> Incident {
        Incident {
            on: self.incident_on.map(|day| day.to_jiff()),
            time_of_day: Personal::new(std::mem::take(&mut self.incident_time)),
            place: Personal::new(std::mem::take(&mut self.incident_place)),
        }
    }

    /// What a professional's form told, sealed.
    pub fn take_groundwork(&mut self) -> Groundwork {
        Groundwork {
            spoken_to_family: self.spoken_to_family,
            needs: Personal::new(std::mem::take(&mut self.needs)),
            proposed_service: Personal::new(std::mem::take(&mut self.proposed_service)),
            framework_considered: self.framework_considered,
            why_not_spoken: Personal::new(std::mem::take(&mut self.why_not_spoken)),
            why_not_considered: Personal::new(std::mem::take(&mut self.why_not_considered)),
        }
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
               concern, factors, significant_harm, immediate_danger, anonymous, protected, urgent_concerns,
               risk_of_telling, incident_on, incident_time, incident_place, spoken_to_family, needs,
               proposed_service, framework_considered, why_not_spoken, why_not_considered
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

/// The contact with a reference (R11).
pub async fn find_id(
    connection: &mut PgConnection,
    reference: &Reference,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM intake.contact WHERE reference = $1", reference.as_str())
        .fetch_optional(connection)
        .await
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
    one_row(&updated)
}
