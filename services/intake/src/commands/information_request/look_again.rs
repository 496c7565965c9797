//! Looking again at whether somebody whom a request at the hub is about has an open case (R54).

use jiff::SignedDuration;
use messaging::Tx;
use uuid::Uuid;

use super::{RequestError, found::find};
use crate::{
    events::information_request as events,
    protocol::Rules,
    store::information_requests::{self as store, looks},
};

/// How long what the register said of a request holds.
const HOLDS: SignedDuration = SignedDuration::from_secs(60);

/// Takes the request with the hub that was not looked at for the longest time; none where all were
/// looked at a moment ago.
pub async fn take(tx: &mut Tx) -> Result<Option<Uuid>, RequestError> {
    let not_since = tx.now().saturating_sub(HOLDS).unwrap_or(tx.now());
    Ok(looks::take_next(tx, not_since).await?)
}

/// Notes that a request was looked at, or could not be: others come first then.
pub async fn postpone(tx: &mut Tx, request: Uuid) -> Result<(), RequestError> {
    let now = tx.now();
    Ok(looks::looked(tx, request, now).await?)
}

/// Looks at what the register says now of those a request is about (R54): an import or a match that
/// somebody confirmed may have brought an open case since, and its unit is to have the request
/// without delay; or the case was closed, or was somebody else's, and the hub is to answer. The
/// list and the clock follow, and nothing changes where nothing did. A clock that runs out before
/// the hour would, or has done so, goes on: a case that is heard of makes no request less late.
pub async fn look(tx: &mut Tx, request: Uuid, rules: &Rules) -> Result<(), RequestError> {
    postpone(tx, request).await?;
    let standing = store::lock(tx, request).await?.ok_or(RequestError::NoSuchRequest)?;
    let found = find(tx, request, &standing, rules).await?;
    let open_case_from = found.goes_by.open_case_from;
    if open_case_from.is_some() == standing.open_case_from.is_some() {
        return Ok(());
    }
    let (now, next) = (tx.now(), (request, standing.revision + 1));
    let moves = match open_case_from {
        Some(_) => found.clock.due_at < standing.deadline,
        None => found.clock.due_at != standing.deadline,
    };
    let clock = moves.then_some(&found.clock);
    looks::put_open_case(tx, next, open_case_from, clock).await?;
    let clocks = clock.map(|clock| (standing.clock, clock));
    let event = events::open_case_changed(request, open_case_from.is_some(), clocks, now);
    tx.append(next.0, next.1, &event).await?;
    Ok(())
}
