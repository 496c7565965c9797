//! A request that was passed on comes back to the hub (R54).

use access::Personal;
use messaging::Tx;
use uuid::Uuid;

use super::{RequestError, found::find, load};
use crate::{
    commands::open_case::LookedUp,
    domain::{
        clock::Running,
        information_request::{
            decision::Refusal,
            state::{Act, after},
        },
    },
    events::information_request as events,
    protocol::Rules,
    store::information_requests::corrections::{self, Because},
};

/// A request that is with the hub, as it stands now.
pub struct WithHub {
    /// Its revision.
    pub revision: i64,
    /// The clock that runs.
    pub clock: Running,
    /// What the register says of those it is about.
    pub found: LookedUp,
    /// It comes from another country (R56).
    pub is_foreign: bool,
    /// A manager is still to set its date (R55).
    pub to_be_dated: bool,
}

/// Takes a request back from a unit or from information governance, whether or not they said that
/// they have it (R54): a unit may say that it is not theirs, and a passing may have been a
/// mistake. No time is won by it: it runs to the date that a manager has set, or as from its
/// receipt, and what is late by then climbs at once. To whom it had gone is kept, with why.
pub async fn take_back(
    tx: &mut Tx,
    on: (Uuid, i64),
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<WithHub, RequestError> {
    let standing = load(tx, on).await?;
    after(standing.kind, standing.state, Act::TakeBack).map_err(Refusal::from)?;
    let found = find(tx, on.0, &standing, rules).await?;
    let (now, by) = (tx.now(), tx.actor().to_owned());
    let next = (on.0, standing.revision + 1);
    corrections::keep_passing(tx, next, &Because { reason, by: &by, at: now }).await?;
    let from = found.goes_by.open_case_from;
    corrections::take_back(tx, next, (&found.clock, from), now).await?;
    let ended = standing.state.awaits_receipt().then_some(standing.clock);
    let event =
        events::taken_back(on.0, (standing.state, from.is_some()), (ended, &found.clock), now);
    tx.append(next.0, next.1, &event).await?;
    Ok(WithHub {
        revision: next.1,
        clock: found.clock.running(),
        found: found.looked_up,
        is_foreign: standing.is_foreign,
        to_be_dated: standing.kind.is_dated_by_a_manager() && standing.dated.is_none(),
    })
}
