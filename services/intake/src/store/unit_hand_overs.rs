//! Children with an open case, who are passed to the unit that holds it (R9).

use std::collections::BTreeMap;

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    clock::Running,
    hand_over::SecureWay,
    receipt::Receipt,
    referrer_hears::ReferrerShown,
    unit_hand_over::{Begun, Passed, TakenBack, UnitHandOver},
};

/// Adds a hand-over of which the unit was not told yet.
pub async fn insert(
    connection: &mut PgConnection,
    hand_over: &UnitHandOver,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.unit_hand_over
            (id, revision, contact_id, child_ids, unit, found_at, pass_clock_id, pass_due_at, pass_started_at,
             begun_by, begun_reason)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
        "#,
        hand_over.id,
        hand_over.revision,
        hand_over.contact,
        &hand_over.children,
        hand_over.unit,
        hand_over.found_at.to_sqlx() as _,
        hand_over.passing.id,
        hand_over.passing.due_at.to_sqlx() as _,
        hand_over.passing_from.to_sqlx() as _,
        hand_over.begun.as_ref().map(|begun| begun.by.as_str()),
        hand_over.begun.as_ref().map(|begun| begun.reason.open().as_str()),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Its own row.
struct Row {
    id: Uuid,
    revision: i64,
    contact_id: Uuid,
    child_ids: Vec<Uuid>,
    unit: String,
    found_at: jiff_sqlx::Timestamp,
    pass_clock_id: Uuid,
    pass_due_at: jiff_sqlx::Timestamp,
    pass_started_at: jiff_sqlx::Timestamp,
    receipt_clock_id: Option<Uuid>,
    receipt_due_at: Option<jiff_sqlx::Timestamp>,
    passed_at: Option<jiff_sqlx::Timestamp>,
    passed_by: Option<String>,
    way: Option<SecureWay>,
    passed_unit: Option<String>,
    received_at: Option<jiff_sqlx::Timestamp>,
    received_by: Option<String>,
    recorded_by: Option<String>,
    withdrawn_at: Option<jiff_sqlx::Timestamp>,
    begun_by: Option<String>,
    begun_reason: Option<String>,
    taken_back_child_ids: Option<Vec<Uuid>>,
    taken_back_by: Option<String>,
    taken_back_reason: Option<String>,
}

impl From<Row> for UnitHandOver {
    fn from(row: Row) -> Self {
        let passed = || {
            let receipt =
                Running { id: row.receipt_clock_id?, due_at: row.receipt_due_at?.to_jiff() };
            let (at, by, way) = (row.passed_at?.to_jiff(), row.passed_by?, row.way?);
            Some(Passed { at, by, way, unit: row.passed_unit, receipt })
        };
        let taken_back = || {
            let children = row.taken_back_child_ids?;
            let (by, reason) = (row.taken_back_by?, Personal::new(row.taken_back_reason?));
            Some(TakenBack { children, by, reason })
        };
        let begun = row.begun_by.zip(row.begun_reason);
        Self {
            id: row.id,
            revision: row.revision,
            contact: row.contact_id,
            children: row.child_ids,
            unit: row.unit,
            found_at: row.found_at.to_jiff(),
            passing: Running { id: row.pass_clock_id, due_at: row.pass_due_at.to_jiff() },
            passing_from: row.pass_started_at.to_jiff(),
            passed: passed(),
            receipt: Receipt::kept(row.received_at.map(|at| at.to_jiff()), row.received_by),
            receipt_recorded_by: row.recorded_by,
            withdrawn_at: row.withdrawn_at.map(|at| at.to_jiff()),
            begun: begun.map(|(by, reason)| Begun { by, reason: Personal::new(reason) }),
            taken_back: taken_back(),
        }
    }
}

/// Locks a hand-over.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<UnitHandOver>, sqlx::Error> {
    sqlx::query!("SELECT id FROM intake.unit_hand_over WHERE id = $1 FOR UPDATE", id)
        .fetch_optional(&mut *connection)
        .await?;
    Ok(with_ids(connection, &[id]).await?.pop())
}

