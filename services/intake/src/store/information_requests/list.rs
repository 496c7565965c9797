//! Requests by codes and times: the worklist, and one line of it.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::information_request::{Kind, Verification, state::State};

/// A request by codes and times.
pub struct Line {
    /// Its id.
    pub id: Uuid,
    /// Its short reference.
    pub reference: String,
    /// How often it has changed.
    pub revision: i64,
    /// Which kind.
    pub kind: Kind,
    /// Its state.
    pub state: State,
    /// When it was received.
    pub received_at: jiff_sqlx::Timestamp,
    /// When it is due: the answer, or the receipt.
    pub deadline: jiff_sqlx::Timestamp,
    /// A manager has set the date, or it is not a manager's to set.
    pub dated: bool,
    /// From another country.
    pub is_foreign: bool,
    /// Somebody it is about has an open case, as it was looked at last (R54).
    pub open_case: bool,
    /// How it was made sure who asks.
    pub verification: Option<Verification>,
}

/// Where a stretch begins: right behind this line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Whether that line is dated.
    pub dated: bool,
    /// Its deadline.
    pub deadline: Timestamp,
    /// Its id.
    pub id: Uuid,
}

/// At most `most` requests in these states: those that a manager must date first (R55),
/// then by the nearest deadline.
pub async fn page(
    connection: &mut PgConnection,
    states: &[State],
    behind: Option<Behind>,
    most: i64,
) -> Result<Vec<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"
        WITH line AS (
            SELECT *, (kind NOT IN ('urgent_child_protection', 'court') OR dated_by IS NOT NULL
                       OR state <> 'received') AS dated
            FROM intake.information_request
            WHERE state = ANY($1)
        )
        SELECT id, reference, revision, kind AS "kind: Kind", state AS "state: State", received_at, deadline,
               dated AS "dated!", is_foreign, open_case, verification AS "verification: Verification"
        FROM line
        WHERE $2::boolean IS NULL OR (dated, deadline, id) > ($2, $3::timestamptz, $4::uuid)
        ORDER BY dated, deadline, id
        LIMIT $5
        "#,
        states as &[State],
        behind.map(|behind| behind.dated),
        behind.map(|behind| behind.deadline.to_sqlx()) as _,
        behind.map(|behind| behind.id),
        most,
    )
    .fetch_all(connection)
    .await
}

/// A request by codes and times.
pub async fn find(connection: &mut PgConnection, id: Uuid) -> Result<Option<Line>, sqlx::Error> {
    sqlx::query_as!(
        Line,
        r#"
        SELECT id, reference, revision, kind AS "kind: Kind", state AS "state: State", received_at, deadline,
               (kind NOT IN ('urgent_child_protection', 'court') OR dated_by IS NOT NULL
                OR state <> 'received') AS "dated!",
               is_foreign, open_case, verification AS "verification: Verification"
        FROM intake.information_request
        WHERE id = $1
        "#,
        id
    )
    .fetch_optional(connection)
    .await
}
