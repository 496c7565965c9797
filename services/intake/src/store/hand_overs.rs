//! Hand-overs between the hub and the Emergency Duty Team.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    clock::Running,
    hand_over::{Content, Direction, HandOver, Taken, UndoneReceipt},
};

/// Adds a hand-over that nobody has taken.
pub async fn insert(
    connection: &mut PgConnection,
    hand_over: &HandOver,
) -> Result<(), sqlx::Error> {
    let (words, acted_at, left_to_do) = match &hand_over.content {
        Content::Automatic => (None, None, None),
        Content::Asked(words) => (Some(words), None, None),
        Content::Done { acted_at, done, left_to_do } => {
            (Some(done), Some(*acted_at), Some(left_to_do))
        }
    };
    sqlx::query!(
        r#"
        INSERT INTO intake.hand_over
            (id, revision, contact_id, direction, automatic, made_at, made_by, words, acted_at, left_to_do,
             clock_id, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, COALESCE($8, ''), $9, COALESCE($10, ''), $11, $12)
        "#,
        hand_over.id,
        hand_over.revision,
        hand_over.contact,
        hand_over.content.direction() as Direction,
        words.is_none(),
        hand_over.made_at.to_sqlx() as _,
        hand_over.made_by,
        words.map(Personal::open),
        acted_at.map(|at| at.to_sqlx()) as _,
        left_to_do.map(Personal::open),
        hand_over.clock.id,
        hand_over.clock.due_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A hand-over's own row.
struct Row {
    id: Uuid,
    revision: i64,
    contact_id: Uuid,
    automatic: bool,
    made_at: jiff_sqlx::Timestamp,
    made_by: String,
    words: String,
    acted_at: Option<jiff_sqlx::Timestamp>,
    left_to_do: String,
    clock_id: Uuid,
    due_at: jiff_sqlx::Timestamp,
    taken_at: Option<jiff_sqlx::Timestamp>,
    taken_by: Option<String>,
    review: Option<String>,
}

impl From<Row> for HandOver {
    fn from(row: Row) -> Self {
        let words = Personal::new(row.words);
        let content = match row.acted_at {
            Some(acted_at) => Content::Done {
                acted_at: acted_at.to_jiff(),
                done: words,
                left_to_do: Personal::new(row.left_to_do),
            },
            None if row.automatic => Content::Automatic,
            None => Content::Asked(words),
        };
        let review = row.review.map(Personal::new);
        let taken = row.taken_at.zip(row.taken_by);
        Self {
            id: row.id,
            revision: row.revision,
            contact: row.contact_id,
            content,
            made_at: row.made_at.to_jiff(),
            made_by: row.made_by,
            clock: Running { id: row.clock_id, due_at: row.due_at.to_jiff() },
            taken: taken.map(|(at, by)| Taken { at: at.to_jiff(), by, review }),
        }
    }
}

/// Locks a hand-over.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<HandOver>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, automatic, made_at, made_by, words, acted_at, left_to_do, clock_id,
               due_at, taken_at, taken_by, review
        FROM intake.hand_over
        WHERE id = $1
        FOR UPDATE
        "#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(HandOver::from))
}

/// Notes that the other side has taken a hand-over, which is at `revision` then.
pub async fn take(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    review: Option<&Personal<String>>,
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.hand_over
        SET revision = $2, review = $3, taken_by = $4, taken_at = $5
        WHERE id = $1 AND revision = $2::bigint - 1 AND taken_at IS NULL
        "#,
        id,
        revision,
        review.map(Personal::open),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Takes a receipt of the team away, of a hand-over that is at `revision` then and runs by
/// another clock, and keeps that there was one.
pub async fn undo_receipt(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    clock: Running,
    undone: &UndoneReceipt,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.hand_over
        SET revision = $2, taken_by = NULL, taken_at = NULL, clock_id = $3, due_at = $4
        WHERE id = $1 AND revision = $2::bigint - 1 AND direction = 'to_edt' AND taken_at IS NOT NULL
        "#,
        id,
        revision,
        clock.id,
        clock.due_at.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    one_row(&updated)?;
    sqlx::query!(
        r#"
        INSERT INTO intake.receipt_undone (hand_over_id, revision, taken_at, taken_by, reason, undone_by, undone_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        id,
        revision,
        undone.taken.at.to_sqlx() as _,
        undone.taken.by,
        undone.reason.open(),
        undone.by,
        undone.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The receipts of these hand-overs that were undone, the earliest first.
pub async fn undone_receipts(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<UndoneReceipt>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT hand_over_id, taken_at, taken_by, reason, undone_by, undone_at
        FROM intake.receipt_undone
        WHERE hand_over_id = ANY ($1)
        ORDER BY hand_over_id, revision
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    let undone = rows.into_iter().map(|row| UndoneReceipt {
        hand_over: row.hand_over_id,
        taken: Taken { at: row.taken_at.to_jiff(), by: row.taken_by, review: None },
        reason: Personal::new(row.reason),
        by: row.undone_by,
        at: row.undone_at.to_jiff(),
    });
    Ok(undone.collect())
}

/// The hand-overs with these ids, in the order of the ids.
pub async fn with_ids(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<HandOver>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, automatic, made_at, made_by, words, acted_at, left_to_do, clock_id, due_at,
               taken_at, taken_by, review
        FROM intake.hand_over
        WHERE id = ANY ($1)
        ORDER BY array_position($1, id)
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(HandOver::from).collect())
}
