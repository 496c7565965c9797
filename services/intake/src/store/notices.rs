//! Notices that came in bulk, and their backlog.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::notice::{
    Confirmation, HourFigures, KnownFrom, Listed, Origin, Priority, Proposal, Reason, Unconfirmed,
    Waiting,
};

/// From when until when a contact must have been received to be an earlier one.
pub type Earlier = (Timestamp, Timestamp);

/// Whether an earlier contact is about one of these children, and whether an earlier notice of
/// the same batch is: several are under way at once, and a later one may have been recorded
/// first. The few contacts about them are found first: most contacts are recent, so that
/// looking among the recent ones would mean all.
pub async fn known(
    connection: &mut PgConnection,
    nhs_numbers: &[String],
    (since, until): Earlier,
    origin: &Origin,
) -> Result<KnownFrom, sqlx::Error> {
    sqlx::query_as!(
        KnownFrom,
        r#"
        WITH known AS MATERIALIZED (
            SELECT contact_id FROM intake.child WHERE nhs_number = ANY($1)
        )
        SELECT
            EXISTS (
                SELECT FROM known JOIN intake.contact ON contact.id = contact_id
                WHERE contact.received_at BETWEEN $2 AND $3 AND NOT EXISTS (
                    SELECT FROM intake.notice
                    WHERE notice.contact_id = contact.id AND notice.sender = $4 AND notice.batch_id = $5
                )
            ) AS "earlier!",
            EXISTS (
                SELECT FROM known JOIN intake.notice USING (contact_id)
                WHERE notice.sender = $4 AND notice.batch_id = $5 AND notice.number < $6
            ) AS "in_batch!",
            false AS "possibly!"
        "#,
        nhs_numbers,
        since.to_sqlx() as _,
        until.to_sqlx() as _,
        origin.sender,
        origin.batch,
        origin.number,
    )
    .fetch_one(connection)
    .await
}

