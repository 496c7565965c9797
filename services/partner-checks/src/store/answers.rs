//! What came back: answers (R40) and risk flags (R41). Rows are added and never
//! changed.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::answer::{Extent, NewAnswer};

/// An answer on record.
pub struct AnswerRow {
    /// Its id.
    pub id: Uuid,
    /// The check.
    pub check: Uuid,
    /// When it was received.
    pub received_at: Timestamp,
    /// It came after the deadline.
    pub late: bool,
    /// The answer as it came, encoded.
    pub content: Personal<Vec<u8>>,
}

/// A risk flag on record.
pub struct FlagRow {
    /// Its id.
    pub id: Uuid,
    /// The check.
    pub check: Uuid,
    /// When it was received.
    pub received_at: Timestamp,
    /// What raises the risk.
    pub reason: Personal<String>,
}

/// What an agency sent, whatever it is.
pub struct Received {
    /// Its id.
    pub id: Uuid,
    /// The check.
    pub check: Uuid,
    /// The revision to which the check came with it.
    pub revision: i64,
    /// When.
    pub at: Timestamp,
}

/// Adds an answer.
pub async fn insert(
    connection: &mut PgConnection,
    received: &Received,
    answer: &NewAnswer,
    late: bool,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.answer
            (id, check_id, revision, extent, nothing_held, late, received_at, content)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        received.id,
        received.check,
        received.revision,
        answer.extent as Extent,
        answer.nothing_held,
        late,
        received.at.to_sqlx() as _,
        answer.content.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds a risk flag.
pub async fn insert_flag(
    connection: &mut PgConnection,
    received: &Received,
    reason: &Personal<String>,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO partner_checks.risk_flag (id, check_id, revision, received_at, reason)
        VALUES ($1, $2, $3, $4, $5)
        "#,
        received.id,
        received.check,
        received.revision,
        received.at.to_sqlx() as _,
        reason.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The answers to the checks of a contact, in the order they came.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<AnswerRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT answer.id, answer.check_id, answer.received_at, answer.late, answer.content
        FROM partner_checks.answer
        JOIN partner_checks.requested_check AS asked ON asked.id = answer.check_id
        WHERE asked.contact_id = $1
        ORDER BY answer.check_id, answer.revision
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let answers = rows.into_iter().map(|row| AnswerRow {
        id: row.id,
        check: row.check_id,
        received_at: row.received_at.to_jiff(),
        late: row.late,
        content: Personal::new(row.content),
    });
    Ok(answers.collect())
}

/// The risk flags on the checks of a contact, in the order they came.
pub async fn flags_of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<FlagRow>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT flag.id, flag.check_id, flag.received_at, flag.reason
        FROM partner_checks.risk_flag AS flag
        JOIN partner_checks.requested_check AS asked ON asked.id = flag.check_id
        WHERE asked.contact_id = $1
        ORDER BY flag.check_id, flag.revision
        "#,
        contact
    )
    .fetch_all(connection)
    .await?;
    let flags = rows.into_iter().map(|row| FlagRow {
        id: row.id,
        check: row.check_id,
        received_at: row.received_at.to_jiff(),
        reason: Personal::new(row.reason),
    });
    Ok(flags.collect())
}
