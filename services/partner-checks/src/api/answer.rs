//! Answers, from domain to wire. Personal values are opened here, where they are shown
//! or disclosed.

use access::Personal;
use jiff::Timestamp;
use prost::{DecodeError, Message as _};
use proto::{
    convert::{to_date, to_timestamp},
    partner::v1 as partner,
    partner_checks::v1 as pb,
};
use uuid::Uuid;

use crate::{
    commands::request_checks::RequestedCheck,
    domain::{
        agreement::{Confirmation, Standing, standing},
        check::{Check, CheckState, CheckedChild, Message},
        disclosure::Disclosure,
    },
    events::{basis, rag},
    protocol::Rules,
    store::answers::{AnswerRow, FlagRow},
};

/// A check that was requested.
pub fn requested(check: RequestedCheck) -> pb::RequestedCheck {
    pb::RequestedCheck {
        check_id: check.id.to_string(),
        agency: check.agency,
        deadline: Some(to_timestamp(check.deadline)),
        call_edt: check.call_edt,
    }
}

/// A request as its agency gets it: what it needs to judge and answer, no more (R35,
/// R45).
pub fn request(check: &Check, message: Message) -> partner::CheckRequest {
    partner::CheckRequest {
        check_id: check.id.to_string(),
        reference: message.reference,
        rag: rag(check.rag).into(),
        requested_at: Some(to_timestamp(check.requested_at)),
        deadline: Some(to_timestamp(check.deadline)),
        purpose: message.purpose.into_open(),
        context: message.context.into_open(),
        basis: basis(check.basis).into(),
        children: message.children.into_iter().map(child).collect(),
    }
}

/// The checks of a contact with what came back, as they stand `now` (R42).
///
/// # Errors
/// Where an answer on record cannot be read.
pub fn checks(
    checks: Vec<Check>,
    mut answers: Vec<AnswerRow>,
    mut flags: Vec<FlagRow>,
    rules: &Rules,
    now: Timestamp,
) -> Result<Vec<pb::Check>, DecodeError> {
    let checks = checks.into_iter().map(|check| {
        let answers = answers.extract_if(.., |answer| answer.check == check.id).map(received);
        let answers = answers.collect::<Result<_, _>>()?;
        let flags = flags.extract_if(.., |flag| flag.check == check.id).map(flagged).collect();
        Ok(pb::Check { answers, flags, ..self::check(check, rules, now) })
    });
    checks.collect()
}

/// A check as it stands `now`, without what came back (R42). One that has not reached its
/// agency in time comes with the number to ring (R46).
pub fn check(check: Check, rules: &Rules, now: Timestamp) -> pb::Check {
    let state = match check.state() {
        CheckState::Sent => pb::CheckState::Sent,
        CheckState::Delivered => pb::CheckState::Delivered,
        CheckState::Seen => pb::CheckState::Seen,
        CheckState::Answered => pb::CheckState::Answered,
        CheckState::Withdrawn => pb::CheckState::Withdrawn,
    };
    let watch = rules.watch(now);
    let agency = rules.agency(&check.agency).filter(|_| watch.is_undelivered(&check));
    pb::Check {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        rag: rag(check.rag).into(),
        state: state.into(),
        requested_at: Some(to_timestamp(check.requested_at)),
        deadline: Some(to_timestamp(check.deadline)),
        basis: basis(check.basis).into(),
        basis_id: check.basis_id.map(|id| id.to_string()).unwrap_or_default(),
        answers: Vec::new(),
        flags: Vec::new(),
        late: check.is_late(now),
        telephone: agency.map(|agency| agency.telephone.clone()).unwrap_or_default(),
        unpaged: watch.is_unpaged(&check),
        basis_lost_at: check.basis_lost_at.map(to_timestamp),
        agency: check.agency,
    }
}

/// The partners, and how the agreement of each stands `now` (R36, R37).
pub fn partners(latest: &[Confirmation], rules: &Rules, now: Timestamp) -> Vec<pb::Partner> {
    let partners = rules.checks.agencies.iter().map(|agency| {
        let confirmation = latest.iter().find(|latest| latest.agency == agency.code);
        let lapses_at = confirmation.map(|confirmation| confirmation.lapses_at);
        let state = match standing(lapses_at, now, rules.agreement_warning()) {
            Standing::Missing => pb::AgreementState::Missing,
            Standing::Lapsed => pb::AgreementState::Lapsed,
            Standing::LapsesSoon => pb::AgreementState::Lapsing,
            Standing::Confirmed => pb::AgreementState::Confirmed,
        };
        pb::Partner {
            agency: agency.code.clone(),
            name: agency.name.clone(),
            agreement: state.into(),
            lapses_at: lapses_at.map(to_timestamp),
        }
    });
    partners.collect()
}

/// What left the hub (R44).
pub fn disclosure(disclosure: Disclosure) -> pb::Disclosure {
    pb::Disclosure {
        disclosure_id: disclosure.id.to_string(),
        check_id: disclosure.check.to_string(),
        agency: disclosure.agency,
        child_ids: disclosure.child_ids.iter().map(Uuid::to_string).collect(),
        fields: disclosure.fields,
        purpose: disclosure.purpose.into_open(),
        basis: basis(disclosure.basis).into(),
        contact_revision: disclosure.contact_revision,
        effects_weighed: disclosure.effects_weighed.into_open(),
        decided_by: disclosure.decided_by,
        decided_at: Some(to_timestamp(disclosure.decided_at)),
        lapsed_agreement_reason: disclosure
            .lapsed_agreement_reason
            .map(Personal::into_open)
            .unwrap_or_default(),
    }
}

fn received(row: AnswerRow) -> Result<pb::ReceivedAnswer, DecodeError> {
    Ok(pb::ReceivedAnswer {
        answer_id: row.id.to_string(),
        received_at: Some(to_timestamp(row.received_at)),
        late: row.late,
        answer: Some(partner::Answer::decode(row.content.open().as_slice())?),
    })
}

fn flagged(row: FlagRow) -> pb::ReceivedFlag {
    pb::ReceivedFlag {
        flag_id: row.id.to_string(),
        received_at: Some(to_timestamp(row.received_at)),
        reason: row.reason.into_open(),
    }
}

fn child(child: CheckedChild) -> partner::CheckedChild {
    let date = child.birth_date.map(|date| to_date(date.into_open()));
    let (birth_date, expected_date) = if child.unborn { (None, date) } else { (date, None) };
    partner::CheckedChild {
        child_id: child.id.to_string(),
        name: child.name.into_open(),
        birth_date,
        expected_date,
        unborn: child.unborn,
        address: child.address.into_open(),
        school: child.school.into_open(),
        nhs_number: child.nhs_number.into_open(),
    }
}
