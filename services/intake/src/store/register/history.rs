//! What is known of humans: everybody linked with them, however long the chain of links
//! (R8).

use jiff::Timestamp;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::register::{Episode, EpisodeKind};

/// The entries that are one human with each of these, itself among them: pairs of an entry
/// asked about and an entry.
pub async fn humans(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        WITH RECURSIVE human (asked, person_id) AS (
            SELECT id, id FROM unnest($1::uuid[]) AS id
            UNION
            SELECT asked, linked_id FROM human JOIN intake.link USING (person_id)
        )
        SELECT asked AS "asked!", person_id AS "person_id!" FROM human ORDER BY asked, person_id
        "#,
        entries,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.asked, row.person_id)).collect())
}

/// Everybody on a contact, and whether they are a child: the children in their order, then
/// the adults.
pub async fn on_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<(Uuid, bool)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id AS "id!", is_child AS "is_child!"
        FROM (
            SELECT id, place, true AS is_child FROM intake.child WHERE contact_id = $1
            UNION ALL
            SELECT id, place, false FROM intake.adult WHERE contact_id = $1
        ) AS on_it
        ORDER BY is_child DESC, place
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.id, row.is_child)).collect())
}

/// The children of these contacts.
pub async fn children(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    let statement =
        sqlx::query_scalar!("SELECT id FROM intake.child WHERE contact_id = ANY ($1)", contacts);
    statement.fetch_all(connection).await
}

/// A contact that somebody is on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OnContact {
    /// Their entry.
    pub person: Uuid,
    /// The entry is a child's.
    pub is_child: bool,
    /// The contact.
    pub contact: Uuid,
    /// Its short reference.
    pub reference: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Significant harm or immediate danger is indicated.
    pub urgent: bool,
    /// When they were added, a child who was missed; `None` of whoever came with the contact.
    pub added_at: Option<Timestamp>,
}

impl OnContact {
    /// From when the hub knew of them: whose case is open on that day is handed over (R9).
    pub fn known_at(&self) -> Timestamp {
        self.added_at.unwrap_or(self.recorded_at)
    }

    /// When the hub was told of them: with the contact's receipt, or when they were added (R13).
    pub fn arrived_at(&self) -> Timestamp {
        self.added_at.unwrap_or(self.received_at)
    }
}

/// The contacts that these entries are taken from, the latest first.
pub async fn contacts(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<OnContact>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT on_it.id AS "person!", is_child AS "is_child!", contact.id AS contact, reference,
               received_at AS "received_at: jiff_sqlx::Timestamp",
               recorded_at AS "recorded_at: jiff_sqlx::Timestamp",
               significant_harm OR immediate_danger AS "urgent!",
               added_at AS "added_at: jiff_sqlx::Timestamp"
        FROM (
            SELECT id, contact_id, true AS is_child, added_at FROM intake.child WHERE id = ANY ($1)
            UNION ALL
            SELECT id, contact_id, false, NULL FROM intake.adult WHERE id = ANY ($1)
        ) AS on_it
        JOIN intake.contact ON contact.id = on_it.contact_id
        ORDER BY received_at DESC, contact.id, on_it.id
        "#,
        entries,
    )
    .fetch_all(connection)
    .await?;
    let contacts = rows.into_iter().map(|row| OnContact {
        person: row.person,
        is_child: row.is_child,
        contact: row.contact,
        reference: row.reference,
        received_at: row.received_at.to_jiff(),
        recorded_at: row.recorded_at.to_jiff(),
        urgent: row.urgent,
        added_at: row.added_at.map(|at| at.to_jiff()),
    });
    Ok(contacts.collect())
}

/// An episode of somebody, with its id.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EpisodeOf {
    /// Its id.
    pub id: Uuid,
    /// Whose entry it is of.
    pub person: Uuid,
    /// It.
    pub episode: Episode,
}

/// The episodes of these entries, the latest first.
pub async fn episodes(
    connection: &mut PgConnection,
    entries: &[Uuid],
) -> Result<Vec<EpisodeOf>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, person_id, kind AS "kind: EpisodeKind", unit, worker, opened_on AS "opened_on: jiff_sqlx::Date",
               closed_on AS "closed_on: jiff_sqlx::Date"
        FROM intake.episode
        WHERE person_id = ANY ($1)
        ORDER BY opened_on DESC, id
        "#,
        entries,
    )
    .fetch_all(connection)
    .await?;
    let episodes = rows.into_iter().map(|row| {
        let episode = Episode {
            kind: row.kind,
            unit: row.unit,
            worker: row.worker,
            opened_on: row.opened_on.to_jiff(),
            closed_on: row.closed_on.map(|day| day.to_jiff()),
        };
        EpisodeOf { id: row.id, person: row.person_id, episode }
    });
    Ok(episodes.collect())
}
