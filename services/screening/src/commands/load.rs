//! Loading a case whole.

use sqlx::PgConnection;
use uuid::Uuid;

use crate::{
    domain::{case::Case, contact::Urgency},
    store::{bases, cases, checks, children, consent_withdrawals, flags, questions},
};

/// A case as it stands; `None` where the contact has none.
pub async fn load(
    connection: &mut PgConnection,
    contact: Uuid,
) -> Result<Option<Case>, sqlx::Error> {
    let Some(mut row) = cases::find(connection, contact).await? else {
        return Ok(None);
    };
    Ok(Some(Case {
        contact_id: contact,
        revision: row.revision,
        channel: row.channel,
        received_at: row.received_at.to_jiff(),
        urgency: Urgency {
            immediate_danger: row.immediate_danger,
            significant_harm: row.significant_harm,
        },
        arrived_urgent: row.arrived_urgent,
        referrer_unreachable: row.referrer_unreachable,
        referrer: row.take_referrer(),
        earlier_referrer: cases::earlier_referrer(connection, contact).await?,
        closed: row.closed,
        children: children::of_case(connection, contact).await?,
        checks: checks::of_contact(connection, contact).await?,
        flags: flags::of_contact(connection, contact).await?,
        consent_withdrawals: consent_withdrawals::of_contact(connection, contact).await?,
        bases: bases::of_contact(connection, contact).await?,
        questions: questions::of_contact(connection, contact).await?,
    }))
}
