//! A request that was taken down wrong is put as it ought to be (R31, R55).

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use prost::Message;
use proto::{convert::to_timestamp, intake::v1 as pb};
use uuid::Uuid;

use super::{RequestError, found::find, load, take_back::WithHub};
use crate::{
    domain::{
        clock::Running,
        information_request::{
            RequestStanding, Subject,
            clock::from_receipt,
            correction::{Correction, Held, fits},
            decision::{self, Decider},
        },
    },
    events::information_request as events,
    protocol::Rules,
    store::information_requests::{
        self as store, Words,
        corrections::{self, Because, Stands},
    },
    wire,
};

/// Corrects a request that is with the hub, as `by`. What follows from what it says follows anew:
/// whether it is a manager's or governance's, whether somebody has an open case, and its clock.
/// What stood there before is kept with who and why.
pub async fn correct(
    tx: &mut Tx,
    on: (Uuid, i64),
    (correction, reason): (&Correction, &Personal<String>),
    by: Decider,
    rules: &Rules,
) -> Result<WithHub, RequestError> {
    let standing = load(tx, on).await?;
    let home = &rules.intake.information_requests.country;
    decision::correct(&standing, correction, home, by)?;
    let words = store::words(tx, on.0).await?.ok_or(RequestError::NoSuchRequest)?;
    let concerned = store::subjects(tx, on.0).await?;
    let (purpose, recorded_at) = (&words.purpose, words.recorded_at);
    let held = Held { recorded_at, purpose, subjects: concerned.len() };
    fits(&standing, &held, correction)?;
    let before = before(&standing, &words, &concerned, correction).encode_to_vec();
    put_subjects(tx, on.0, &concerned, correction).await?;
    let corrected = standing.clone().corrected(correction, home);
    let found = find(tx, on.0, &corrected, rules).await?;
    let runs_on =
        found.clock.due_at == standing.deadline && corrected.received_at == standing.received_at;
    let clock = (!runs_on).then_some(&found.clock);
    let open_case_from = found.goes_by.open_case_from;
    let next = (on.0, standing.revision + 1);
    let stands = Stands {
        kind: corrected.kind,
        country: correction.country.as_deref(),
        is_foreign: corrected.is_foreign,
        received_at: corrected.received_at,
        purpose: correction.purpose.as_ref(),
        open_case_from,
        clock,
        first_deadline: from_receipt(&found.goes_by, rules).due_at,
    };
    let (now, who) = (tx.now(), tx.actor().to_owned());
    let because = Because { reason, by: &who, at: now };
    corrections::keep(tx, next, (&before, standing.deadline), &because).await?;
    corrections::put(tx, next, &stands, now).await?;
    let corrected = RequestStanding { open_case_from, ..corrected };
    let clocks = clock.map(|clock| (standing.clock, clock));
    tx.append(next.0, next.1, &events::corrected(on.0, &corrected, clocks, now)).await?;
    let goes_on = Running { id: standing.clock, due_at: standing.deadline };
    Ok(WithHub {
        revision: next.1,
        clock: clock.map_or(goes_on, |clock| clock.running()),
        found: found.looked_up,
        is_foreign: corrected.is_foreign,
        to_be_dated: corrected.kind.is_dated_by_a_manager() && corrected.dated.is_none(),
    })
}

/// What stands in a request now of whatever a correction is about.
fn before(
    standing: &RequestStanding,
    words: &Words,
    concerned: &[(Uuid, Subject)],
    correction: &Correction,
) -> pb::InformationRequestCorrection {
    let received = |_: &Timestamp| to_timestamp(standing.received_at);
    let purpose = |_: &Personal<String>| words.purpose.open().clone();
    let subjects = correction.subjects.iter().flat_map(|_| concerned);
    let kind = correction.kind.map(|_| events::kind(standing.kind).into());
    pb::InformationRequestCorrection {
        kind: kind.unwrap_or_default(),
        country: correction
            .country
            .as_ref()
            .map_or_else(String::new, |_| words.requester.country.clone()),
        received_at: correction.received_at.as_ref().map(received),
        purpose: correction.purpose.as_ref().map(purpose),
        subjects: subjects.map(|(_, subject)| wire::information_subject(subject)).collect(),
    }
}

/// Puts everybody in their place, and whoever was missed behind them.
async fn put_subjects(
    tx: &mut Tx,
    request: Uuid,
    concerned: &[(Uuid, Subject)],
    correction: &Correction,
) -> Result<(), sqlx::Error> {
    for (place, subject) in (0..).zip(correction.subjects.iter().flatten()) {
        match concerned.get(place) {
            Some((id, _)) => corrections::put_subject(tx, *id, subject).await?,
            None => {
                let place = i32::try_from(place).unwrap_or(i32::MAX);
                store::insert_subject(tx, request, (Uuid::now_v7(), place), subject).await?;
            }
        }
    }
    Ok(())
}
