//! Clocks, their ends, and whether a check was seen.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::clock::{ClockEnd, ClockKind, ClockState, Ending, NewClock, Rag};

/// A clock as it is kept.
#[derive(Clone, Debug)]
pub struct ClockRow {
    /// Its id.
    pub id: Uuid,
    /// The contact.
    pub contact_id: Uuid,
    /// What it is about.
    pub kind: ClockKind,
    /// Where it stands.
    pub state: ClockState,
    /// When it began.
    pub started_at: jiff_sqlx::Timestamp,
    /// When it runs out.
    pub deadline: jiff_sqlx::Timestamp,
    /// When it ended.
    pub ended_at: Option<jiff_sqlx::Timestamp>,
    /// For a check: how urgent.
    pub rag: Option<Rag>,
    /// For a check: code of the agency.
    pub agency: Option<String>,
}

/// Adds a clock; false where it is there already.
pub async fn insert(connection: &mut PgConnection, clock: &NewClock) -> Result<bool, sqlx::Error> {
    let inserted = sqlx::query!(
        r#"
        INSERT INTO deadlines.clock
            (id, contact_id, kind, started_at, deadline, protocol_version, rag, agency)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8)
        ON CONFLICT DO NOTHING
        "#,
        clock.id,
        clock.contact,
        clock.kind as ClockKind,
        clock.started_at.to_sqlx() as _,
        clock.deadline.to_sqlx() as _,
        clock.protocol_version,
        clock.rag as Option<Rag>,
        clock.agency,
    )
    .execute(connection)
    .await?;
    Ok(inserted.rows_affected() == 1)
}

/// The clocks of a contact, by deadline.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<ClockRow>, sqlx::Error> {
    sqlx::query_as!(
        ClockRow,
        r#"
        SELECT id, contact_id, kind AS "kind: ClockKind", state AS "state: ClockState", started_at, deadline,
               ended_at, rag AS "rag: Rag", agency
        FROM deadlines.clock
        WHERE contact_id = $1
        ORDER BY deadline, id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await
}

/// The clocks of one kind on a contact that have not ended.
pub async fn unended_of_kind(
    connection: &mut PgConnection,
    contact: Uuid,
    kind: ClockKind,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        "SELECT id FROM deadlines.clock WHERE contact_id = $1 AND kind = $2 AND ended_at IS NULL ORDER BY id",
        contact,
        kind as ClockKind,
    )
    .fetch_all(connection)
    .await
}

/// Moves a clock to its next revision, for an event that tells of it.
pub async fn next_revision(connection: &mut PgConnection, id: Uuid) -> Result<i64, sqlx::Error> {
    sqlx::query_scalar!(
        "UPDATE deadlines.clock SET revision = revision + 1 WHERE id = $1 RETURNING revision",
        id
    )
    .fetch_one(connection)
    .await
}

/// A running clock has run out.
pub async fn set_late(connection: &mut PgConnection, id: Uuid) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE deadlines.clock SET state = 'late' WHERE id = $1 AND state = 'running'",
        id
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// A clock has ended.
pub async fn set_ended(
    connection: &mut PgConnection,
    id: Uuid,
    state: ClockState,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE deadlines.clock SET state = $2, ended_at = $3 WHERE id = $1 AND ended_at IS NULL",
        id,
        state as ClockState,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Keeps an end as it was heard, also where its clock is not there yet. The first one
/// heard of a clock counts.
pub async fn keep_end(connection: &mut PgConnection, end: &ClockEnd) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO deadlines.clock_end (clock_id, ended_at, ending) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING",
        end.clock,
        end.at.to_sqlx() as _,
        end.ending as Ending,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The end of a clock, where it has been heard.
pub async fn kept_end(
    connection: &mut PgConnection,
    clock: Uuid,
) -> Result<Option<ClockEnd>, sqlx::Error> {
    let row = sqlx::query!(
        r#"SELECT ended_at, ending AS "ending: Ending" FROM deadlines.clock_end WHERE clock_id = $1"#,
        clock
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| ClockEnd { clock, at: row.ended_at.to_jiff(), ending: row.ending }))
}

/// Notes that the check of a clock was seen at the agency.
pub async fn note_seen(
    connection: &mut PgConnection,
    clock: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "INSERT INTO deadlines.clock_seen (clock_id, seen_at) VALUES ($1, $2) ON CONFLICT DO NOTHING",
        clock,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