/// Adds a notice that nobody has looked at.
pub async fn insert(
    connection: &mut PgConnection,
    (id, contact): (Uuid, Uuid),
    origin: &Origin,
    received_at: Timestamp,
    proposal: &Proposal,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.notice
            (id, revision, contact_id, sender, batch_id, number, received_at, proposed, reasons)
        VALUES ($1, 1, $2, $3, $4, $5, $6, $7, $8)
        "#,
        id,
        contact,
        origin.sender,
        origin.batch,
        origin.number,
        received_at.to_sqlx() as _,
        proposal.priority as Priority,
        &proposal.reasons as &[Reason],
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Puts when the notice of a contact was received in the place of what its list and backlog
/// went by, after a correction of the contact (R13, R14); a contact that came alone has none.
/// What was proposed of it stays as it was proposed.
pub async fn set_received(
    connection: &mut PgConnection,
    contact: Uuid,
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        "UPDATE intake.notice SET received_at = $2 WHERE contact_id = $1",
        contact,
        at.to_sqlx() as _
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The contact that was made of a notice.
pub async fn contact_of(
    connection: &mut PgConnection,
    notice: Uuid,
) -> Result<Option<Uuid>, sqlx::Error> {
    sqlx::query_scalar!("SELECT contact_id FROM intake.notice WHERE id = $1", notice)
        .fetch_optional(connection)
        .await
}

/// Locks a notice; its contact is locked before it.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<Unconfirmed>, sqlx::Error> {
    sqlx::query_as!(
        Unconfirmed,
        r#"
        SELECT revision, contact_id, proposed AS "proposed: Priority", confirmed AS "confirmed: Priority"
        FROM intake.notice
        WHERE id = $1
        FOR UPDATE
        "#,
        id,
    )
    .fetch_optional(connection)
    .await
}

/// What the last person who looked at the notice of a contact said of it; nothing of one that
/// nobody has looked at, or of a contact that came alone.
pub async fn confirmed_of(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Option<Priority>, sqlx::Error> {
    let confirmed = sqlx::query_scalar!(
        r#"SELECT confirmed AS "confirmed: Priority" FROM intake.notice WHERE contact_id = $1"#,
        contact,
    )
    .fetch_optional(connection)
    .await?;
    Ok(confirmed.flatten())
}

/// Adds what a person says of a notice, which is at `revision` then.
pub async fn insert_confirmation(
    connection: &mut PgConnection,
    (notice, revision): (Uuid, i64),
    confirmation: &Confirmation,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.notice_confirmation
            (id, notice_id, revision, priority, reason, confirmed_by, confirmed_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        "#,
        confirmation.id,
        notice,
        revision,
        confirmation.priority as Priority,
        confirmation.reason.as_ref().map(Personal::open),
        confirmation.by,
        confirmation.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Makes what a person says of a notice the current word on it, which is at `revision`
/// then. When one said so first stays, for the backlog.
pub async fn confirm(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    confirmation: &Confirmation,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.notice
        SET revision = $2, confirmed = $3, confirm_reason = $4, confirmed_by = $5,
            confirmed_at = COALESCE(confirmed_at, $6)
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        confirmation.priority as Priority,
        confirmation.reason.as_ref().map(Personal::open),
        confirmation.by,
        confirmation.at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// A place on the list, behind which a page begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Behind {
    /// Whether somebody has looked at the notice there.
    pub confirmed: bool,
    /// Its priority: the confirmed one, or else the proposed one.
    pub priority: Priority,
    /// When it was received.
    pub received_at: Timestamp,
    /// Its id.
    pub id: Uuid,
}

/// At most `limit` notices of the list behind a place, with the children that each is
/// about, for the read log.
pub async fn page(
    connection: &mut PgConnection,
    behind: Option<Behind>,
    limit: i64,
) -> Result<Vec<(Listed, Vec<Uuid>)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT notice.id, notice.revision, notice.contact_id, contact.reference, notice.batch_id,
               notice.number, contact.referral_source, notice.received_at,
               notice.proposed AS "proposed: Priority", notice.reasons AS "reasons: Vec<Reason>",
               notice.confirmed AS "confirmed: Priority", notice.confirmed_at,
               ARRAY(SELECT child.id FROM intake.child WHERE child.contact_id = contact.id ORDER BY place)
                   AS "children!"
        FROM intake.notice JOIN intake.contact ON contact.id = notice.contact_id
        WHERE $1::boolean IS NULL
            OR ((confirmed_at IS NOT NULL), COALESCE(confirmed, proposed), notice.received_at, notice.id)
                > ($1, $2::intake.notice_priority, $3::timestamptz, $4::uuid)
        ORDER BY (confirmed_at IS NOT NULL), COALESCE(confirmed, proposed), notice.received_at, notice.id
        LIMIT $5
        "#,
        behind.map(|behind| behind.confirmed),
        behind.map(|behind| behind.priority) as Option<Priority>,
        behind.map(|behind| behind.received_at.to_sqlx()) as _,
        behind.map(|behind| behind.id),
        limit,
    )
    .fetch_all(connection)
    .await?;
    let notices = rows.into_iter().map(|row| {
        let listed = Listed {
            id: row.id,
            revision: row.revision,
            contact: row.contact_id,
            reference: row.reference,
            batch: row.batch_id,
            number: row.number,
            referral_source: row.referral_source,
            received_at: row.received_at.to_jiff(),
            proposal: Proposal { priority: row.proposed, reasons: row.reasons },
            confirmed: row
                .confirmed
                .zip(row.confirmed_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff())),
        };
        (listed, row.children)
    });
    Ok(notices.collect())
}

/// What nobody has looked at, for each priority of which something waits.
pub async fn waiting(connection: &mut PgConnection) -> Result<Vec<Waiting>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT proposed AS "proposed: Priority", count(*) AS "waiting!", min(received_at) AS oldest
        FROM intake.notice
        WHERE confirmed_at IS NULL
        GROUP BY proposed
        "#
    )
    .fetch_all(connection)
    .await?;
    let waiting = rows.into_iter().map(|row| Waiting {
        priority: row.proposed,
        number: row.waiting,
        oldest: row.oldest.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
    });
    Ok(waiting.collect())
}

/// How many notices were received, and looked at first, in each hour since an instant.
pub async fn hours_since(
    connection: &mut PgConnection,
    since: Timestamp,
) -> Result<Vec<HourFigures>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT hour AS "hour!", sum(received)::bigint AS "received!", sum(confirmed)::bigint AS "confirmed!"
        FROM (
            SELECT date_trunc('hour', received_at) AS hour, count(*) AS received, 0 AS confirmed
            FROM intake.notice
            WHERE received_at >= $1
            GROUP BY 1
            UNION ALL
            SELECT date_trunc('hour', confirmed_at), 0, count(*)
            FROM intake.notice
            WHERE confirmed_at >= $1
            GROUP BY 1
        ) AS counted
        GROUP BY hour
        "#,
        since.to_sqlx() as _,
    )
    .fetch_all(connection)
    .await?;
    let hours = rows.into_iter().map(|row| HourFigures {
        hour: row.hour.to_jiff(),
        received: row.received,
        confirmed: row.confirmed,
    });
    Ok(hours.collect())
}
