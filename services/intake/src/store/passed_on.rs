//! Children who were passed to another authority.

use access::Personal;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    authority::Authority,
    clock::Running,
    hand_over::{PassedOn, Passing, SecureWay, TakenBack},
    receipt::Receipt,
};

/// Adds what was passed on, without a receipt.
pub async fn insert(connection: &mut PgConnection, passed: &PassedOn) -> Result<(), sqlx::Error> {
    let passing = &passed.passing;
    sqlx::query!(
        r#"
        INSERT INTO intake.passed_on
            (id, revision, contact_id, child_ids, authority, authority_name, way, information, acted_first,
             passed_at, passed_by, clock_id, due_at)
        VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
        "#,
        passed.id,
        passed.revision,
        passed.contact,
        &passing.children,
        passing.authority.code(),
        passing.authority.name().open(),
        passing.way as SecureWay,
        passing.information.open(),
        passing.acted_first.open(),
        passed.passed_at.to_sqlx() as _,
        passed.passed_by,
        passed.clock.id,
        passed.clock.due_at.to_sqlx() as _,
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
    authority: String,
    authority_name: String,
    way: SecureWay,
    information: String,
    acted_first: String,
    passed_at: jiff_sqlx::Timestamp,
    passed_by: String,
    clock_id: Uuid,
    due_at: jiff_sqlx::Timestamp,
    received_at: Option<jiff_sqlx::Timestamp>,
    received_by: Option<String>,
    recorded_by: Option<String>,
    taken_back_at: Option<jiff_sqlx::Timestamp>,
    taken_back_by: Option<String>,
    taken_back_reason: Option<String>,
}

impl TryFrom<Row> for PassedOn {
    type Error = sqlx::Error;

    fn try_from(row: Row) -> Result<Self, sqlx::Error> {
        let name = Personal::new(row.authority_name);
        let authority = Authority::parse(&row.authority, name).map_err(|fault| {
            let index = "intake.passed_on.authority".to_owned();
            sqlx::Error::ColumnDecode { index, source: fault.into() }
        })?;
        let taken_back = row.taken_back_at.zip(row.taken_back_by).zip(row.taken_back_reason);
        let taken_back = taken_back.map(|((at, by), reason)| TakenBack {
            at: at.to_jiff(),
            by,
            reason: Personal::new(reason),
        });
        Ok(Self {
            id: row.id,
            revision: row.revision,
            contact: row.contact_id,
            passing: Passing {
                children: row.child_ids,
                authority,
                way: row.way,
                information: Personal::new(row.information),
                acted_first: Personal::new(row.acted_first),
            },
            passed_at: row.passed_at.to_jiff(),
            passed_by: row.passed_by,
            clock: Running { id: row.clock_id, due_at: row.due_at.to_jiff() },
            receipt: Receipt::kept(row.received_at.map(|at| at.to_jiff()), row.received_by),
            receipt_recorded_by: row.recorded_by,
            taken_back,
        })
    }
}

/// Locks what was passed on.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<PassedOn>, sqlx::Error> {
    let row = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, child_ids, authority, authority_name, way AS "way: SecureWay",
               information, acted_first, passed_at, passed_by, clock_id, due_at, received_at, received_by,
               recorded_by, taken_back_at, taken_back_by, taken_back_reason
        FROM intake.passed_on
        WHERE id = $1
        FOR UPDATE
        "#,
        id,
    )
    .fetch_optional(connection)
    .await?;
    row.map(PassedOn::try_from).transpose()
}

/// Notes that the other authority has the children; the record is at `revision` then.
pub async fn set_receipt(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    receipt: &Receipt,
    recorded_by: &str,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.passed_on
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

/// Notes that a manager took them back; the record is at `revision` then.
pub async fn take_back(
    connection: &mut PgConnection,
    (id, revision): (Uuid, i64),
    taken_back: &TakenBack,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE intake.passed_on
        SET revision = $2, taken_back_at = $3, taken_back_by = $4, taken_back_reason = $5
        WHERE id = $1 AND revision = $2::bigint - 1
        "#,
        id,
        revision,
        taken_back.at.to_sqlx() as _,
        taken_back.by,
        taken_back.reason.open(),
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}

/// The children of a contact who were passed on, and not taken back.
pub async fn children(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<Uuid>, sqlx::Error> {
    sqlx::query_scalar!(
        r#"
        SELECT DISTINCT unnest(child_ids) AS "id!" FROM intake.passed_on
        WHERE contact_id = $1 AND taken_back_at IS NULL
        "#,
        contact,
    )
    .fetch_all(connection)
    .await
}

/// What was passed on with these ids, in the order of the ids.
pub async fn with_ids(
    connection: &mut PgConnection,
    ids: &[Uuid],
) -> Result<Vec<PassedOn>, sqlx::Error> {
    let rows = sqlx::query_as!(
        Row,
        r#"
        SELECT id, revision, contact_id, child_ids, authority, authority_name, way AS "way: SecureWay",
               information, acted_first, passed_at, passed_by, clock_id, due_at, received_at, received_by,
               recorded_by, taken_back_at, taken_back_by, taken_back_reason
        FROM intake.passed_on
        WHERE id = ANY ($1)
        ORDER BY array_position($1, id)
        "#,
        ids,
    )
    .fetch_all(connection)
    .await?;
    rows.into_iter().map(PassedOn::try_from).collect()
}
