//! What intake tells of requests for information (R54–R56).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    intake::v1 as pb,
    terms::v1::{self as terms, ClockEnd, ClockEnding, ClockKind, ClockStart},
};
use uuid::Uuid;

use crate::{
    domain::information_request::{
        AnswerBasis, Kind, NewRequest, Verification,
        clock::{Awaited, Clock},
        disclosure::RefusalReason,
        state::State,
    },
    store::information_requests::Arrived,
};

/// A request was received.
pub fn received(
    request: &NewRequest,
    arrived: &Arrived,
    protocol_version: &str,
) -> pb::InformationRequestReceived {
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
        clocks_started: vec![start(&arrived.clock, protocol_version)],
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
    protocol_version: &str,
    at: Timestamp,
) -> pb::InformationRequestDated {
    pb::InformationRequestDated {
        information_request_id: request.to_string(),
        dated_at: Some(to_timestamp(at)),
        clocks_ended: clocks.iter().map(|(it, _)| end(*it, ClockEnding::Replaced, at)).collect(),
        clocks_started: clocks.iter().map(|(_, it)| start(it, protocol_version)).collect(),
    }
}

/// It was passed on.
pub fn passed(
    request: Uuid,
    to: State,
    ended: Uuid,
    clock: &Clock,
    protocol_version: &str,
) -> pb::InformationRequestPassed {
    let at = clock.started_at;
    pb::InformationRequestPassed {
        information_request_id: request.to_string(),
        state: state(to).into(),
        passed_at: Some(to_timestamp(at)),
        clocks_ended: vec![end(ended, ClockEnding::Replaced, at)],
        clocks_started: vec![start(clock, protocol_version)],
    }
}

/// Whoever it was passed to has it since `at`.
pub fn receipt_recorded(
    request: Uuid,
    by: State,
    ended: Uuid,
    at: Timestamp,
) -> pb::InformationRequestReceiptRecorded {
    pb::InformationRequestReceiptRecorded {
        information_request_id: request.to_string(),
        state: state(by).into(),
        receipt_at: Some(to_timestamp(at)),
        clocks_ended: vec![end(ended, ClockEnding::Met, at)],
    }
}

/// A decision on a request, as both its events tell it.
pub struct Decided {
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
    decided: &Decided,
    basis: AnswerBasis,
    foreign: bool,
) -> pb::InformationRequestAnswered {
    pb::InformationRequestAnswered {
        information_request_id: decided.request.to_string(),
        disclosure_id: decided.disclosure.to_string(),
        basis: answer_basis(basis).into(),
        foreign,
        answered_at: Some(to_timestamp(decided.at)),
        clocks_ended: vec![end(decided.ended, ClockEnding::Met, decided.at)],
    }
}

/// It was refused.
pub fn refused(decided: &Decided, reason: RefusalReason) -> pb::InformationRequestRefused {
    let ending = match reason {
        RefusalReason::Withdrawn => ClockEnding::Cancelled,
        RefusalReason::NotVerified
        | RefusalReason::NoBasis
        | RefusalReason::NotProportionate
        | RefusalReason::RiskOfHarm => ClockEnding::Met,
    };
    pb::InformationRequestRefused {
        information_request_id: decided.request.to_string(),
        disclosure_id: decided.disclosure.to_string(),
        reason: refusal_reason(reason).into(),
        refused_at: Some(to_timestamp(decided.at)),
        clocks_ended: vec![end(decided.ended, ending, decided.at)],
    }
}

fn start(clock: &Clock, protocol_version: &str) -> ClockStart {
    let kind = match clock.awaited {
        Awaited::Answer => ClockKind::InformationRequest,
        Awaited::Receipt => ClockKind::InformationRequestReceipt,
    };
    ClockStart {
        clock_id: clock.id.to_string(),
        kind: kind.into(),
        started_at: Some(to_timestamp(clock.started_at)),
        deadline: Some(to_timestamp(clock.deadline)),
        warnings: clock.warnings.iter().copied().map(to_timestamp).collect(),
        protocol_version: protocol_version.to_owned(),
        ..ClockStart::default()
    }
}

fn end(clock: Uuid, ending: ClockEnding, at: Timestamp) -> ClockEnd {
    ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ending.into(),
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
