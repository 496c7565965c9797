//! What left the hub in answer to a request, or why nothing did (R44). Both tables are
//! only ever added to.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::information_request::{
    AnswerBasis,
    disclosure::{Choice, Decision, Disclosed, Kept, NotSharing, RefusalReason, Sharing},
};

/// Which request a decision is on, and about whom.
pub struct Concerning<'a> {
    /// The request.
    pub request: Uuid,
    /// Those it is about.
    pub subjects: &'a [Uuid],
}

/// Adds a decision, without what is disclosed. Its purpose is the request's own.
pub async fn insert(
    connection: &mut PgConnection,
    id: Uuid,
    concerning: &Concerning<'_>,
    decision: &Decision,
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    let (sharing, refusal) = match &decision.choice {
        Choice::Share(sharing) => (Some(sharing), None),
        Choice::Refuse(refusing) => (None, Some(refusing)),
    };
    let in_spite = match &decision.choice {
        Choice::Share(sharing) => sharing.open_case_reason.as_ref(),
        Choice::Refuse(refusing) => refusing.open_case_reason.as_ref(),
    };
    sqlx::query!(
        r#"
        INSERT INTO intake.information_disclosure
            (id, request_id, subject_ids, recipient, recipient_country, purpose, basis, basis_detail,
             basis_further, effects_weighed, open_case_reason, refusal, refusal_words, decided_by, decided_at)
        SELECT $1, request.id, $3, $4, $5, request.purpose, $6, $7, $8, $9, $10, $11, $12, $13, $14
        FROM intake.information_request AS request
        WHERE request.id = $2
        "#,
        id,
        concerning.request,
        concerning.subjects,
        sharing.map(|sharing| sharing.recipient.open()),
        sharing.map(|sharing| sharing.recipient_country.as_str()),
        sharing.map(|sharing| sharing.basis) as Option<AnswerBasis>,
        sharing.map(|sharing| sharing.basis_detail.open()),
        sharing.and_then(|sharing| sharing.basis_further.as_ref()).map(Personal::open),
        decision.effects_weighed.open(),
        in_spite.map(Personal::open),
        refusal.map(|refusing| refusing.reason) as Option<RefusalReason>,
        refusal.map(|refusing| refusing.words.open()),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Adds what is disclosed, at its place.
pub async fn insert_disclosed(
    connection: &mut PgConnection,
    disclosure: Uuid,
    place: i32,
    disclosed: &Disclosed,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO intake.disclosed_information (disclosure_id, place, agency, information, proportion)
        VALUES ($1, $2, $3, $4, $5)
        "#,
        disclosure,
        place,
        disclosed.agency,
        disclosed.information.open(),
        disclosed.proportion.open(),
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The decision on a request, where there is one; `disclosed` as [`disclosed`] gives it.
pub async fn find(
    connection: &mut PgConnection,
    request: Uuid,
    disclosed: Vec<Disclosed>,
) -> Result<Option<Kept>, sqlx::Error> {
    let row = sqlx::query!(
        r#"
        SELECT id, recipient, recipient_country, basis AS "basis: AnswerBasis", basis_detail, basis_further,
               effects_weighed, open_case_reason, refusal AS "refusal: RefusalReason", refusal_words, decided_at,
               decided_by
        FROM intake.information_disclosure
        WHERE request_id = $1
        "#,
        request
    )
    .fetch_optional(connection)
    .await?;
    let Some(row) = row else { return Ok(None) };
    let in_spite = row.open_case_reason.map(Personal::new);
    let shared = || {
        Some(Choice::Share(Sharing {
            disclosed,
            recipient: Personal::new(row.recipient?),
            recipient_country: row.recipient_country?,
            basis: row.basis?,
            basis_detail: Personal::new(row.basis_detail?),
            basis_further: row.basis_further.map(Personal::new),
            open_case_reason: in_spite.clone(),
        }))
    };
    let refused = row.refusal.zip(row.refusal_words);
    let choice = match refused {
        Some((reason, words)) => {
            let words = Personal::new(words);
            Some(Choice::Refuse(NotSharing { reason, words, open_case_reason: in_spite.clone() }))
        }
        None => shared(),
    };
    let choice = choice.ok_or_else(|| sqlx::Error::ColumnDecode {
        index: "intake.information_disclosure.recipient".to_owned(),
        source: "is neither shared nor refused".into(),
    })?;
    let decision = Decision { choice, effects_weighed: Personal::new(row.effects_weighed) };
    let (decided_at, decided_by) = (row.decided_at.to_jiff(), row.decided_by);
    Ok(Some(Kept { id: row.id, decision, decided_at, decided_by }))
}

/// What was disclosed in answer to a request, in order.
pub async fn disclosed(
    connection: &mut PgConnection,
    request: Uuid,
) -> Result<Vec<Disclosed>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT disclosed_information.agency, disclosed_information.information, disclosed_information.proportion
        FROM intake.disclosed_information
        JOIN intake.information_disclosure ON information_disclosure.id = disclosure_id
        WHERE request_id = $1
        ORDER BY place
        "#,
        request
    )
    .fetch_all(connection)
    .await?;
    let disclosed = rows.into_iter().map(|row| Disclosed {
        agency: row.agency,
        information: Personal::new(row.information),
        proportion: Personal::new(row.proportion),
    });
    Ok(disclosed.collect())
}
