//! Consent that was taken back of checks which their agencies have (R6), and bases that were ended
//! (R38). It may be heard of before the case, and before the check.

use access::Personal;
use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{check::ConsentWithdrawal, review::DecidedWithdrawal};

/// Keeps that consent was taken back.
pub async fn insert(
    connection: &mut PgConnection,
    contact: Uuid,
    withdrawal: &ConsentWithdrawal,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.consent_withdrawal (check_id, revision, contact_id, agency, withdrawn_at, taken_off, basis_ended)
        VALUES ($1, $2, $3, $4, $5, $6, $7)
        ON CONFLICT DO NOTHING
        "#,
        withdrawal.check,
        withdrawal.revision,
        contact,
        withdrawal.agency,
        withdrawal.withdrawn_at.to_sqlx() as _,
        withdrawal.taken_off,
        withdrawal.basis_ended,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The withdrawals of a contact, by check and in their order.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<ConsentWithdrawal>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT check_id, revision, agency, withdrawn_at AS "withdrawn_at: jiff_sqlx::Timestamp", taken_off,
               basis_ended, decision
        FROM screening.consent_withdrawal
        WHERE contact_id = $1
        ORDER BY check_id, revision
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let withdrawals = rows.into_iter().map(|row| ConsentWithdrawal {
        check: row.check_id,
        revision: row.revision,
        agency: row.agency,
        withdrawn_at: row.withdrawn_at.to_jiff(),
        taken_off: row.taken_off,
        basis_ended: row.basis_ended,
        decision: row.decision.map(Personal::new),
    });
    Ok(withdrawals.collect())
}

/// A check on which a manager is still to decide.
pub struct Undecided {
    /// The contact.
    pub contact_id: Uuid,
    /// The check.
    pub check_id: Uuid,
    /// Code of the agency that has it.
    pub agency: String,
    /// It was withdrawn before its agency turned out to have it.
    pub withdrawn: bool,
    /// A child it tells of was put on the contact by mistake (R20).
    pub taken_off: bool,
    /// The basis that it rests on was ended (R38).
    pub basis_ended: bool,
}

/// The checks of these contacts on which a manager is still to decide, each once.
pub async fn undecided_of(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<Undecided>, sqlx::Error> {
    sqlx::query_as!(
        Undecided,
        r#"
        SELECT contact_id, check_id, agency, bool_or(taken_off) AS "taken_off!", bool_or(basis_ended) AS "basis_ended!",
               EXISTS (SELECT FROM screening.partner_check AS held WHERE held.id = check_id AND held.withdrawn)
                   AS "withdrawn!"
        FROM screening.consent_withdrawal
        WHERE contact_id = ANY($1) AND decided_at IS NULL
        GROUP BY contact_id, check_id, agency
        ORDER BY check_id
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await
}

/// Keeps what was decided on a check, as far as its withdrawals were seen. What was decided
/// before stands.
pub async fn set_decided(
    connection: &mut PgConnection,
    decided: &DecidedWithdrawal,
    (by, at): (&str, Timestamp),
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE screening.consent_withdrawal SET decision = $3, decided_by = $4, decided_at = $5
        WHERE check_id = $1 AND revision <= $2 AND decided_at IS NULL
        "#,
        decided.check,
        decided.revision,
        decided.decision.open(),
        by,
        at.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}
