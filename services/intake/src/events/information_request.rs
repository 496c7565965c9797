//! What intake tells of requests for information (R54–R56).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{self as terms, ClockKind},
};
use uuid::Uuid;

use super::clocks::{ended, started};
use crate::domain::{
    clock::{Clock, Ending},
    information_request::{
        AnswerBasis, Arrived, Kind, NewRequest, RequestStanding, Verification,
        disclosure::RefusalReason, state::State,
    },
};

/// A request was received.
pub fn received(request: &NewRequest, arrived: &Arrived) -> pb::InformationRequestReceived {
    pb::InformationRequestReceived {
        information_request_id: arrived.id.to_string(),
        received_at: Some(to_timestamp(arrived.received_at)),
        recorded_at: Some(to_timestamp(arrived.recorded_at)),
        kind: kind(request.kind).into(),
        foreign: arrived.is_foreign,
        open_case: arrived.open_case,
        verification: request
            .verification
            .map_or(pb::RequesterVerification::Unspecified, verification)
            .into(),
        clocks_started: vec![started(ClockKind::InformationRequest, &arrived.clock)],
    }
}

/// It was made sure who asks.
pub fn verified(request: Uuid, how: Verification, at: Timestamp) -> pb::RequesterVerified {
    pb::RequesterVerified {
        information_request_id: request.to_string(),
        verification: verification(how).into(),
        verified_at: Some(to_timestamp(at)),
    }
}

/// A manager has set its date: the clock that it ends and the one to that date, where the
/// one that ran gave way.
pub fn dated(
    request: Uuid,
    clocks: Option<(Uuid, &Clock)>,
    at: Timestamp,
) -> pb::InformationRequestDated {
    let (clocks_ended, clocks_started) = replaced(clocks, at);
    pb::InformationRequestDated {
        information_request_id: request.to_string(),
        dated_at: Some(to_timestamp(at)),
        clocks_ended,
        clocks_started,
    }
}

/// It was passed on.
pub fn passed(
    request: Uuid,
    to: State,
    replaced: Uuid,
    clock: &Clock,
) -> pb::InformationRequestPassed {
    let at = clock.started_at;
    pb::InformationRequestPassed {
        information_request_id: request.to_string(),
        state: state(to).into(),
        passed_at: Some(to_timestamp(at)),
        clocks_ended: vec![ended(replaced, Ending::Replaced, at)],
        clocks_started: vec![started(ClockKind::InformationRequestReceipt, clock)],
    }
}

/// Whoever it was passed to has it since `at`.
pub fn receipt_recorded(
    request: Uuid,
    by: State,
    met: Uuid,
    at: Timestamp,
) -> pb::InformationRequestReceiptRecorded {
    pb::InformationRequestReceiptRecorded {
        information_request_id: request.to_string(),
        state: state(by).into(),
        receipt_at: Some(to_timestamp(at)),
        clocks_ended: vec![ended(met, Ending::Met, at)],
    }
}

/// It was taken back from whoever it was passed to: the clock of their receipt, where that was
/// awaited still, and the one that runs with the hub.
pub fn taken_back(
    request: Uuid,
    (from, open_case): (State, bool),
    (ended_clock, clock): (Option<Uuid>, &Clock),
    at: Timestamp,
) -> pb::InformationRequestTakenBack {
    pb::InformationRequestTakenBack {
        information_request_id: request.to_string(),
        state: state(from).into(),
        open_case,
        taken_back_at: Some(to_timestamp(at)),
        clocks_ended: ended_clock.iter().map(|it| ended(*it, Ending::Replaced, at)).collect(),
        clocks_started: vec![started(ClockKind::InformationRequest, clock)],
    }
}

/// It was corrected, and stands so now: the clock that it ends and the one that runs instead,
/// where another one does.
pub fn corrected(
    request: Uuid,
    now: &RequestStanding,
    clocks: Option<(Uuid, &Clock)>,
    at: Timestamp,
) -> pb::InformationRequestCorrected {
    let (clocks_ended, clocks_started) = replaced(clocks, at);
    pb::InformationRequestCorrected {
        information_request_id: request.to_string(),
        received_at: Some(to_timestamp(now.received_at)),
        kind: kind(now.kind).into(),
        foreign: now.is_foreign,
        open_case: now.open_case_from.is_some(),
        corrected_at: Some(to_timestamp(at)),
        clocks_ended,
        clocks_started,
    }
}

/// Somebody it is about has an open case now, or nobody any more: the clock that it ends and the
/// one that runs instead, where another one does.
pub fn open_case_changed(
    request: Uuid,
    open_case: bool,
    clocks: Option<(Uuid, &Clock)>,
    at: Timestamp,
) -> pb::InformationRequestOpenCaseChanged {
    let (clocks_ended, clocks_started) = replaced(clocks, at);
    pb::InformationRequestOpenCaseChanged {
        information_request_id: request.to_string(),
        open_case,
        changed_at: Some(to_timestamp(at)),
        clocks_ended,
        clocks_started,
    }
}

