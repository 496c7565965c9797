//! What partner-checks tells, from domain to wire: ids, codes and times (R63).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    partner_checks::v1 as pb,
    terms::v1::{self as terms, ClockEnd, ClockEnding, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::{
    domain::{
        agreement::Confirmation,
        answer::Extent,
        check::{Check, Rag},
        disclosure::Basis,
    },
    protocol::Rules,
};

/// An agency has been asked (R33).
pub fn check_requested(check: &Check, rules: &Rules) -> pb::CheckRequested {
    pb::CheckRequested {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        rag: rag(check.rag).into(),
        requested_at: Some(to_timestamp(check.requested_at)),
        deadline: Some(to_timestamp(check.deadline)),
        basis: basis(check.basis).into(),
        clocks_started: vec![clock_start(check, check.requested_at, rules)],
    }
}

/// The agency's system has the request (R42).
pub fn check_delivered(check: &Check, at: Timestamp) -> pb::CheckDelivered {
    pb::CheckDelivered {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        delivered_at: Some(to_timestamp(at)),
    }
}

/// A person at the agency has opened the request (R42).
pub fn check_seen(check: &Check, at: Timestamp) -> pb::CheckSeen {
    pb::CheckSeen {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        seen_at: Some(to_timestamp(at)),
        clock_id: check.clock.to_string(),
    }
}

/// What an answer means to the other services, beyond the check itself.
pub struct Answered {
    /// How far the answer goes.
    pub extent: Extent,
    /// When it was received (R13).
    pub received_at: Timestamp,
    /// It came after the deadline.
    pub late: bool,
    /// The agency holds nothing.
    pub nothing_held: bool,
    /// The check's clock ends with it.
    pub ends_clock: bool,
}

/// An agency has answered (R40). The clock ends when the answer was received.
pub fn check_answered(check: &Check, answered: &Answered) -> pb::CheckAnswered {
    let end =
        answered.ends_clock.then(|| clock_end(check.clock, answered.received_at, ClockEnding::Met));
    pb::CheckAnswered {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        rag: rag(check.rag).into(),
        extent: extent(answered.extent).into(),
        received_at: Some(to_timestamp(answered.received_at)),
        requested_at: Some(to_timestamp(check.requested_at)),
        late: answered.late,
        nothing_held: answered.nothing_held,
        clocks_ended: end.into_iter().collect(),
    }
}

/// A check was withdrawn (R6, R9, R38). Its clock ends with what made it needless.
pub fn check_withdrawn(
    check: &Check,
    at: Timestamp,
    (because, since): (pb::WithdrawnBecause, Timestamp),
) -> pb::CheckWithdrawn {
    let ended_at = since.max(check.requested_at);
    pb::CheckWithdrawn {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        rag: rag(check.rag).into(),
        withdrawn_at: Some(to_timestamp(at)),
        clocks_ended: vec![clock_end(check.clock, ended_at, ClockEnding::Cancelled)],
        because: because.into(),
    }
}

/// Why a check is withdrawn that has lost what it rests on: consent (R6), or a basis on record (R38).
pub fn basis_lost_because(check: &Check) -> pb::WithdrawnBecause {
    match check.basis {
        Basis::Consent => pb::WithdrawnBecause::ConsentWithdrawn,
        Basis::Override | Basis::PublicInterest | Basis::Section47 | Basis::CourtOrder => {
            pb::WithdrawnBecause::BasisEnded
        }
    }
}

/// Consent that a check rests on was taken back, or its basis ended, `at` an instant, and its agency
/// has it (R6, R38).
pub fn check_consent_withdrawn(check: &Check, at: Timestamp) -> pb::CheckConsentWithdrawn {
    pb::CheckConsentWithdrawn {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        withdrawn_at: Some(to_timestamp(at)),
        taken_off: false,
        basis_ended: basis_lost_because(check) == pb::WithdrawnBecause::BasisEnded,
    }
}

/// An agency has a check that tells of a child who was taken off its contact `at` an instant
/// (R20).
pub fn check_tells_of_taken_off(check: &Check, at: Timestamp) -> pb::CheckConsentWithdrawn {
    pb::CheckConsentWithdrawn {
        taken_off: true,
        basis_ended: false,
        ..check_consent_withdrawn(check, at)
    }
}

/// An agency has flagged a risk (R41); `replaced` is the clock in whose place the
/// check's RED clock runs, where there is one.
pub fn risk_flagged(
    flag: Uuid,
    check: &Check,
    at: Timestamp,
    replaced: Option<Uuid>,
    rules: &Rules,
) -> pb::RiskFlagged {
    pb::RiskFlagged {
        flag_id: flag.to_string(),
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        received_at: Some(to_timestamp(at)),
        clocks_started: replaced.iter().map(|_| clock_start(check, at, rules)).collect(),
        clocks_ended: replaced
            .iter()
            .map(|old| clock_end(*old, at, ClockEnding::Replaced))
            .collect(),
    }
}

/// A RED check is due and nobody was paged for it, as far as is known (R43).
pub fn check_overdue_unpaged(check: &Check, now: Timestamp) -> pb::CheckOverdueUnpaged {
    pb::CheckOverdueUnpaged {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        deadline: Some(to_timestamp(check.deadline)),
        noticed_at: Some(to_timestamp(now)),
    }
}

/// A RED check has not reached its agency: somebody is to telephone them (R46).
pub fn check_undelivered(check: &Check, now: Timestamp) -> pb::CheckUndelivered {
    pb::CheckUndelivered {
        check_id: check.id.to_string(),
        contact_id: check.contact.to_string(),
        agency: check.agency.clone(),
        requested_at: Some(to_timestamp(check.requested_at)),
        noticed_at: Some(to_timestamp(now)),
    }
}

/// A partner has confirmed the agreement (R37).
pub fn agreement_confirmed(confirmation: &Confirmation) -> pb::AgreementConfirmed {
    pb::AgreementConfirmed {
        agreement_id: confirmation.id.to_string(),
        agency: confirmation.agency.clone(),
        confirmed_at: Some(to_timestamp(confirmation.confirmed_at)),
        lapses_at: Some(to_timestamp(confirmation.lapses_at)),
    }
}

/// A partner's confirmation lapses soon (R37).
pub fn agreement_lapses_soon(
    confirmation: &Confirmation,
    now: Timestamp,
) -> pb::AgreementLapsesSoon {
    pb::AgreementLapsesSoon {
        agreement_id: confirmation.id.to_string(),
        agency: confirmation.agency.clone(),
        lapses_at: Some(to_timestamp(confirmation.lapses_at)),
        noticed_at: Some(to_timestamp(now)),
    }
}

/// The check's clock. Its timescale began with the request; the warnings are counted
/// from `from`, which is later where the check was raised (R42).
fn clock_start(check: &Check, from: Timestamp, rules: &Rules) -> ClockStart {
    let warnings = rules.warnings(from, check.deadline, check.rag);
    ClockStart {
        clock_id: check.clock.to_string(),
        kind: ClockKind::Check.into(),
        started_at: Some(to_timestamp(check.requested_at)),
        deadline: Some(to_timestamp(check.deadline)),
        warnings: warnings.into_iter().map(to_timestamp).collect(),
        protocol_version: rules.protocol.version().to_owned(),
        rag: rag(check.rag).into(),
        agency: check.agency.clone(),
    }
}

fn clock_end(clock: Uuid, at: Timestamp, ending: ClockEnding) -> ClockEnd {
    ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ending.into(),
    }
}

fn extent(extent: Extent) -> pb::AnswerExtent {
    match extent {
        Extent::Interim => pb::AnswerExtent::Interim,
        Extent::Final => pb::AnswerExtent::Final,
        Extent::Correction => pb::AnswerExtent::Correction,
    }
}

/// A RAG for the wire.
pub fn rag(rag: Rag) -> terms::Rag {
    match rag {
        Rag::Red => terms::Rag::Red,
        Rag::Amber => terms::Rag::Amber,
        Rag::Green => terms::Rag::Green,
    }
}

/// A basis for the wire.
pub fn basis(basis: Basis) -> terms::BasisKind {
    match basis {
        Basis::Consent => terms::BasisKind::Consent,
        Basis::Override => terms::BasisKind::Override,
        Basis::PublicInterest => terms::BasisKind::PublicInterest,
        Basis::Section47 => terms::BasisKind::Section47,
        Basis::CourtOrder => terms::BasisKind::CourtOrder,
    }
}
