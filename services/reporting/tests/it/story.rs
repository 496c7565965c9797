//! Events as the four services tell them.

use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    deadlines::v1::{PageAcknowledged, PageCause, PageClimbed, PageRaised},
    intake::v1::ContactReceived,
    partner_checks::v1::{AnswerExtent, CheckAnswered, CheckRequested},
    screening::v1::{CaseClosed, InitialDecisionMade, OutcomeDecided, ReferrerInformed},
    terms::v1::{Channel, ClockEnd, ClockEnding, ClockKind, ClockStart, Outcome, Pathway, Rag},
};
use uuid::Uuid;

pub fn id() -> String {
    Uuid::new_v4().to_string()
}

/// A clock of an initial decision that is to be made in a day.
pub fn decision_clock(start: Timestamp) -> ClockStart {
    ClockStart {
        clock_id: id(),
        kind: ClockKind::InitialDecision.into(),
        started_at: Some(to_timestamp(start)),
        deadline: Some(to_timestamp(start + SignedDuration::from_hours(24))),
        ..ClockStart::default()
    }
}

/// How a clock ends.
pub fn clock_end(clock: &ClockStart, ending: ClockEnding, at: Timestamp) -> ClockEnd {
    ClockEnd {
        clock_id: clock.clock_id.clone(),
        ended_at: Some(to_timestamp(at)),
        ending: ending.into(),
    }
}

/// A school's form about two children, to be decided in a day.
pub fn contact(received: Timestamp) -> ContactReceived {
    let decision = decision_clock(received);
    ContactReceived {
        contact_id: id(),
        received_at: Some(to_timestamp(received)),
        recorded_at: Some(to_timestamp(received + SignedDuration::from_hours(30))),
        channel: Channel::Form.into(),
        referral_source: "2A".to_owned(),
        child_ids: vec![id(), id()],
        clocks_started: vec![decision],
        ..ContactReceived::default()
    }
}

/// For each of its children, by which the clock of the contact ends.
pub fn initial_decision(
    contact: &ContactReceived,
    pathway: Pathway,
    at: Timestamp,
) -> InitialDecisionMade {
    InitialDecisionMade {
        contact_id: contact.contact_id.clone(),
        pathway: pathway.into(),
        child_ids: contact.child_ids.clone(),
        decided_at: Some(to_timestamp(at)),
        received_at: contact.received_at,
        clocks_ended: vec![clock_end(&contact.clocks_started[0], ClockEnding::Met, at)],
        complete: true,
        ..InitialDecisionMade::default()
    }
}

pub fn outcome(contact: &ContactReceived, outcome: Outcome, at: Timestamp) -> OutcomeDecided {
    OutcomeDecided {
        contact_id: contact.contact_id.clone(),
        outcome: outcome.into(),
        child_ids: contact.child_ids.clone(),
        decided_at: Some(to_timestamp(at)),
        received_at: contact.received_at,
        complete: true,
        ..OutcomeDecided::default()
    }
}

pub fn referrer(contact: &ContactReceived, informed: bool, at: Timestamp) -> ReferrerInformed {
    let informed_at = Some(to_timestamp(at));
    ReferrerInformed {
        contact_id: contact.contact_id.clone(),
        informed,
        informed_at,
        clocks_ended: Vec::new(),
    }
}

pub fn closed(contact: &ContactReceived, at: Timestamp) -> CaseClosed {
    CaseClosed { contact_id: contact.contact_id.clone(), closed_at: Some(to_timestamp(at)) }
}

/// A check that is due after `hours`.
pub fn check(
    contact: &ContactReceived,
    agency: &str,
    (rag, hours): (Rag, i64),
    at: Timestamp,
) -> CheckRequested {
    CheckRequested {
        check_id: id(),
        contact_id: contact.contact_id.clone(),
        agency: agency.to_owned(),
        rag: rag.into(),
        requested_at: Some(to_timestamp(at)),
        deadline: Some(to_timestamp(at + SignedDuration::from_hours(hours))),
        ..CheckRequested::default()
    }
}

/// What the agency says, so long after it was asked. `late` is what the sender
/// thought; figures are decided by the instants.
pub fn answer(
    check: &CheckRequested,
    extent: AnswerExtent,
    after: SignedDuration,
) -> CheckAnswered {
    let requested = check.requested_at.as_ref().and_then(proto::convert::from_timestamp).unwrap();
    CheckAnswered {
        check_id: check.check_id.clone(),
        contact_id: check.contact_id.clone(),
        agency: check.agency.clone(),
        rag: check.rag,
        extent: extent.into(),
        received_at: Some(to_timestamp(requested + after)),
        requested_at: check.requested_at,
        ..CheckAnswered::default()
    }
}

pub fn page(cause: PageCause, at: Timestamp) -> PageRaised {
    PageRaised {
        page_id: id(),
        contact_id: id(),
        cause: cause.into(),
        raised_at: Some(to_timestamp(at)),
    }
}

pub fn climbed(page: &PageRaised, step: i32, at: Timestamp) -> PageClimbed {
    PageClimbed {
        page_id: page.page_id.clone(),
        contact_id: page.contact_id.clone(),
        step,
        role: "service_manager".to_owned(),
        climbed_at: Some(to_timestamp(at)),
    }
}

pub fn acknowledged(page: &PageRaised, at: Timestamp) -> PageAcknowledged {
    PageAcknowledged {
        page_id: page.page_id.clone(),
        contact_id: page.contact_id.clone(),
        acknowledged_at: Some(to_timestamp(at)),
        clocks_started: Vec::new(),
    }
}