/// A clock of the hub's that another one replaces.
fn replaced(
    clocks: Option<(Uuid, &Clock)>,
    at: Timestamp,
) -> (Vec<terms::ClockEnd>, Vec<terms::ClockStart>) {
    let of_request = ClockKind::InformationRequest;
    let both = clocks.map(|(it, by)| (ended(it, Ending::Replaced, at), started(of_request, by)));
    both.into_iter().unzip()
}

/// A decision on a request, as both its events tell it.
pub struct RequestDecision {
    /// The request.
    pub request: Uuid,
    /// The record of the decision.
    pub disclosure: Uuid,
    /// The clock that it ends.
    pub ended: Uuid,
    /// When.
    pub at: Timestamp,
}

/// It was answered.
pub fn answered(
    decided: &RequestDecision,
    basis: AnswerBasis,
    foreign: bool,
) -> pb::InformationRequestAnswered {
    pb::InformationRequestAnswered {
        information_request_id: decided.request.to_string(),
        disclosure_id: decided.disclosure.to_string(),
        basis: answer_basis(basis).into(),
        foreign,
        answered_at: Some(to_timestamp(decided.at)),
        clocks_ended: vec![ended(decided.ended, Ending::Met, decided.at)],
    }
}

/// It was refused.
pub fn refused(decided: &RequestDecision, reason: RefusalReason) -> pb::InformationRequestRefused {
    let ending = match reason {
        RefusalReason::Withdrawn => Ending::Cancelled,
        RefusalReason::NotVerified
        | RefusalReason::NoBasis
        | RefusalReason::NotProportionate
        | RefusalReason::RiskOfHarm => Ending::Met,
    };
    pb::InformationRequestRefused {
        information_request_id: decided.request.to_string(),
        disclosure_id: decided.disclosure.to_string(),
        reason: refusal_reason(reason).into(),
        refused_at: Some(to_timestamp(decided.at)),
        clocks_ended: vec![ended(decided.ended, ending, decided.at)],
    }
}

/// A kind for the wire.
pub fn kind(kind: Kind) -> pb::InformationRequestKind {
    match kind {
        Kind::Routine => pb::InformationRequestKind::Routine,
        Kind::UrgentChildProtection => pb::InformationRequestKind::UrgentChildProtection,
        Kind::Court => pb::InformationRequestKind::Court,
        Kind::SubjectAccess => pb::InformationRequestKind::SubjectAccess,
        Kind::FreedomOfInformation => pb::InformationRequestKind::FreedomOfInformation,
    }
}

/// A state for the wire.
pub fn state(state: State) -> pb::InformationRequestState {
    match state {
        State::Received => pb::InformationRequestState::Received,
        State::PassedToUnit => pb::InformationRequestState::PassedToUnit,
        State::ReceivedByUnit => pb::InformationRequestState::ReceivedByUnit,
        State::PassedToGovernance => pb::InformationRequestState::PassedToGovernance,
        State::ReceivedByGovernance => pb::InformationRequestState::ReceivedByGovernance,
        State::Answered => pb::InformationRequestState::Answered,
        State::Refused => pb::InformationRequestState::Refused,
    }
}

/// How it was made sure who asks, for the wire.
pub fn verification(how: Verification) -> pb::RequesterVerification {
    match how {
        Verification::CallBack => pb::RequesterVerification::CallBack,
        Verification::SecureEmail => pb::RequesterVerification::SecureEmail,
        Verification::IdentityDocument => pb::RequesterVerification::IdentityDocument,
        Verification::CourtSeal => pb::RequesterVerification::CourtSeal,
    }
}

/// What an answer rests on, for the wire.
pub fn answer_basis(basis: AnswerBasis) -> terms::BasisKind {
    match basis {
        AnswerBasis::Consent => terms::BasisKind::Consent,
        AnswerBasis::Override => terms::BasisKind::Override,
        AnswerBasis::PublicInterest => terms::BasisKind::PublicInterest,
        AnswerBasis::Section47 => terms::BasisKind::Section47,
        AnswerBasis::CourtOrder => terms::BasisKind::CourtOrder,
    }
}

/// Why information is not shared, for the wire.
pub fn refusal_reason(reason: RefusalReason) -> pb::InformationRefusalReason {
    match reason {
        RefusalReason::NotVerified => pb::InformationRefusalReason::NotVerified,
        RefusalReason::NoBasis => pb::InformationRefusalReason::NoBasis,
        RefusalReason::NotProportionate => pb::InformationRefusalReason::NotProportionate,
        RefusalReason::RiskOfHarm => pb::InformationRefusalReason::RiskOfHarm,
        RefusalReason::Withdrawn => pb::InformationRefusalReason::Withdrawn,
    }
}
