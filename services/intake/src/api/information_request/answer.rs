//! Requests for information, from domain to wire. Personal values are opened here.

use access::Personal;
use jiff::Timestamp;
use prost::Message;
use proto::{convert::to_timestamp, intake::v1 as pb, terms::v1 as terms};

use crate::{
    api::{page::Place, receipt},
    commands::information_request::{read::Record, take_back::WithHub},
    domain::{
        advice::Advice,
        information_request::{
            Arrived, Kind,
            disclosure::{Choice, Disclosed, Kept},
        },
        receipt::Receipt,
    },
    events::information_request::{answer_basis, kind, refusal_reason, state, verification},
    store::information_requests::{
        corrections::{Corrected, TakenBack},
        list::Line,
    },
    wire,
};

/// What is told of a request that was received; `perhaps` tells that somebody it is about
/// may have an open case (R54). Who asks outside hours is given EDT's number (R10).
pub fn received(
    arrived: &Arrived,
    kind: Kind,
    perhaps: bool,
    told: Advice,
) -> pb::ReceiveInformationRequestResponse {
    pb::ReceiveInformationRequestResponse {
        information_request_id: arrived.id.to_string(),
        reference: arrived.reference.to_string(),
        revision: 1,
        deadline: Some(to_timestamp(arrived.clock.due_at)),
        open_case: arrived.open_case,
        foreign: arrived.is_foreign,
        to_be_dated: kind.is_dated_by_a_manager(),
        perhaps_open_case: perhaps,
        advice: told.lines,
        edt_telephone: told.edt_telephone,
    }
}

/// A request, and what came of it.
///
/// # Errors
/// Where what stood before a correction cannot be read.
pub fn request(record: Record) -> Result<pb::InformationRequest, prost::DecodeError> {
    let Record { line, words, subjects, open, kept, taken_back, corrected } = record;
    let named_basis = words.named_basis.map_or(terms::BasisKind::Unspecified, answer_basis);
    let requester = words.requester;
    Ok(pb::InformationRequest {
        line: Some(self::line(line)),
        authority: words.authority.into_open(),
        purpose: words.purpose.into_open(),
        asked_for: words.asked_for.into_open(),
        named_basis: named_basis.into(),
        recorded_at: Some(to_timestamp(words.recorded_at)),
        first_deadline: Some(to_timestamp(words.first_deadline)),
        requester: Some(pb::Requester {
            name: requester.name.into_open(),
            organisation: requester.organisation.into_open(),
            capacity: requester.capacity.into_open(),
            contact_details: requester.contact_details.into_open(),
            country: requester.country,
        }),
        subjects: subjects.iter().map(|(_, subject)| wire::information_subject(subject)).collect(),
        open_case_units: open.units,
        perhaps_open_case: open.perhaps,
        passed_on: words.passed_at.map(|at| passed_on(at, words.unit, words.receipt)),
        disclosure: kept.map(disclosure),
        taken_back: taken_back.into_iter().map(self::taken_back).collect(),
        corrections: corrected.into_iter().map(correction).collect::<Result<_, _>>()?,
    })
}

/// What is told of a request that came back to the hub.
pub fn taken_back_now(now: &WithHub) -> pb::TakeBackInformationRequestResponse {
    pb::TakeBackInformationRequestResponse {
        revision: now.revision,
        deadline: Some(to_timestamp(now.clock.due_at)),
        open_case: now.found.open,
        perhaps_open_case: now.found.perhaps,
        to_be_dated: now.to_be_dated,
    }
}

/// What is told of a request that was corrected.
pub fn corrected_now(now: &WithHub) -> pb::CorrectInformationRequestResponse {
    pb::CorrectInformationRequestResponse {
        revision: now.revision,
        deadline: Some(to_timestamp(now.clock.due_at)),
        open_case: now.found.open,
        perhaps_open_case: now.found.perhaps,
        foreign: now.is_foreign,
        to_be_dated: now.to_be_dated,
    }
}

/// Where a line stands on the list.
pub fn place(line: &Line) -> Place {
    let order = line.deadline.to_jiff().as_microsecond();
    Place { done: line.dated, rank: 0, order, id: line.id }
}

/// A line of the list.
pub fn line(line: Line) -> pb::InformationRequestLine {
    let how = line.verification.map_or(pb::RequesterVerification::Unspecified, verification);
    pb::InformationRequestLine {
        information_request_id: line.id.to_string(),
        reference: line.reference,
        revision: line.revision,
        kind: kind(line.kind).into(),
        state: state(line.state).into(),
        received_at: Some(to_timestamp(line.received_at.to_jiff())),
        deadline: Some(to_timestamp(line.deadline.to_jiff())),
        to_be_dated: !line.dated,
        foreign: line.is_foreign,
        open_case: line.open_case,
        verification: how.into(),
    }
}

fn taken_back(back: TakenBack) -> pb::TakenBackPassing {
    pb::TakenBackPassing {
        passed_on: Some(passed_on(back.passed_at, back.unit, back.receipt)),
        reason: back.reason.into_open(),
        taken_back_at: Some(to_timestamp(back.at)),
        taken_back_by: back.by,
    }
}

fn correction(corrected: Corrected) -> Result<pb::InformationRequestAmendment, prost::DecodeError> {
    let before = pb::InformationRequestCorrection::decode(corrected.before.as_slice())?;
    Ok(pb::InformationRequestAmendment {
        before: Some(before),
        deadline_before: Some(to_timestamp(corrected.deadline_before)),
        reason: corrected.reason.into_open(),
        corrected_at: Some(to_timestamp(corrected.at)),
        corrected_by: corrected.by,
    })
}

fn passed_on(
    at: Timestamp,
    unit: Option<Personal<String>>,
    receipt: Option<Receipt>,
) -> pb::PassedOn {
    let (receipt_at, received_by) = receipt::shown(receipt);
    let unit = unit.map(Personal::into_open).unwrap_or_default();
    pb::PassedOn { unit, passed_at: Some(to_timestamp(at)), received_by, receipt_at }
}

fn disclosure(kept: Kept) -> pb::InformationDisclosure {
    let common = pb::InformationDisclosure {
        disclosure_id: kept.id.to_string(),
        effects_weighed: kept.decision.effects_weighed.into_open(),
        decided_at: Some(to_timestamp(kept.decided_at)),
        decided_by: kept.decided_by,
        ..pb::InformationDisclosure::default()
    };
    match kept.decision.choice {
        Choice::Share(sharing) => pb::InformationDisclosure {
            disclosed: sharing.disclosed.into_iter().map(disclosed).collect(),
            recipient: sharing.recipient.into_open(),
            recipient_country: sharing.recipient_country,
            basis: answer_basis(sharing.basis).into(),
            basis_detail: sharing.basis_detail.into_open(),
            basis_further: sharing.basis_further.map(Personal::into_open).unwrap_or_default(),
            open_case_reason: sharing.open_case_reason.map(Personal::into_open).unwrap_or_default(),
            ..common
        },
        Choice::Refuse(refusing) => pb::InformationDisclosure {
            refusal: refusal_reason(refusing.reason).into(),
            refusal_words: refusing.words.into_open(),
            open_case_reason: refusing
                .open_case_reason
                .map(Personal::into_open)
                .unwrap_or_default(),
            ..common
        },
    }
}

fn disclosed(disclosed: Disclosed) -> pb::DisclosedInformation {
    pb::DisclosedInformation {
        agency: disclosed.agency.unwrap_or_default(),
        information: disclosed.information.into_open(),
        proportion: disclosed.proportion.into_open(),
    }
}
