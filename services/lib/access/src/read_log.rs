//! The read log: who read what of which child's record, when and why (R61).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::caller::Caller;

/// One answer that shows something of a child's record.
pub struct Read<'a> {
    /// When (UTC).
    pub at: Timestamp,
    /// Who reads, and through which system.
    pub caller: &'a Caller,
    /// The RPC as policies name it, for example `IntakeService.GetContact`.
    pub action: &'a str,
    /// The records and children that the answer shows; at least one.
    pub subjects: &'a [Uuid],
    /// Code of the purpose that the reader gave; not empty.
    pub purpose: &'a str,
    /// Names of the fields shown, never their values (R62).
    pub fields: &'a [&'a str],
}

/// Writes the read into the reader's own transaction (R61): the answer is sent
/// after the commit, so there is no answer without its row.
///
/// # Errors
/// The row could not be written, or lacks a subject or a purpose; the read must
/// then not be answered.
pub async fn log_read(conn: &mut PgConnection, read: &Read<'_>) -> Result<(), sqlx::Error> {
    let fields: Vec<String> = read.fields.iter().map(|field| (*field).to_owned()).collect();
    sqlx::query!(
        "INSERT INTO access.read_log (at, actor, via, action, subjects, purpose, fields)
         VALUES ($1, $2, $3, $4, $5, $6, $7)",
        read.at.to_sqlx() as _,
        read.caller.actor(),
        read.caller.via(),
        read.action,
        read.subjects,
        read.purpose,
        &fields,
    )
    .execute(conn)
    .await?;
    Ok(())
}
