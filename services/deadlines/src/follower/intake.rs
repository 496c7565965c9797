//! What intake tells: contacts, what is passed on and taken, requests for information.

use messaging::{
    follower::{HandlerError, fields::id},
    received::Received,
};
use prost::Name;
use proto::{
    intake::v1::{
        AuthorityReceiptRecorded, BasisEnded, BasisRecorded, ContactAmended, ContactKept,
        ContactPassedToUnit, ContactReceived, HandOverMade, HandOverReceiptUndone, HandOverTaken,
        InformationRequestAnswered, InformationRequestCorrected, InformationRequestDated,
        InformationRequestOpenCaseChanged, InformationRequestPassed,
        InformationRequestReceiptRecorded, InformationRequestReceived, InformationRequestRefused,
        InformationRequestTakenBack, NoticePriorityConfirmed, OpenCaseFound, OverrideReviewed,
        PassedToAuthority, TakenBackFromAuthority, UnitHandOverWithdrawn, UnitReceiptRecorded,
    },
    terms::v1::{ClockEnd, ClockStart},
};

use super::{ends, starts};
use crate::{commands::take_in::Facts, domain::page::Subject};

/// What an event of intake says to deadlines; `None` where it says nothing.
pub fn facts(event: &Received) -> Result<Option<Facts>, HandlerError> {
    let facts = match event.name() {
        ContactReceived::NAME => contact_received(&event.decode()?)?,
        ContactAmended::NAME => contact_amended(&event.decode()?)?,
        BasisRecorded::NAME => basis_recorded(&event.decode()?)?,
        // R18, R31: a page that Section 47 raised, and the hour that runs since, go on until a person has
        // acknowledged the one and decided within the other.
        BasisEnded::NAME => {
            let told: BasisEnded = event.decode()?;
            timed(&told.contact_id, &[], &told.clocks_ended)?
        }
        NoticePriorityConfirmed::NAME => priority_confirmed(&event.decode()?)?,
        OverrideReviewed::NAME => {
            let told: OverrideReviewed = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &told.clocks_ended)?
        }
        HandOverMade::NAME => {
            let told: HandOverMade = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &[])?
        }
        HandOverTaken::NAME => {
            let told: HandOverTaken = event.decode()?;
            timed(&told.contact_id, &[], &told.clocks_ended)?
        }
        HandOverReceiptUndone::NAME => {
            let told: HandOverReceiptUndone = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &[])?
        }
        TakenBackFromAuthority::NAME => {
            let told: TakenBackFromAuthority = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &told.clocks_ended)?
        }
        PassedToAuthority::NAME => {
            let told: PassedToAuthority = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &told.clocks_ended)?
        }
        ContactKept::NAME => {
            let told: ContactKept = event.decode()?;
            timed(&told.contact_id, &[], &told.clocks_ended)?
        }
        AuthorityReceiptRecorded::NAME => {
            let told: AuthorityReceiptRecorded = event.decode()?;
            timed(&told.contact_id, &[], &told.clocks_ended)?
        }
        OpenCaseFound::NAME => {
            let told: OpenCaseFound = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &[])?
        }
        ContactPassedToUnit::NAME => {
            let told: ContactPassedToUnit = event.decode()?;
            timed(&told.contact_id, &told.clocks_started, &told.clocks_ended)?
        }
        UnitReceiptRecorded::NAME => {
            let told: UnitReceiptRecorded = event.decode()?;
            timed(&told.contact_id, &[], &told.clocks_ended)?
        }
        UnitHandOverWithdrawn::NAME => {
            let told: UnitHandOverWithdrawn = event.decode()?;
            timed(&told.contact_id, &[], &told.clocks_ended)?
        }
        _ => return information_request(event),
    };
    Ok(Some(facts))
}