/// Locks the hand-overs of a contact that were not withdrawn, the oldest first.
pub async fn standing(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<UnitHandOver>, sqlx::Error> {
    let ids = sqlx::query_scalar!(
        r#"
        SELECT id FROM intake.unit_hand_over
        WHERE contact_id = $1 AND withdrawn_at IS NULL
        ORDER BY id
        FOR UPDATE
        "#,
        contact,
    )
    .fetch_all(&mut *connection)
    .await?;
    with_ids(connection, &ids).await
}

/// Those of these contacts that have a hand-over that was not withdrawn.
pub async fn with_standing(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT contact_id
        FROM intake.unit_hand_over
        WHERE contact_id = ANY ($1) AND withdrawn_at IS NULL
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await
}

/// The hand-overs of a contact, the oldest first.
pub async fn of(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<UnitHandOver>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, child_ids, unit, found_at, pass_clock_id, pass_due_at, pass_started_at,
               receipt_clock_id, receipt_due_at, passed_at, passed_by, way AS "way: SecureWay", passed_unit,
               received_at, received_by, recorded_by, withdrawn_at, begun_by, begun_reason, taken_back_child_ids,
               taken_back_by, taken_back_reason
        FROM intake.unit_hand_over
        WHERE contact_id = $1
        ORDER BY id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(UnitHandOver::from).collect())
}

/// The referrers of these contacts, as they are shown (R9).
pub async fn referrers(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<BTreeMap<Uuid, ReferrerShown>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT contact.id AS "id!", referral_source AS "source!",
               anonymous OR protected OR referrer.contact_id IS NULL AS "is_sealed!",
               COALESCE(referrer.name <> '' AND referrer.organisation <> '', false) AS "is_identified!",
               referrer.person_id IS NOT NULL AS "is_on_contact!"
        FROM intake.contact
        LEFT JOIN intake.referrer ON referrer.contact_id = contact.id
        WHERE contact.id = ANY ($1)
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await?;
    let shown = rows.into_iter().map(|row| {
        let referrer = ReferrerShown {
            source: row.source,
            is_sealed: row.is_sealed,
            is_identified: row.is_identified,
            is_on_contact: row.is_on_contact,
        };
        (row.id, referrer)
    });
    Ok(shown.collect())
}

/// Notes that the unit was told; the record is at `revision` then.
pub async fn set_passed(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    passed: &Passed,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.unit_hand_over
        SET revision = $2, passed_at = $3, passed_by = $4, way = $5, receipt_clock_id = $6, receipt_due_at = $7,
            passed_unit = $8
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        passed.at.to_sqlx() as _,
        passed.by,
        passed.way as SecureWay,
        passed.receipt.id,
        passed.receipt.due_at.to_sqlx() as _,
        passed.unit,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Notes that the unit has the children; the record is at `revision` then.
pub async fn set_receipt(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    receipt: &Receipt,
    recorded_by: &str,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.unit_hand_over
        SET revision = $2, received_at = $3, received_by = $4, recorded_by = $5
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        receipt.at.to_sqlx() as _,
        receipt.by.open(),
        recorded_by,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Notes to which unit the case went before one was told; the record is at `revision` then.
pub async fn set_unit(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    unit: &str,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.unit_hand_over
        SET revision = $2, unit = $3
        WHERE id = $1 AND revision = $2::bigint - 1 AND passed_at IS NULL
        "#,
        id,
        revision,
        unit,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// Notes that the ground is gone; the record is at `revision` then.
pub async fn withdraw(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    at: Timestamp,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.unit_hand_over
        SET revision = $2, withdrawn_at = $3
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// The hand-overs with these ids, in the order in which the ids are given.
pub async fn with_ids(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<UnitHandOver>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, child_ids, unit, found_at, pass_clock_id, pass_due_at, pass_started_at,
               receipt_clock_id, receipt_due_at, passed_at, passed_by, way AS "way: SecureWay", passed_unit,
               received_at, received_by, recorded_by, withdrawn_at, begun_by, begun_reason, taken_back_child_ids,
               taken_back_by, taken_back_reason
        FROM intake.unit_hand_over
        WHERE id = ANY ($1)
        ORDER BY array_position($1, id)
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(UnitHandOver::from).collect())
}
