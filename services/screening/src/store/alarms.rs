//! RED checks that did not get through. What is heard of one may come before its request.

use jiff_sqlx::ToSqlx;
use sqlx::PgConnection;
use uuid::Uuid;

use crate::domain::check::{Seen, Sight};

/// Keeps what was seen of a check; what was seen first stands.
pub async fn upsert(connection: &mut PgConnection, seen: &Seen) -> Result<(), sqlx::Error> {
    let at = |sight| (seen.sight == sight).then(|| seen.at.to_sqlx());
    sqlx::query!(
        r#"
        INSERT INTO screening.check_alarm AS alarm (check_id, undelivered_at, delivered_at, unpaged_at)
        VALUES ($1, $2, $3, $4)
        ON CONFLICT (check_id) DO UPDATE
            SET undelivered_at = COALESCE(alarm.undelivered_at, EXCLUDED.undelivered_at),
                delivered_at = COALESCE(alarm.delivered_at, EXCLUDED.delivered_at),
                unpaged_at = COALESCE(alarm.unpaged_at, EXCLUDED.unpaged_at)
        "#,
        seen.check,
        at(Sight::Undelivered) as _,
        at(Sight::Delivered) as _,
        at(Sight::Unpaged) as _,
    )
    .execute(connection)
    .await?;
    Ok(())
}

/// A check that does not get through.
pub struct Alarm {
    /// The contact.
    pub contact_id: Uuid,
    /// The check.
    pub check_id: Uuid,
    /// Its agency is to be telephoned (R46).
    pub telephone: bool,
    /// Nobody was paged when it ran out, as far as was heard (R43).
    pub unpaged: bool,
}

/// The alarms of these contacts: of open checks that are still needed, while a child is the
/// hub's (R9).
pub async fn of_contacts(
    connection: &mut PgConnection,
    contacts: &[Uuid],
) -> Result<Vec<Alarm>, sqlx::Error> {
    sqlx::query_as!(
        Alarm,
        r#"
        SELECT open_check.contact_id, check_id, unpaged_at IS NOT NULL AS "unpaged!",
               undelivered_at IS NOT NULL AND delivered_at IS NULL AS "telephone!"
        FROM screening.partner_check AS open_check
        JOIN screening.check_alarm ON check_id = open_check.id
        WHERE open_check.contact_id = ANY($1)
          AND answered_at IS NULL AND NOT withdrawn AND mark IS DISTINCT FROM 'not_needed'
          AND EXISTS (
              SELECT FROM screening.child
              WHERE contact_id = open_check.contact_id AND in_hub
          )
        ORDER BY check_id
        "#,
        contacts,
    )
    .fetch_all(connection)
    .await
}
