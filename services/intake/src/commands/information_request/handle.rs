//! Handling a request for information: who asks, its date, and passing it on (R54, R55).

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::{RequestError, load};
use crate::{
    domain::{
        information_request::{
            Verification,
            clock::{gives_way, of_receipt, to_date},
            decision::Refusal,
            state::{Act, after},
        },
        receipt::Receipt,
    },
    events::information_request as events,
    protocol::Rules,
    store::information_requests::acts,
};

/// Records how it was made sure who asks (R55). Answers the request's new revision.
pub async fn verify(tx: &mut Tx, on: (Uuid, i64), how: Verification) -> Result<i64, RequestError> {
    let standing = load(tx, on).await?;
    after(standing.kind, standing.state, Act::Verify).map_err(Refusal::from)?;
    let next = (on.0, standing.revision + 1);
    acts::verify(tx, next, how).await?;
    let event = events::verified(on.0, how, tx.now());
    tx.append(next.0, next.1, &event).await?;
    Ok(next.1)
}

/// Sets the date of an urgent request or of a court's (R55). The policies let only a
/// manager do it. Each date is kept with who set it and why. Answers the request's new
/// revision, and when the clock that runs now runs out.
pub async fn date(
    tx: &mut Tx,
    on: (Uuid, i64),
    deadline: Timestamp,
    reason: &Personal<String>,
    rules: &Rules,
) -> Result<(i64, Timestamp), RequestError> {
    let standing = load(tx, on).await?;
    after(standing.kind, standing.state, Act::Date).map_err(Refusal::from)?;
    let clock = gives_way(standing.open_case_from.is_some(), standing.deadline, deadline)
        .then(|| to_date(standing.received_at, deadline, rules));
    let (next, by) = ((on.0, standing.revision + 1), tx.actor().to_owned());
    let now = tx.now();
    acts::insert_dating(tx, next, (deadline, reason), (&by, now)).await?;
    acts::date(tx, next, clock.as_ref(), (&by, reason)).await?;
    let clocks = clock.as_ref().map(|clock| (standing.clock, clock));
    tx.append(next.0, next.1, &events::dated(on.0, clocks, now)).await?;
    Ok((next.1, clock.map_or(standing.deadline, |clock| clock.due_at)))
}

/// Passes a request to a unit (R54), or, with no unit named, to information governance
/// (R55). From then on its receipt is awaited. Passing on within the authority needs no
/// manager, also where the request is foreign: nothing leaves by it. Answers the
/// request's new revision, and by when the receipt is due.
pub async fn pass(
    tx: &mut Tx,
    on: (Uuid, i64),
    unit: Option<&Personal<String>>,
    rules: &Rules,
) -> Result<(i64, Timestamp), RequestError> {
    let standing = load(tx, on).await?;
    let act = unit.map_or(Act::PassToGovernance, |_| Act::PassToUnit);
    let state = after(standing.kind, standing.state, act).map_err(Refusal::from)?;
    let now = tx.now();
    let clock = of_receipt(now, rules);
    let next = (on.0, standing.revision + 1);
    acts::pass(tx, next, (state, unit), (&clock, now)).await?;
    let event = events::passed(on.0, state, standing.clock, &clock);
    tx.append(next.0, next.1, &event).await?;
    Ok((next.1, clock.due_at))
}

/// Records that whoever a request was passed to has it (R54). Answers the request's new
/// revision.
pub async fn record_receipt(
    tx: &mut Tx,
    on: (Uuid, i64),
    receipt: &Receipt,
) -> Result<i64, RequestError> {
    let standing = load(tx, on).await?;
    let state = after(standing.kind, standing.state, Act::RecordReceipt).map_err(Refusal::from)?;
    standing.passed_at.map_or(Ok(()), |passed| receipt.of_passing(passed))?;
    let next = (on.0, standing.revision + 1);
    acts::record_receipt(tx, next, state, receipt).await?;
    let event = events::receipt_recorded(on.0, state, standing.clock, receipt.at);
    tx.append(next.0, next.1, &event).await?;
    Ok(next.1)
}
