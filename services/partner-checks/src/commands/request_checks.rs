//! Requesting checks: one for each agency, with its disclosure record and its clock
//! (R33, R34, R37, R44).

use access::Personal;
use jiff::Timestamp;
use messaging::Tx;
use uuid::Uuid;

use super::CommandError;
use crate::{
    asks::Asked,
    domain::{
        agreement::{Standing, may_send, standing},
        check::{Check, Message, Rag},
        disclosure::{Disclosure, fields},
    },
    events,
    protocol::Rules,
    store::{agreements, checks, disclosures},
};

/// What a manager requests.
pub struct Order {
    /// The contact.
    pub contact: Uuid,
    /// The children asked about.
    pub children: Vec<Uuid>,
    /// Codes of the agencies, each once and known (R36).
    pub agencies: Vec<String>,
    /// How urgent.
    pub rag: Rag,
    /// What the information is for (R35).
    pub purpose: Personal<String>,
    /// What has happened (R35).
    pub context: Personal<String>,
    /// A basis on record; `None` to rest on consent.
    pub basis: Option<Uuid>,
    /// The effects that were weighed (R44).
    pub effects_weighed: Personal<String>,
    /// Why it is sent also where an agreement has lapsed (R37).
    pub lapsed_agreement_reason: Option<Personal<String>>,
}

/// A check that was requested.
pub struct RequestedCheck {
    /// The check.
    pub id: Uuid,
    /// The agency.
    pub agency: String,
    /// When the answer is due.
    pub deadline: Timestamp,
    /// The Emergency Duty Team is to be told (R34).
    pub call_edt: bool,
}

/// Requests a check of each agency, on what intake and screening answered.
pub async fn request_checks(
    tx: &mut Tx,
    order: &Order,
    asked: &Asked,
    rules: &Rules,
) -> Result<Vec<RequestedCheck>, CommandError> {
    let standings = standings(tx, &order.agencies, rules).await?;
    let urgent = order.rag == Rag::Red || asked.section_47;
    may_send(&standings, urgent, order.lapsed_agreement_reason.is_some())?;
    let message = Message {
        reference: asked.identity.reference.clone(),
        purpose: order.purpose.clone(),
        context: order.context.clone(),
        children: asked.identity.children.clone(),
    };
    let mut requested = Vec::new();
    for (agency, standing) in standings {
        requested
            .push(request_check(tx, (agency, standing), (order, asked), &message, rules).await?);
    }
    Ok(requested)
}

/// How each agency's agreement stands now. One that lapses soon is said to those who
/// watch the logs: IG is to have it confirmed anew (R37).
async fn standings<'a>(
    tx: &mut Tx,
    agencies: &'a [String],
    rules: &Rules,
) -> Result<Vec<(&'a str, Standing)>, CommandError> {
    let now = tx.now();
    let mut standings = Vec::new();
    for agency in agencies {
        let lapses_at = agreements::lapses_at(tx, agency).await?;
        let standing = standing(lapses_at, now, rules.agreement_warning());
        if standing == Standing::LapsesSoon {
            tracing::warn!(
                agency,
                "the confirmation of the data sharing agreement lapses soon (R37)"
            );
        }
        standings.push((agency.as_str(), standing));
    }
    Ok(standings)
}

async fn request_check(
    tx: &mut Tx,
    (agency, standing): (&str, Standing),
    (order, asked): (&Order, &Asked),
    message: &Message,
    rules: &Rules,
) -> Result<RequestedCheck, CommandError> {
    let now = tx.now();
    let due = rules.due(now, order.rag);
    let check = Check {
        id: Uuid::now_v7(),
        revision: 1,
        contact: order.contact,
        agency: agency.to_owned(),
        rag: order.rag,
        basis: asked.identity.basis,
        requested_at: now,
        deadline: due.at,
        clock: Uuid::now_v7(),
        delivered_at: None,
        seen_at: None,
        answered_at: None,
    };
    checks::insert(tx, &check, message).await?;
    for (place, child) in (0..).zip(&message.children) {
        checks::insert_child(tx, check.id, place, child).await?;
    }
    let lapsed = standing == Standing::Lapsed;
    let disclosure = disclosure(&check, order, asked, lapsed, tx.actor());
    disclosures::insert(tx, &disclosure).await?;
    tx.append(check.id, check.revision, &events::check_requested(&check, rules)).await?;
    let reachable = rules.agency(agency).is_some_and(|agency| agency.out_of_hours);
    let call_edt = check.rag == Rag::Red && due.past_closing && !reachable;
    Ok(RequestedCheck { id: check.id, agency: check.agency, deadline: check.deadline, call_edt })
}

/// The record of what leaves the hub with a check (R44).
fn disclosure(check: &Check, order: &Order, asked: &Asked, lapsed: bool, by: &str) -> Disclosure {
    let identity = &asked.identity;
    Disclosure {
        id: Uuid::now_v7(),
        check: check.id,
        contact: check.contact,
        agency: check.agency.clone(),
        child_ids: identity.children.iter().map(|child| child.id).collect(),
        fields: fields(&identity.children),
        purpose: order.purpose.clone(),
        basis: identity.basis,
        contact_revision: identity.contact_revision,
        effects_weighed: order.effects_weighed.clone(),
        lapsed_agreement_reason: order.lapsed_agreement_reason.clone().filter(|_| lapsed),
        decided_by: by.to_owned(),
        decided_at: check.requested_at,
    }
}
