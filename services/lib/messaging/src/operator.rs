//! What an operator can see and decide: parked events, how far each follower has
//! come, and how to go on after a log went back. It works on the databases, so that
//! it also serves while a service is down; the follower acts on its marks.

use sqlx::PgPool;
use thiserror::Error;
use uuid::Uuid;

pub use crate::{follower::store::ParkedState, received::Logged as Told};

/// An operator's act that cannot be done.
#[derive(Debug, Error)]
pub enum OperatorError {
    /// There is no such parked event, or it does not wait for a person.
    #[error("no parked event of {source_name} at position {position} waits for a decision")]
    NotParked {
        /// Whose log.
        source_name: String,
        /// Where in it.
        position: i64,
    },
    /// A drop needs a reason.
    #[error("a reason of at least 10 characters is needed")]
    ReasonNeeded,
    /// The log has not gone back.
    #[error("the log of {0} has not gone back for this follower; there is nothing to resync")]
    NotRewound(String),
    /// The database is away.
    #[error("the database failed")]
    Store(#[from] sqlx::Error),
}

/// A parked event, without its payload.
#[derive(Clone, Debug)]
pub struct Parked {
    /// Whose log it stands in.
    pub source: String,
    /// Its position there.
    pub position: i64,
    /// Where it stands.
    pub state: ParkedState,
    /// The event.
    pub event_id: Uuid,
    /// The record that it is about.
    pub aggregate: Uuid,
    /// Full name of its message.
    pub type_name: String,
    /// Why it was parked.
    pub cause: String,
    /// Since when.
    pub parked_at: jiff_sqlx::Timestamp,
}

/// The events of a follower's database that wait for a person, in order.
///
/// # Errors
/// Where the database is away.
pub async fn parked(follower: &PgPool) -> Result<Vec<Parked>, OperatorError> {
    let parked = sqlx::query_as!(
        Parked,
        r#"
        SELECT source, position, state AS "state: ParkedState", event_id, aggregate, type AS type_name,
               cause, parked_at
        FROM messaging.parked
        WHERE state IN ('parked', 'behind', 'retry')
        ORDER BY source, position
        "#
    )
    .fetch_all(follower)
    .await?;
    Ok(parked)
}

/// Marks a parked event to be tried again.
///
/// # Errors
/// `NotParked` where none waits there.
pub async fn retry(follower: &PgPool, source: &str, position: i64) -> Result<(), OperatorError> {
    let marked = sqlx::query!(
        "UPDATE messaging.parked SET state = 'retry' WHERE source = $1 AND position = $2 AND state = 'parked'",
        source,
        position,
    )
    .execute(follower)
    .await?;
    found(marked.rows_affected(), source, position)
}

/// Drops one parked event for good. Those behind it are then tried.
///
/// # Errors
/// `ReasonNeeded`, or `NotParked` where none waits there.
pub async fn drop_event(
    follower: &PgPool,
    source: &str,
    position: i64,
    reason: &str,
) -> Result<(), OperatorError> {
    if reason.trim().chars().count() < 10 {
        return Err(OperatorError::ReasonNeeded);
    }
    let dropped = sqlx::query!(
        r#"
        UPDATE messaging.parked SET state = 'dropped', drop_reason = $3
        WHERE source = $1 AND position = $2 AND state = 'parked'
        "#,
        source,
        position,
        reason,
    )
    .execute(follower)
    .await?;
    found(dropped.rows_affected(), source, position)
}

fn found(rows: u64, source: &str, position: i64) -> Result<(), OperatorError> {
    if rows == 1 {
        return Ok(());
    }
    Err(OperatorError::NotParked { source_name: source.to_owned(), position })
}

/// How a follower stands against the log that it follows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It has applied everything.
    Level,
    /// So many events are still to be applied.
    Behind(i64),
    /// The log is shorter than the cursor, or holds another event at its position.
    Rewound,
}

/// Compares a follower's cursor with the owner's log.
///
/// # Errors
/// Where a database is away.
pub async fn verify(
    owner: &PgPool,
    follower: &PgPool,
    source: &str,
) -> Result<Standing, OperatorError> {
    let cursor = crate::follower::store::cursor(follower, source).await?;
    let mut owner = owner.acquire().await?;
    if cursor.position > 0
        && crate::store::event_at(&mut owner, cursor.position).await? != cursor.event_id
    {
        return Ok(Standing::Rewound);
    }
    let behind = crate::store::head(&mut owner).await? - cursor.position;
    Ok(if behind == 0 { Standing::Level } else { Standing::Behind(behind) })
}

