//! What the register says of those a request is about, while the request is with the hub (R54).

use messaging::Tx;
use uuid::Uuid;

use crate::{
    commands::open_case::{LookedUp, open_cases},
    domain::{
        clock::Clock,
        information_request::{
            RequestStanding,
            clock::{GoesBy, Seen, hour_from, with_hub},
        },
    },
    protocol::Rules,
    store::information_requests::subjects,
};

/// What was found, and what a request goes by from then on.
pub struct Found {
    /// What the register says.
    pub looked_up: LookedUp,
    /// What its clock goes by.
    pub goes_by: GoesBy,
    /// The clock that follows from it.
    pub clock: Clock,
}

/// Asks the register about those a request is about; `standing` is how the request stands from now
/// on.
pub async fn find(
    tx: &mut Tx,
    request: Uuid,
    standing: &RequestStanding,
    rules: &Rules,
) -> Result<Found, sqlx::Error> {
    let (now, calendar) = (tx.now(), rules.calendar());
    let concerned = subjects(tx, request).await?;
    let named = concerned.iter().map(|(_, subject)| subject);
    let on = (calendar.local_date(now), &rules.matcher);
    let looked_up = open_cases(tx, named, on).await?;
    let seen = Seen { open: looked_up.open, in_part: looked_up.in_part };
    let open_case_from = hour_from(standing, seen, now, calendar);
    let goes_by = GoesBy { open_case_from, ..GoesBy::of(standing) };
    let clock = with_hub(&goes_by, rules);
    Ok(Found { looked_up, goes_by, clock })
}
