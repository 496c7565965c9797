//! What is known of checks. Their events may come before the case's.

use jiff::Timestamp;
use jiff_sqlx::ToSqlx;
use messaging::one_row;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::{
    check::{Answered, Because, Extent, Flagged, KnownCheck, Rag, Requested, Withdrawn},
    gate::Mark,
    review::SeenAnswer,
};

/// A check was requested. What was heard of it before, an answer or a flag, stays.
pub async fn upsert_requested(
    connection: &mut PgConnection,
    check: &Requested,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.partner_check (id, contact_id, agency, rag, deadline)
        VALUES ($1, $2, $3, $4, $5)
        ON CONFLICT (id) DO UPDATE SET deadline = COALESCE(screening.partner_check.deadline, EXCLUDED.deadline)
        "#,
        check.check,
        check.contact,
        check.agency,
        check.rag as Rag,
        check.deadline.to_sqlx() as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A check has its final answer, or a correction of it, which nobody has read (R40). The
/// first final answer counts as the check's; a correction does not move it.
pub async fn upsert_answered(
    connection: &mut PgConnection,
    answer: &Answered,
) -> Result<(), sqlx::Error> {
    let answered_at = match answer.extent {
        Extent::Final => Some(answer.received_at),
        Extent::Correction => None,
    };
    sqlx::query!(
        r#"
        INSERT INTO screening.partner_check (id, contact_id, agency, rag, answered_at, answer_revision)
        VALUES ($1, $2, $3, $4, $5, $6)
        ON CONFLICT (id) DO UPDATE
            SET answered_at = COALESCE(screening.partner_check.answered_at, EXCLUDED.answered_at),
                answer_revision = GREATEST(screening.partner_check.answer_revision, EXCLUDED.answer_revision)
        "#,
        answer.check,
        answer.contact,
        answer.agency,
        answer.rag as Rag,
        answered_at.map(|at| at.to_sqlx()) as _,
        answer.revision,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A check was withdrawn (R6, R9, R20).
pub async fn upsert_withdrawn(
    connection: &mut PgConnection,
    check: &Withdrawn,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.partner_check (id, contact_id, agency, rag, withdrawn, without_consent, taken_off)
        VALUES ($1, $2, $3, $4, true, $5, $6)
        ON CONFLICT (id) DO UPDATE
            SET withdrawn = true, without_consent = EXCLUDED.without_consent, taken_off = EXCLUDED.taken_off
        "#,
        check.check,
        check.contact,
        check.agency,
        check.rag as Rag,
        check.because == Because::WithoutConsent,
        check.because == Because::TakenOff,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// Children came back into the hub: what was withdrawn of their contact unanswered, because
/// they had left it, is to be accounted for again (R27), and shows until somebody has said
/// what becomes of it.
pub async fn set_needed_again(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        UPDATE screening.partner_check SET withdrawn = false
        WHERE contact_id = $1 AND answered_at IS NULL AND NOT without_consent AND NOT taken_off
        "#,
        contact,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The checks of these contacts, by contact, that stopped for want of consent or of another basis
/// before their agencies had them, and of which no decision has said what becomes of them (R6, R27,
/// R38), while a child is the hub's.
pub async fn stopped_of(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<(Uuid, Uuid)>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT contact_id, id FROM screening.partner_check AS stopped
        WHERE contact_id = ANY ($1) AND withdrawn AND without_consent AND answered_at IS NULL AND mark IS NULL
          AND EXISTS (SELECT FROM screening.child WHERE child.contact_id = stopped.contact_id AND in_hub)
        ORDER BY id
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await?;
    Ok(rows.into_iter().map(|row| (row.contact_id, row.id)).collect())
}

/// A flagged check runs as RED (R41), with the deadline that its owner gave it.
pub async fn upsert_red(
    connection: &mut PgConnection,
    check: Uuid,
    flag: &Flagged,
) -> Result<(), sqlx::Error> {
    sqlx::query!(
        r#"
        INSERT INTO screening.partner_check (id, contact_id, agency, rag, deadline)
        VALUES ($1, $2, $3, 'red', $4)
        ON CONFLICT (id) DO UPDATE
            SET rag = 'red', deadline = COALESCE(EXCLUDED.deadline, screening.partner_check.deadline)
        "#,
        check,
        flag.contact,
        flag.agency,
        flag.red_deadline.map(|at| at.to_sqlx()) as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// The checks of a contact, by when they were asked.
pub async fn of_contact(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Vec<KnownCheck>, sqlx::Error> {
    let rows = sqlx::query!(
        r#"
        SELECT id, agency, rag AS "rag: Rag", deadline, answered_at, withdrawn, without_consent, taken_off, mark AS "mark: Mark",
               answer_revision, answer_unread
        FROM screening.partner_check
        WHERE contact_id = $1
        ORDER BY id
        "#,
        contact,
    )
    .fetch_all(connection)
    .await?;
    let instant = |at: Option<jiff_sqlx::Timestamp>| at.map(|at| -> Timestamp { at.to_jiff() });
    let checks = rows.into_iter().map(|row| KnownCheck {
        id: row.id,
        agency: row.agency,
        rag: row.rag,
        deadline: instant(row.deadline),
        answered_at: instant(row.answered_at),
        withdrawn: row.withdrawn.then_some(match (row.without_consent, row.taken_off) {
            (true, _) => Because::WithoutConsent,
            (false, true) => Because::TakenOff,
            (false, false) => Because::WithUnit,
        }),
        mark: row.mark,
        answer_revision: row.answer_revision,
        answer_unread: row.answer_unread,
    });
    Ok(checks.collect())
}

/// Marks the answer that was seen as read; one that came after it stays unread (R40). False
/// where it was read before.
pub async fn set_read(
    connection: &mut PgConnection,
    seen: SeenAnswer,
) -> Result<bool, sqlx::Error> {
    let updated = sqlx::query!(
        r#"
        UPDATE screening.partner_check SET read_revision = $2
        WHERE id = $1 AND answer_revision >= $2 AND COALESCE(read_revision < $2, true)
        "#,
        seen.check,
        seen.revision,
    )
    .execute(connection)
    .await?;
    Ok(updated.rows_affected() == 1)
}

/// Marks a check as the decision gate has it now (R27).
pub async fn set_mark(
    connection: &mut PgConnection,
    check: Uuid,
    mark: Mark,
) -> Result<(), sqlx::Error> {
    let updated = sqlx::query!(
        "UPDATE screening.partner_check SET mark = $2 WHERE id = $1",
        check,
        mark as Mark
    )
    .execute(connection)
    .await?;
    one_row(&updated)
}
