//! Cases, without their children and checks.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    contact::{Channel, Contact, Urgency},
    referrer::ReferrerNote,
};

/// Opens the case of a contact at revision 1; false where it is open already.
pub async fn insert(
    connection: &mut PgConnection,
    contact: &Contact,
    now: Timestamp,
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        INSERT INTO screening.contact_case
            (contact_id, revision, channel, received_at, in_hub_hours, immediate_danger, significant_harm,
             arrived_urgent, referrer_unreachable, opened_at)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $5 OR $6, $7, $8)
        ON CONFLICT DO NOTHING
        "#,
        contact.id,
        contact.channel as Channel,
        contact.received_at.to_sqlx() as _,
        contact.in_hub_hours,
        contact.urgency.immediate_danger,
        contact.urgency.significant_harm,
        contact.referrer_unreachable,
        now.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// A case's own row.
pub struct CaseRow {
    /// How often it has changed.
    pub revision: i64,
    /// The way the contact came.
    pub channel: Channel,
    /// When it was received.
    pub received_at: jiff_sqlx::Timestamp,
    /// A child is in immediate danger, as the contact says now.
    pub immediate_danger: bool,
    /// Significant harm is indicated, as the contact says now.
    pub significant_harm: bool,
    /// It said either when it arrived.
    pub arrived_urgent: bool,
    /// The referrer left no way to be told.
    pub referrer_unreachable: bool,
    /// It is over.
    pub closed: bool,
    referrer_informed: Option<bool>,
    referrer_note: Option<String>,
    referrer_at: Option<jiff_sqlx::Timestamp>,
}

impl CaseRow {
    /// How the referrer was dealt with, sealed.
    pub fn take_referrer(&mut self) -> Option<ReferrerNote> {
        let note = Personal::new(self.referrer_note.take()?);
        Some(ReferrerNote {
            informed: self.referrer_informed?,
            at: self.referrer_at?.to_jiff(),
            note,
        })
    }
}

/// A case's own row, as it stands.
pub async fn find(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Option<CaseRow>, sqlx::Error> {
    sqlx::query_as!(
        CaseRow,
        r#"
        SELECT revision, channel AS "channel: Channel", received_at, immediate_danger, significant_harm,
               arrived_urgent, referrer_unreachable, closed_at IS NOT NULL AS "closed!",
               referrer_informed, referrer_note, referrer_at
        FROM screening.contact_case
        WHERE contact_id = $1
        "#,
        contact,
    )
    .fetch_optional(connection)
    .await
}

/// Locks a case for the transaction; false where there is none.
pub async fn lock(connection: &mut PgConnection, contact: Uuid) -> Result<bool, sqlx::Error> {
    let locked = sqlx::query_scalar!(
        "SELECT revision FROM screening.contact_case WHERE contact_id = $1 FOR UPDATE",
        contact
    )
    .fetch_optional(connection)
    .await?;
    Ok(locked.is_some())
}

/// Moves a case on to a revision.
pub async fn set_revision(
    connection: &mut PgConnection,
    contact: Uuid,
    revision: i64,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.contact_case SET revision = $2 WHERE contact_id = $1 AND revision < $2",
        contact,
        revision
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Keeps that a person has said of a contact that it is urgent; no correction of its marks
/// takes that back.
pub async fn set_said_urgent(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.contact_case SET said_urgent = true, significant_harm = true WHERE contact_id = $1",
        contact,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Keeps how urgent a contact is since it was corrected.
pub async fn set_urgency(
    connection: &mut PgConnection,
    contact: Uuid,
    urgency: Urgency,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE screening.contact_case
        SET immediate_danger = $2, significant_harm = $3 OR said_urgent
        WHERE contact_id = $1
        "#,
        contact,
        urgency.immediate_danger,
        urgency.significant_harm,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Puts when a contact was received, and whether the hub was open then, as it ought to be (R13).
pub async fn set_received(
    connection: &mut PgConnection,
    contact: Uuid,
    (at, in_hub_hours): (Timestamp, bool),
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.contact_case SET received_at = $2, in_hub_hours = $3 WHERE contact_id = $1",
        contact,
        at.to_sqlx() as _,
        in_hub_hours,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Puts the way by which a contact came as it ought to be (R1).
pub async fn set_channel(
    connection: &mut PgConnection,
    contact: Uuid,
    channel: Channel,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.contact_case SET channel = $2 WHERE contact_id = $1",
        contact,
        channel as Channel,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Keeps whether the referrer can be told; one who was told already could be (R28).
pub async fn set_unreachable(
    connection: &mut PgConnection,
    contact: Uuid,
    unreachable: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE screening.contact_case SET referrer_unreachable = $2
        WHERE contact_id = $1 AND referrer_informed IS NOT TRUE
        "#,
        contact,
        unreachable,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Keeps how the referrer was dealt with.
pub async fn set_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
    note: &ReferrerNote,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE screening.contact_case SET referrer_informed = $2, referrer_note = $3, referrer_at = $4
        WHERE contact_id = $1 AND referrer_at IS NULL
        "#,
        contact,
        note.informed,
        note.note.open(),
        note.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Closes a case.
pub async fn set_closed(
    connection: &mut PgConnection,
    contact: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.contact_case SET closed_at = $2 WHERE contact_id = $1 AND closed_at IS NULL",
        contact,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Takes up a case again, which may be over: how the referrer was dealt with is set aside.
pub async fn take_up_again(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        WITH aside AS (
            INSERT INTO screening.earlier_referrer_note (contact_id, informed, note, at)
            SELECT contact_id, referrer_informed, referrer_note, referrer_at
            FROM screening.contact_case
            WHERE contact_id = $1 AND referrer_at IS NOT NULL
        )
        UPDATE screening.contact_case
        SET referrer_informed = NULL, referrer_note = NULL, referrer_at = NULL, closed_at = NULL
        WHERE contact_id = $1
        "#,
        contact,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// How the referrer was dealt with before a child came back, the oldest first.
pub async fn earlier_referrer(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<ReferrerNote>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT informed, note, at AS "at: jiff_sqlx::Timestamp"
        FROM screening.earlier_referrer_note
        WHERE contact_id = $1
        ORDER BY at
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let notes = rows.into_iter().map(|row| ReferrerNote {
        informed: row.informed,
        at: row.at.to_jiff(),
        note: Personal::new(row.note),
    });
    Ok(notes.collect())
}