/// A request for information stands where a contact does: its clocks are of one record.
fn information_request(event: &Received) -> Result<Option<Facts>, HandlerError> {
    let facts = match event.name() {
        InformationRequestReceived::NAME => {
            let told: InformationRequestReceived = event.decode()?;
            timed(&told.information_request_id, &told.clocks_started, &[])?
        }
        InformationRequestDated::NAME => {
            let told: InformationRequestDated = event.decode()?;
            timed(&told.information_request_id, &told.clocks_started, &told.clocks_ended)?
        }
        InformationRequestPassed::NAME => {
            let told: InformationRequestPassed = event.decode()?;
            timed(&told.information_request_id, &told.clocks_started, &told.clocks_ended)?
        }
        InformationRequestReceiptRecorded::NAME => {
            let told: InformationRequestReceiptRecorded = event.decode()?;
            timed(&told.information_request_id, &[], &told.clocks_ended)?
        }
        InformationRequestAnswered::NAME => {
            let told: InformationRequestAnswered = event.decode()?;
            timed(&told.information_request_id, &[], &told.clocks_ended)?
        }
        InformationRequestRefused::NAME => {
            let told: InformationRequestRefused = event.decode()?;
            timed(&told.information_request_id, &[], &told.clocks_ended)?
        }
        InformationRequestTakenBack::NAME => {
            let told: InformationRequestTakenBack = event.decode()?;
            timed(&told.information_request_id, &told.clocks_started, &told.clocks_ended)?
        }
        InformationRequestCorrected::NAME => {
            let told: InformationRequestCorrected = event.decode()?;
            timed(&told.information_request_id, &told.clocks_started, &told.clocks_ended)?
        }
        InformationRequestOpenCaseChanged::NAME => {
            let told: InformationRequestOpenCaseChanged = event.decode()?;
            timed(&told.information_request_id, &told.clocks_started, &told.clocks_ended)?
        }
        _ => return Ok(None),
    };
    Ok(Some(facts))
}

/// Clocks of one record that began and ended.
fn timed(record: &str, started: &[ClockStart], ended: &[ClockEnd]) -> Result<Facts, HandlerError> {
    let record = id("contact_id", record)?;
    Ok(Facts {
        contact: Some(record),
        started: starts(record, started)?,
        ended: ends(ended)?,
        ..Facts::default()
    })
}

/// R18: significant harm or immediate danger pages at once.
fn contact_received(told: &ContactReceived) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", &told.contact_id)?;
    let danger = told.immediate_danger || told.significant_harm;
    let page = danger.then(|| Subject::section_47(contact));
    Ok(Facts { page, ..timed(&told.contact_id, &told.clocks_started, &[])? })
}

/// R18: anyone may mark it, also in a correction of what was told first. Danger that is
/// added to harm is paged anew, and so is harm that was taken back and is said again.
fn contact_amended(told: &ContactAmended) -> Result<Facts, HandlerError> {
    let amendment = ("amendment_id", told.amendment_id.as_str());
    // A child who was missed is in the danger of its contact, and nobody has decided on it.
    let added = !told.added_child_ids.is_empty();
    let marked = told.immediate_danger || told.significant_harm;
    let pages = told.became_urgent || (added && (told.added_to_urgent || marked));
    let urgent = urgent_later(&told.contact_id, amendment, pages)?;
    let timed = timed(&told.contact_id, &told.clocks_started, &told.clocks_ended)?;
    Ok(Facts { page: urgent.page, undecided: added, ..timed })
}

/// R18: reasonable cause to suspect significant harm is the same trigger, whoever records
/// it; intake says whether anything had said so before.
fn basis_recorded(told: &BasisRecorded) -> Result<Facts, HandlerError> {
    let basis = ("basis_id", told.basis_id.as_str());
    let Facts { page, .. } = urgent_later(&told.contact_id, basis, told.became_urgent)?;
    Ok(Facts { page, ..timed(&told.contact_id, &told.clocks_started, &[])? })
}

/// R14, R18: who says that a notice is urgent makes its contact so.
fn priority_confirmed(told: &NoticePriorityConfirmed) -> Result<Facts, HandlerError> {
    let confirmation = ("confirmation_id", told.confirmation_id.as_str());
    urgent_later(&told.contact_id, confirmation, told.became_urgent)
}

/// What makes a contact urgent after it came in. The id of what says so is needed only
/// where it pages.
fn urgent_later(
    contact: &str,
    (field, told_by): (&str, &str),
    became_urgent: bool,
) -> Result<Facts, HandlerError> {
    let contact = id("contact_id", contact)?;
    let told_by = became_urgent.then(|| id(field, told_by)).transpose()?;
    let page = told_by.map(|told_by| Subject::section_47_later(contact, told_by));
    Ok(Facts { contact: Some(contact), page, ..Facts::default() })
}
