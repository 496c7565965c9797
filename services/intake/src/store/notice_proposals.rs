//! What is proposed of notices, as the register shows who their children are (R8, R14).

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::notice::{KnownFrom, Priority, Proposal, Reason};

/// A notice whose priority nobody has confirmed.
pub struct Proposed {
    /// Its id.
    pub id: Uuid,
    /// How often it has changed.
    pub revision: i64,
    /// The contact that was made of it.
    pub contact: Uuid,
    /// When it was received.
    pub received_at: Timestamp,
    /// What is proposed.
    pub proposal: Proposal,
}

/// The notices about these children whose priority nobody has confirmed, in the order of their
/// ids.
pub async fn of_children(
    connection: &mut PgConnection,
    children: &[Uuid],
) -> Result<Vec<Proposed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, revision, contact_id, received_at AS "received_at: jiff_sqlx::Timestamp",
               proposed AS "proposed: Priority", reasons AS "reasons: Vec<Reason>"
        FROM intake.notice
        WHERE confirmed_at IS NULL
          AND contact_id IN (SELECT contact_id FROM intake.child WHERE id = ANY ($1))
        ORDER BY id
        "#,
        children,
    )
    .fetch_all(connection)
    .await?;
    let notices = rows.into_iter().map(|row| Proposed {
        id: row.id,
        revision: row.revision,
        contact: row.contact_id,
        received_at: row.received_at.to_jiff(),
        proposal: Proposal { priority: row.proposed, reasons: row.reasons },
    });
    Ok(notices.collect())
}

/// What the register shows of the children of a notice.
pub struct Shown {
    id: Uuid,
    earlier: bool,
    in_batch: bool,
    possibly: bool,
}

impl From<Shown> for (Uuid, KnownFrom) {
    fn from(shown: Shown) -> Self {
        let Shown { id, earlier, in_batch, possibly } = shown;
        (id, KnownFrom { in_batch, earlier, possibly })
    }
}

/// What the register shows of the children of these notices. Each comes with the instant since
/// which earlier contacts count; those that were received later are none (R13), and of two of
/// one instant the one with the smaller id came first. Of the notices of one batch, which are
/// often about people who are alike, only what is certain or confirmed is a repeat.
pub async fn shown(
    connection: &mut PgConnection,
    notices: &[Uuid],
    since: &[Timestamp],
) -> Result<Vec<Shown>, sqlx::Error> {
    let since: Vec<jiff_sqlx::Timestamp> = since.iter().map(|at| at.to_sqlx()).collect();
    sqlx::query_as!(
        Shown,
        r#"
        WITH RECURSIVE this AS (
            SELECT notice.id, since, contact_id, contact.received_at, sender, batch_id, number
            FROM unnest($1::uuid[], $2::timestamptz[]) AS asked (notice_id, since)
            JOIN intake.notice ON notice.id = asked.notice_id JOIN intake.contact ON contact.id = contact_id
        ),
        about AS (
            SELECT this.id AS notice_id, child.id, nhs_number FROM this JOIN intake.child USING (contact_id)
        ),
        human (asked, person_id) AS (
            SELECT id, id FROM about UNION
            SELECT asked, linked_id FROM human JOIN intake.link USING (person_id)
        ),
        same (notice_id, contact_id) AS (
            SELECT notice_id, child.contact_id
            FROM about JOIN human ON asked = about.id JOIN intake.child ON child.id = person_id
            UNION
            SELECT notice_id, adult.contact_id
            FROM about JOIN human ON asked = about.id JOIN intake.adult ON adult.id = person_id
            UNION
            SELECT notice_id, child.contact_id FROM about JOIN intake.child USING (nhs_number)
        ),
        possible (notice_id, person_id) AS (
            SELECT notice_id, other FROM about JOIN intake.match ON one = about.id WHERE state = 'proposed'
            UNION
            SELECT notice_id, one FROM about JOIN intake.match ON other = about.id WHERE state = 'proposed'
        ),
        possibly (notice_id, contact_id) AS (
            SELECT notice_id, COALESCE(child.contact_id, adult.contact_id)
            FROM possible JOIN intake.person ON person.id = person_id
            LEFT JOIN intake.child ON child.id = person.child_id
            LEFT JOIN intake.adult ON adult.id = person.adult_id
        ),
        earlier (notice_id, contact_id) AS (
            SELECT this.id, contact.id
            FROM this
            JOIN (TABLE same UNION TABLE possibly) AS found ON found.notice_id = this.id
            JOIN intake.contact ON contact.id = found.contact_id
            WHERE contact.received_at >= since
              AND (contact.received_at, contact.id) < (this.received_at, this.contact_id)
              AND NOT EXISTS (
                SELECT FROM intake.notice AS beside WHERE beside.contact_id = contact.id
                    AND beside.sender = this.sender AND beside.batch_id = this.batch_id
            )
        )
        SELECT this.id AS "id!",
            EXISTS (SELECT FROM same JOIN earlier USING (notice_id, contact_id) WHERE notice_id = this.id) AS "earlier!",
            EXISTS (
                SELECT FROM same JOIN intake.notice AS beside USING (contact_id)
                WHERE notice_id = this.id AND beside.sender = this.sender
                  AND beside.batch_id = this.batch_id AND beside.number < this.number
            ) AS "in_batch!",
            EXISTS (
                SELECT FROM possibly LEFT JOIN earlier USING (notice_id, contact_id)
                WHERE notice_id = this.id AND (contact_id IS NULL OR earlier.contact_id IS NOT NULL)
            ) AS "possibly!"
        FROM this
        "#,
        notices,
        &since as _,
    )
    .fetch_all(connection)
    .await
}

/// Puts what is proposed of a notice now, which is at `revision` then; answers whether it did:
/// not where a person has confirmed its priority meanwhile.
pub async fn put(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    proposal: &Proposal,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.notice
        SET revision = $2, proposed = $3, reasons = $4
        WHERE id = $1 AND revision = $2::bigint - 1 AND confirmed_at IS NULL
        "#,
        id,
        revision,
        proposal.priority as Priority,
        &proposal.reasons as &[Reason],
    )
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}
