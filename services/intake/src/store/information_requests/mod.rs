//! Requests for information and whom they are about.

pub mod acts;
pub mod corrections;
pub mod disclosures;
pub mod list;
pub mod looks;

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    information_request::{
        AnswerBasis, Arrived, Kind, NewRequest, RequestStanding, Requester, Subject, Verification,
        state::State,
    },
    receipt::Receipt,
};

/// Adds a request, without those it is about.
pub async fn insert(
    connection: &mut PgConnection,
    request: &NewRequest,
    arrived: &Arrived,
) -> Result<(), sqlx::Error> {
    let requester = &request.requester;
    sqlx::query!(
        r#"
        INSERT INTO intake.information_request
            (id, revision, reference, kind, state, received_at, recorded_at, requester_name, organisation,
             capacity, contact_details, country, is_foreign, open_case, authority, purpose, asked_for,
             named_basis, verification, clock_id, deadline, first_deadline, open_case_from, looked_at)
        VALUES ($1, 1, $2, $3, 'received', $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17,
                $18, $19, $19, CASE WHEN $12 THEN $4::timestamptz END, $5)
        "#,
        arrived.id,
        arrived.reference.as_str(),
        request.kind as Kind,
        arrived.received_at.to_sqlx() as _,
        arrived.recorded_at.to_sqlx() as _,
        requester.name.open(),
        requester.organisation.open(),
        requester.capacity.open(),
        requester.contact_details.open(),
        requester.country,
        arrived.is_foreign,
        arrived.open_case,
        request.authority.open(),
        request.purpose.open(),
        request.asked_for.open(),
        request.named_basis as Option<AnswerBasis>,
        request.verification as Option<Verification>,
        arrived.clock.id,
        arrived.clock.due_at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds somebody a request is about, at their place.
pub async fn insert_subject(
    connection: &mut PgConnection,
    request: Uuid,
    (id, place): (Uuid, i32),
    subject: &Subject,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.information_subject (id, request_id, place, name, birth_date, nhs_number)
        VALUES ($1, $2, $3, $4, $5, $6)
        "#,
        id,
        request,
        place,
        subject.name.open(),
        subject.birth_date.as_ref().map(|day| day.open().to_sqlx()) as _,
        subject.nhs_number.as_ref().map(Personal::open),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Those a request is about, in their order, with their ids.
pub async fn subjects(
    connection: &mut PgConnection,
    request: Uuid,
) -> Result<Vec<(Uuid, Subject)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, name, birth_date, nhs_number
        FROM intake.information_subject
        WHERE request_id = $1
        ORDER BY place
        "#,
        request
    )
    .fetch_all(connection)
    .await?;
    let subjects = rows.into_iter().map(|row| {
        let subject = Subject {
            name: Personal::new(row.name),
            birth_date: row.birth_date.map(|day: jiff_sqlx::Date| Personal::new(day.to_jiff())),
            nhs_number: row.nhs_number.map(Personal::new),
        };
        (row.id, subject)
    });
    Ok(subjects.collect())
}

/// Locks a request and gives where it stands.
pub async fn lock(
    connection: &mut PgConnection,
    id: Uuid,
) -> Result<Option<RequestStanding>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT revision, kind AS "kind: Kind", state AS "state: State", is_foreign,
               verification AS "verification: Verification", received_at, passed_at, clock_id, deadline,
               CASE WHEN open_case THEN COALESCE(open_case_from, received_at) END AS open_case_from,
               CASE WHEN dated_by IS NOT NULL THEN (
                   SELECT dating.deadline FROM intake.information_dating AS dating
                   WHERE dating.request_id = information_request.id
                   ORDER BY dating.revision DESC
                   LIMIT 1
               ) END AS "dated: jiff_sqlx::Timestamp"
        FROM intake.information_request
        WHERE id = $1
        FOR UPDATE
        "#,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| RequestStanding {
        revision: row.revision,
        kind: row.kind,
        state: row.state,
        is_foreign: row.is_foreign,
        verification: row.verification,
        received_at: row.received_at.to_jiff(),
        passed_at: row.passed_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
        clock: row.clock_id,
        deadline: row.deadline.to_jiff(),
        dated: row.dated.map(|at| at.to_jiff()),
        open_case_from: row.open_case_from.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
    }))
}

/// What a request says beside its codes and times.
pub struct Words {
    /// Who asks.
    pub requester: Requester,
    /// On what authority they ask.
    pub authority: Personal<String>,
    /// What for.
    pub purpose: Personal<String>,
    /// What they ask.
    pub asked_for: Personal<String>,
    /// The basis that they name.
    pub named_basis: Option<AnswerBasis>,
    /// When the request was recorded.
    pub recorded_at: Timestamp,
    /// The deadline before a manager set another one.
    pub first_deadline: Timestamp,
    /// When it was passed on.
    pub passed_at: Option<Timestamp>,
    /// The unit it was passed to.
    pub unit: Option<Personal<String>>,
    /// That whoever it was passed to has it.
    pub receipt: Option<Receipt>,
}

/// What a request says beside its codes and times.
pub async fn words(connection: &mut PgConnection, id: Uuid) -> Result<Option<Words>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT requester_name, organisation, capacity, contact_details, country, authority, purpose, asked_for,
               named_basis AS "named_basis: AnswerBasis", recorded_at, first_deadline, unit, passed_at,
               receipt_by, receipt_at
        FROM intake.information_request
        WHERE id = $1
        "#,
        id
    )
    .fetch_optional(connection)
    .await?;
    Ok(row.map(|row| Words {
        requester: Requester {
            name: Personal::new(row.requester_name),
            organisation: Personal::new(row.organisation),
            capacity: Personal::new(row.capacity),
            contact_details: Personal::new(row.contact_details),
            country: row.country,
        },
        authority: Personal::new(row.authority),
        purpose: Personal::new(row.purpose),
        asked_for: Personal::new(row.asked_for),
        named_basis: row.named_basis,
        recorded_at: row.recorded_at.to_jiff(),
        first_deadline: row.first_deadline.to_jiff(),
        passed_at: row.passed_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
        unit: row.unit.map(Personal::new),
        receipt: Receipt::kept(
            row.receipt_at.map(|at: jiff_sqlx::Timestamp| at.to_jiff()),
            row.receipt_by,
        ),
    }))
}