/// What a log promises of itself: positions without a gap up to the head, and each
/// record's revisions without a gap. Answers what is broken; nothing when all is well.
///
/// # Errors
/// Where the database is away.
pub async fn verify_log(owner: &PgPool) -> Result<Vec<String>, OperatorError> {
    let row = sqlx::query!(
        r#"
        SELECT
            (SELECT position FROM messaging.head) AS "head!",
            (SELECT count(*) FROM messaging.position) AS "positions!",
            (SELECT coalesce(max(position), 0) FROM messaging.position) AS "last!",
            (SELECT count(*) FROM (
                SELECT FROM messaging.event GROUP BY aggregate HAVING max(revision) <> count(*)
            ) AS broken) AS "broken_records!",
            (SELECT count(*) FROM messaging.event LEFT JOIN messaging.position USING (number)
                LEFT JOIN messaging.waiting USING (number)
                WHERE position.number IS NULL AND waiting.number IS NULL) AS "lost!"
        "#
    )
    .fetch_one(owner)
    .await?;
    let mut broken = Vec::new();
    if row.head != row.positions || row.head != row.last {
        broken.push(format!(
            "the head is {}, with {} positions up to {}",
            row.head, row.positions, row.last
        ));
    }
    if row.broken_records > 0 {
        broken.push(format!("{} records have a gap in their revisions", row.broken_records));
    }
    if row.lost > 0 {
        broken.push(format!("{} events have no position and wait for none", row.lost));
    }
    Ok(broken)
}

/// Lets a follower go on whose source went back: from the last event that both still
/// know. What the follower applied beyond it stays; what the owner has done anew since
/// then is applied. Events of the lost stretch that were parked are dropped. A log that
/// is whole again is followed from where it was left. A person decides this.
///
/// # Errors
/// `NotRewound` where following has not stopped and the log has not gone back.
pub async fn resync(owner: &PgPool, follower: &PgPool, source: &str) -> Result<i64, OperatorError> {
    let cursor = crate::follower::store::cursor(follower, source).await?;
    let rewound = verify(owner, follower, source).await? == Standing::Rewound;
    if !rewound && !cursor.rewound {
        return Err(OperatorError::NotRewound(source.to_owned()));
    }
    let (position, event_id) = if rewound {
        last_in_common(owner, follower, (source, cursor.position)).await?
    } else {
        (cursor.position, cursor.event_id)
    };
    let mut tx = follower.begin().await?;
    sqlx::query!(
        "DELETE FROM messaging.followed WHERE source = $1 AND position > $2",
        source,
        position
    )
    .execute(&mut *tx)
    .await?;
    sqlx::query!(
        r#"
        UPDATE messaging.parked SET state = 'dropped', drop_reason = 'the log of the source went back'
        WHERE source = $1 AND position > $2 AND state IN ('parked', 'behind', 'retry')
        "#,
        source,
        position,
    )
    .execute(&mut *tx)
    .await?;
    let moved = sqlx::query!(
        r#"
        UPDATE messaging.cursor SET position = $2, event_id = $3, rewound_at = NULL
        WHERE source = $1 AND position = $4
        "#,
        source,
        position,
        event_id,
        cursor.position,
    )
    .execute(&mut *tx)
    .await?;
    if moved.rows_affected() != 1 {
        return Err(sqlx::Error::RowNotFound.into());
    }
    tx.commit().await?;
    Ok(position)
}

/// The last position at which the owner's log and the follower know the same event.
/// Two logs that differ at a position differ at every later one, so it is searched for
/// by halves.
async fn last_in_common(
    owner: &PgPool,
    follower: &PgPool,
    (source, cursor): (&str, i64),
) -> Result<(i64, Option<Uuid>), OperatorError> {
    let mut owner = owner.acquire().await?;
    let head = crate::store::head(&mut owner).await?;
    let (mut common, mut event_id, mut beyond) = (0, None, head.min(cursor) + 1);
    while beyond - common > 1 {
        let middle = common + (beyond - common) / 2;
        let owners = crate::store::event_at(&mut owner, middle).await?;
        let followers = sqlx::query_scalar!(
            "SELECT event_id FROM messaging.followed WHERE source = $1 AND position = $2",
            source,
            middle,
        )
        .fetch_optional(follower)
        .await?;
        if owners.is_some() && owners == followers {
            (common, event_id) = (middle, owners);
        } else {
            beyond = middle;
        }
    }
    Ok((common, event_id))
}

/// At most `limit` events of a log after a position, in order, as an operator watches them
/// go by.
///
/// # Errors
/// Where the database is away.
pub async fn events_after(
    owner: &PgPool,
    position: i64,
    limit: i64,
) -> Result<Vec<Told>, OperatorError> {
    let mut owner = owner.acquire().await?;
    Ok(crate::store::events_after(&mut owner, position, limit).await?)
}
