//! Questions of the remit (R3).

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    clock::Running,
    remit::{Answered, Question, RemitAnswer, RemitReason},
};

/// Adds a question, without an answer.
pub async fn insert(connection: &mut PgConnection, question: &Question) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.remit_question (id, revision, contact_id, raised_at, clock_id, due_at)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        question.id,
        question.revision,
        question.contact,
        question.raised_at.to_sqlx() as _,
        question.clock.id,
        question.clock.due_at.to_sqlx() as _,
    )
    .execute(&mut *connection)
    .await?;
    put_reasons(connection, question.id, &question.reasons).await
}

/// Puts what is in question after a correction in the stead of what was. The question moves on:
/// who decides on what was read before is refused.
pub async fn change_reasons(
    connection: &mut PgConnection,
    question: Uuid,
    reasons: &[(Uuid, RemitReason)],
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE intake.remit_question SET revision = revision + 1 WHERE id = $1 AND answer IS NULL",
        question,
    )
    .execute(&mut *connection)
    .await?;
    one_row(&updated)?;
    put_reasons(connection, question, reasons).await
}

/// Puts another clock in the stead of a question's, which is raised at another instant then
/// (R13). The question moves on, as with other reasons.
pub async fn retime(
    connection: &mut PgConnection,
    question: Uuid,
    (raised_at, clock): (Timestamp, Running),
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.remit_question SET revision = revision + 1, raised_at = $2, clock_id = $3, due_at = $4
        WHERE id = $1 AND answer IS NULL
        "#,
        question,
        raised_at.to_sqlx() as _,
        clock.id,
        clock.due_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

async fn put_reasons(
    connection: &mut PgConnection,
    question: Uuid,
    reasons: &[(Uuid, RemitReason)],
) -> Result<(), sqlx::Error> {
    sqlx::query!("DELETE FROM intake.remit_question_reason WHERE question_id = $1", question)
        .execute(&mut *connection)
        .await?;
    for (child, reason) in reasons {
        sqlx::query!(
            "INSERT INTO intake.remit_question_reason (question_id, child_id, reason) VALUES ($1, $2, $3)",
            question,
            child,
            *reason as RemitReason,
        )
        .execute(&mut *connection)
        .await?;
    }
    Ok(())
}

/// Its own row.
struct Row {
    id: Uuid,
    revision: i64,
    contact_id: Uuid,
    raised_at: jiff_sqlx::Timestamp,
    clock_id: Uuid,
    due_at: jiff_sqlx::Timestamp,
    child_ids: Vec<Uuid>,
    reasons: Vec<RemitReason>,
}

impl From<Row> for Question {
    fn from(row: Row) -> Self {
        Self {
            id: row.id,
            revision: row.revision,
            contact: row.contact_id,
            raised_at: row.raised_at.to_jiff(),
            clock: Running { id: row.clock_id, due_at: row.due_at.to_jiff() },
            reasons: row.child_ids.into_iter().zip(row.reasons).collect(),
        }
    }
}

/// Every question that a contact raised, the latest last, with its answer.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Answered>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, revision, contact_id, raised_at, clock_id, due_at,
               answer AS "answer: RemitAnswer", answered_at, answered_by, words,
               ARRAY(SELECT child_id FROM intake.remit_question_reason
                     WHERE question_id = id ORDER BY child_id, reason) AS "child_ids!",
               ARRAY(SELECT reason FROM intake.remit_question_reason
                     WHERE question_id = id ORDER BY child_id, reason) AS "reasons!: Vec<RemitReason>"
        FROM intake.remit_question
        WHERE contact_id = $1
        ORDER BY raised_at, id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let all = rows.into_iter().map(|row| Answered {
        answer: (row.answer.zip(row.answered_at).zip(row.answered_by)).map(|((answer, at), by)| {
            (answer, at.to_jiff(), by, Personal::new(row.words.unwrap_or_default()))
        }),
        question: Question::from(Row {
            id: row.id,
            revision: row.revision,
            contact_id: row.contact_id,
            raised_at: row.raised_at,
            clock_id: row.clock_id,
            due_at: row.due_at,
            child_ids: row.child_ids,
            reasons: row.reasons,
        }),
    });
    Ok(all.collect())
}

/// Locks a question that has no answer; whether it is there, and at which revision.
pub async fn lock_open(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Question>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, raised_at, clock_id, due_at,
               ARRAY(SELECT child_id FROM intake.remit_question_reason
                     WHERE question_id = id ORDER BY child_id, reason) AS "child_ids!",
               ARRAY(SELECT reason FROM intake.remit_question_reason
                     WHERE question_id = id ORDER BY child_id, reason) AS "reasons!: Vec<RemitReason>"
        FROM intake.remit_question
        WHERE id = $1 AND answer IS NULL
        FOR UPDATE
        "#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(Question::from))
}

/// Answers a question, which is at `revision` then.
pub async fn answer(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    (answer, words): (RemitAnswer, &Personal<String>),
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.remit_question
        SET revision = $2, answer = $3, words = $4, answered_by = $5, answered_at = $6
        WHERE id = $1 AND revision = $2::bigint - 1 AND answer IS NULL
        "#,
        id,
        revision,
        answer as RemitAnswer,
        words.open(),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// The questions with these ids, in the order of the ids.
pub async fn with_ids(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<Question>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, raised_at, clock_id, due_at,
               ARRAY(SELECT child_id FROM intake.remit_question_reason
                     WHERE question_id = id ORDER BY child_id, reason) AS "child_ids!",
               ARRAY(SELECT reason FROM intake.remit_question_reason
                     WHERE question_id = id ORDER BY child_id, reason) AS "reasons!: Vec<RemitReason>"
        FROM intake.remit_question
        WHERE id = ANY ($1)
        ORDER BY array_position($1, id)
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(Question::from).collect())
}
