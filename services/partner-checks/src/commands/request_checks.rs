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
        disclosure::{Basis, Disclosure, Identity, fields},
    },
    events,
    protocol::Rules,
    store::{agreements, checks, consent, disclosures, ended_bases, taken_off},
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
    still_so(tx, order, &asked.identity).await?;
    let standings = standings(tx, &order.agencies, rules).await?;
    let urgent = order.rag == Rag::Red || asked.section_47;
    may_send(&standings, urgent, order.lapsed_agreement_reason.is_some())?;
    let message = Message {
        reference: asked.identity.reference.clone(),
        purpose: order.purpose.clone(),
        context: order.context.clone(),
        children: asked.identity.children.clone(),
    };
    let due = rules.due(tx.now(), order.rag);
    let mut requested = Vec::new();
    for (agency, standing) in standings {
        let check = new_check(agency, order, asked, tx.now(), due.at);
        let lapsed = standing == Standing::Lapsed;
        let disclosure = disclosure(&check, order, asked, lapsed, tx.actor());
        add(tx, &check, &message, &disclosure, rules).await?;
        let reachable = rules.agency(agency).is_some_and(|agency| agency.out_of_hours);
        requested.push(RequestedCheck {
            id: check.id,
            agency: check.agency,
            deadline: check.deadline,
            call_edt: check.rag == Rag::Red && due.past_closing && !reachable,
        });
    }
    Ok(requested)
}

/// Since intake was asked consent may have been taken back (R6, R38), the basis ended (R38), or a
/// child taken off (R20): what is heard of it from now on finds the checks that are requested.
async fn still_so(tx: &mut Tx, order: &Order, identity: &Identity) -> Result<(), CommandError> {
    let withdrawn_at = consent::lock_withdrawn(tx, order.contact).await?;
    if identity.basis == Basis::Consent && withdrawn_at > identity.contact_revision {
        return Err(CommandError::ConsentChanged);
    }
    if let Some(basis) = order.basis
        && ended_bases::has(tx, basis).await?
    {
        return Err(CommandError::BasisEnded);
    }
    match taken_off::is_among(tx, &order.children).await? {
        true => Err(CommandError::TakenOff),
        false => Ok(()),
    }
}

/// How each agency's agreement stands now (R37).
async fn standings<'a>(
    tx: &mut Tx,
    agencies: &'a [String],
    rules: &Rules,
) -> Result<Vec<(&'a str, Standing)>, CommandError> {
    let (now, latest) = (tx.now(), agreements::latest(tx).await?);
    let standings = agencies.iter().map(|agency| {
        let confirmation = latest.iter().find(|latest| latest.agency == *agency);
        let lapses_at = confirmation.map(|confirmation| confirmation.lapses_at);
        (agency.as_str(), standing(lapses_at, now, rules.agreement_warning()))
    });
    Ok(standings.collect())
}

fn new_check(
    agency: &str,
    order: &Order,
    asked: &Asked,
    now: Timestamp,
    deadline: Timestamp,
) -> Check {
    Check {
        id: Uuid::now_v7(),
        revision: 1,
        contact: order.contact,
        agency: agency.to_owned(),
        rag: order.rag,
        basis: asked.identity.basis,
        basis_id: order.basis,
        requested_at: now,
        deadline,
        clock: Uuid::now_v7(),
        delivered_at: None,
        seen_at: None,
        answered_at: None,
        withdrawn_at: None,
        basis_lost_at: None,
        paged_at: None,
    }
}

/// Writes a check with its children and the record of what leaves the hub, and tells it.
async fn add(
    tx: &mut Tx,
    check: &Check,
    message: &Message,
    disclosure: &Disclosure,
    rules: &Rules,
) -> Result<(), CommandError> {
    checks::insert(tx, check, message).await?;
    for (place, child) in (0..).zip(&message.children) {
        checks::insert_child(tx, check.id, place, child).await?;
    }
    disclosures::insert(tx, disclosure).await?;
    tx.append(check.id, check.revision, &events::check_requested(check, rules)).await?;
    Ok(())
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
