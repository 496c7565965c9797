//! Answering a request for information, or refusing it. Either way the decision is kept
//! as a disclosure record (R44, R56).

use std::collections::BTreeSet;

use messaging::Tx;
use uuid::Uuid;

use super::{RequestError, load, own_contact::could_show_own};
use crate::{
    commands::open_case::open_cases,
    domain::{
        consent::refuses_sharing,
        information_request::{
            AnswerBasis, RequestStanding, Subject,
            decision::{self, Answering, Decider, Refusing},
            disclosure::{Choice, Decision, RefusalReason},
            state::State,
        },
    },
    events::information_request as events,
    protocol::Rules,
    store::{
        consents,
        information_requests::{
            acts,
            disclosures::{self, Concerning},
            subjects,
        },
        register::people,
    },
};

/// The receipt of a decision.
#[derive(Clone, Copy, Debug)]
pub struct DecisionReceipt {
    /// The record of it.
    pub disclosure: Uuid,
    /// The request's new revision.
    pub revision: i64,
}

/// Decides a request, as `by`.
pub async fn decide(
    tx: &mut Tx,
    on: (Uuid, i64),
    decision: Decision,
    by: Decider,
    rules: &Rules,
) -> Result<DecisionReceipt, RequestError> {
    let standing = load(tx, on).await?;
    let concerned = subjects(tx, on.0).await?;
    let today = rules.calendar().local_date(tx.now());
    let named = concerned.iter().map(|(_, subject)| subject);
    let found = open_cases(tx, named, (today, &rules.matcher)).await?;
    let home = &rules.intake.information_requests.country;
    let state = match &decision.choice {
        Choice::Share(sharing) => {
            let named: Vec<&Subject> = concerned.iter().map(|(_, subject)| subject).collect();
            let own_contact = could_show_own(tx, &found, &named, &rules.matcher).await?;
            let on_consent = sharing.basis == AnswerBasis::Consent;
            let consent_refused = on_consent && is_refused(tx, &found.may_be).await?;
            let answering = Answering {
                basis: sharing.basis,
                goes_abroad: sharing.recipient_country != *home,
                open_case: found.open,
                open_case_reason: sharing.open_case_reason.is_some(),
                own_contact,
                consent_refused,
            };
            decision::answer(&standing, answering, by).map_err(RequestError::Refused)?
        }
        Choice::Refuse(refusing) => {
            let refusing = Refusing {
                withdrawn: refusing.reason == RefusalReason::Withdrawn,
                open_case: found.open,
                open_case_reason: refusing.open_case_reason.is_some(),
            };
            decision::refuse(&standing, refusing, by).map_err(RequestError::Refused)?
        }
    };
    let concerned: Vec<Uuid> = concerned.into_iter().map(|(id, _)| id).collect();
    let disclosure = keep(tx, (on.0, &concerned), &decision).await?;
    tell(tx, on, &standing, state, (disclosure, &decision), home).await?;
    Ok(DecisionReceipt { disclosure, revision: standing.revision + 1 })
}

/// Whether consent to share is refused, or was withdrawn, on a contact about somebody who is or
/// may be one of these (R6, R38).
async fn is_refused(tx: &mut Tx, people: &[Uuid]) -> Result<bool, sqlx::Error> {
    let held = people::held(tx, people).await?;
    let contacts: BTreeSet<Uuid> = held.iter().filter_map(|held| held.contact).collect();
    for contact in contacts {
        let asked = consents::of_contact(tx, contact).await?;
        let asked: Vec<_> = asked.into_iter().map(|held| held.consent).collect();
        if refuses_sharing(&asked, people) {
            return Ok(true);
        }
    }
    Ok(false)
}

/// Keeps the decision, and what is disclosed.
async fn keep(
    tx: &mut Tx,
    (request, subjects): (Uuid, &[Uuid]),
    decision: &Decision,
) -> Result<Uuid, RequestError> {
    let (id, now, by) = (Uuid::now_v7(), tx.now(), tx.actor().to_owned());
    disclosures::insert(tx, id, &Concerning { request, subjects }, decision, (&by, now)).await?;
    if let Choice::Share(sharing) = &decision.choice {
        for (place, disclosed) in (0..).zip(&sharing.disclosed) {
            disclosures::insert_disclosed(tx, id, place, disclosed).await?;
        }
    }
    Ok(id)
}

async fn tell(
    tx: &mut Tx,
    on: (Uuid, i64),
    standing: &RequestStanding,
    state: State,
    (disclosure, decision): (Uuid, &Decision),
    home: &str,
) -> Result<(), RequestError> {
    let (request, revision) = (on.0, standing.revision + 1);
    acts::decide(tx, (request, revision), state).await?;
    let decided =
        events::RequestDecision { request, disclosure, ended: standing.clock, at: tx.now() };
    match &decision.choice {
        Choice::Share(sharing) => {
            let foreign = standing.is_foreign || sharing.recipient_country != home;
            let event = events::answered(&decided, sharing.basis, foreign);
            tx.append(request, revision, &event).await?
        }
        Choice::Refuse(refusing) => {
            tx.append(request, revision, &events::refused(&decided, refusing.reason)).await?
        }
    };
    Ok(())
}
