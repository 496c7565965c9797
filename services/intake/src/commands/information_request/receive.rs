//! A request for information comes in (R54, R55).

use messaging::Tx;
use uuid::Uuid;

use super::RequestError;
use crate::{
    commands::open_case::{LookedUp, open_cases},
    domain::{
        information_request::{
            Arrived, NewRequest,
            clock::{GoesBy, from_receipt},
        },
        reference::Reference,
    },
    events::information_request as events,
    protocol::Rules,
    store::{contacts, information_requests as store},
};

/// Records a request, and tells that it was received. Its reference comes from the same
/// numbers as those of contacts, so that one that is read out names one record (R11).
/// Answers what the register says of those it is about too, for whoever tells it (R61).
pub async fn receive(
    tx: &mut Tx,
    request: &NewRequest,
    rules: &Rules,
) -> Result<(Arrived, LookedUp), RequestError> {
    let now = tx.now();
    let received_at = request.received_at.unwrap_or(now);
    let on = (rules.calendar().local_date(now), &rules.matcher);
    let found = open_cases(tx, request.subjects.iter(), on).await?;
    let goes_by = GoesBy {
        kind: request.kind,
        received_at,
        open_case_from: found.open.then_some(received_at),
        dated: None,
    };
    let number = contacts::next_reference_number(tx).await?;
    let arrived = Arrived {
        id: Uuid::now_v7(),
        reference: Reference::of_number(number.unsigned_abs()),
        received_at,
        recorded_at: now,
        is_foreign: request.requester.country != rules.intake.information_requests.country,
        open_case: found.open,
        clock: from_receipt(&goes_by, rules),
    };
    store::insert(tx, request, &arrived).await?;
    for (place, subject) in (0..).zip(&request.subjects) {
        store::insert_subject(tx, arrived.id, (Uuid::now_v7(), place), subject).await?;
    }
    tx.append(arrived.id, 1, &events::received(request, &arrived)).await?;
    Ok((arrived, found))
}
