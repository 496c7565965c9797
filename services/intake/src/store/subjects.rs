//! Places, peer groups and online spaces (R5).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::subject::{Linked, Subject, SubjectKind};

/// Adds a subject.
pub async fn insert(
    connection: &mut PgConnection,
    id: Uuid,
    subject: &Subject,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.subject (id, kind, name, description, address) VALUES ($1, $2, $3, $4, $5)
        "#,
        id,
        subject.kind as SubjectKind,
        subject.name.open(),
        subject.description.open(),
        subject.address.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Those of these subjects that are on record.
pub async fn on_record(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT id FROM intake.subject WHERE id = ANY($1)", ids)
        .fetch_all(connection)
        .await
}

/// Links a contact, which is locked, to a subject that it is not linked to, behind those that
/// it has; false where there is no such subject.
pub async fn link(
    connection: &mut PgConnection,
    contact: Uuid,
    subject: Uuid,
    children: &[Uuid],
) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        INSERT INTO intake.contact_subject (contact_id, subject_id, place, child_ids)
        SELECT $1, id,
               (SELECT COALESCE(max(place) + 1, 0) FROM intake.contact_subject WHERE contact_id = $1),
               $3
        FROM intake.subject
        WHERE id = $2
        "#,
        contact,
        subject,
        children,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// Takes a subject off a contact, and gives the children whom it concerned; `None` where it was
/// not linked.
pub async fn unlink(
    connection: &mut PgConnection,
    contact: Uuid,
    subject: Uuid,
) -> Result<Option<Vec<Uuid>>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        DELETE FROM intake.contact_subject WHERE contact_id = $1 AND subject_id = $2 RETURNING child_ids
        "#,
        contact,
        subject,
    )
    .fetch_optional(connection)
    .await
}

/// The subjects of a contact, in order, with those of its children whom each concerns.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Linked>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, kind AS "kind: SubjectKind", name, description, address,
               ARRAY(SELECT child.id FROM unnest(child_ids) WITH ORDINALITY AS linked (id, turn)
                     JOIN intake.child USING (id) WHERE child.contact_id = $1 ORDER BY turn) AS "child_ids!"
        FROM intake.contact_subject JOIN intake.subject ON id = subject_id
        WHERE contact_subject.contact_id = $1
        ORDER BY place
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let linked = rows.into_iter().map(|row| Linked {
        id: row.id,
        subject: Subject {
            kind: row.kind,
            name: Personal::new(row.name),
            description: Personal::new(row.description),
            address: Personal::new(row.address),
        },
        child_ids: row.child_ids,
    });
    Ok(linked.collect())
}

/// A subject on record.
pub async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<Subject>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT kind AS "kind: SubjectKind", name, description, address FROM intake.subject WHERE id = $1
        "#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Subject {
        kind: row.kind,
        name: Personal::new(row.name),
        description: Personal::new(row.description),
        address: Personal::new(row.address),
    }))
}

/// A subject that was found by its words.
pub struct FoundSubject {
    /// Its id.
    pub id: Uuid,
    /// As it is on record.
    pub subject: Subject,
    /// How many contacts are about it.
    pub contacts: i64,
}

/// At most 20 subjects whose name or address resembles `words`, best first.
pub async fn search(
    connection: &mut PgConnection,
    words: &Personal<String>,
    kind: Option<SubjectKind>,
) -> Result<Vec<FoundSubject>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, kind AS "kind: SubjectKind", name, description, address,
               (SELECT count(*) FROM intake.contact_subject WHERE subject_id = subject.id) AS "contacts!"
        FROM intake.subject
        WHERE $1 OPERATOR(public.<%) (name || ' ' || address) AND ($2::intake.subject_kind IS NULL OR kind = $2)
        ORDER BY public.word_similarity($1, name || ' ' || address) DESC, name, id
        LIMIT 20
        "#,
        words.open(),
        kind as Option<SubjectKind>,
    )
    .fetch_all(connection)
    .await?;
    let found = rows.into_iter().map(|row| FoundSubject {
        id: row.id,
        subject: Subject {
            kind: row.kind,
            name: Personal::new(row.name),
            description: Personal::new(row.description),
            address: Personal::new(row.address),
        },
        contacts: row.contacts,
    });
    Ok(found.collect())
}

/// A contact about a subject.
pub struct About {
    /// The contact.
    pub contact: Uuid,
    /// Its short reference.
    pub reference: String,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its children whom the subject concerns.
    pub child_ids: Vec<Uuid>,
}

/// The contacts about a subject, the latest first, from behind this one; at most `limit`.
pub async fn contacts(
    connection: &mut PgConnection,
    subject: Uuid,
    behind: Option<(Timestamp, Uuid)>,
    limit: i64,
) -> Result<Vec<About>, sqlx::Error> {
    let (behind, behind_id) = behind.unzip();
    let rows = sqlx::query!(
        r#"
        SELECT contact.id, reference, received_at,
               ARRAY(SELECT child.id FROM unnest(child_ids) WITH ORDINALITY AS linked (id, turn)
                     JOIN intake.child USING (id) WHERE child.contact_id = contact.id ORDER BY turn) AS "child_ids!"
        FROM intake.contact_subject JOIN intake.contact ON id = contact_id
        WHERE subject_id = $1
          AND ($2::timestamptz IS NULL OR received_at < $2 OR (received_at = $2 AND contact.id > $3))
        ORDER BY received_at DESC, contact.id
        LIMIT $4
        "#,
        subject,
        behind.map(|at| at.to_sqlx()) as _,
        behind_id,
        limit,
    )
    .fetch_all(connection)
    .await?;
    let about = rows.into_iter().map(|row| About {
        contact: row.id,
        reference: row.reference,
        received_at: row.received_at.to_jiff(),
        child_ids: row.child_ids,
    });
    Ok(about.collect())
}
