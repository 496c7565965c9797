//! What screening tells, from domain to wire: ids, codes and times (R63).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    screening::v1 as pb,
    terms::v1::{self as terms, ClockEnd, ClockEnding, ClockStart},
};
use uuid::Uuid;

use crate::{
    domain::{
        case::Case,
        clock::{Clock, ClockKind},
        contact::Contact,
        decision::{FrameworkLevel, Outcome, Pathway},
        referrer::ReferrerNote,
    },
    protocol::Rules,
};

/// What every decision tells.
pub struct Decided<'a> {
    /// The case as it was before.
    pub case: &'a Case,
    /// The children it covers.
    pub children: &'a [Uuid],
    /// Level of the framework.
    pub level: FrameworkLevel,
    /// When.
    pub at: Timestamp,
    /// Clocks that begin with it.
    pub started: Vec<Clock>,
    /// Clocks that end with it.
    pub ended: Vec<Uuid>,
    /// It leaves no child without one.
    pub complete: bool,
}

/// A contact has a case.
pub fn case_opened(contact: &Contact) -> pb::CaseOpened {
    pb::CaseOpened {
        contact_id: contact.id.to_string(),
        received_at: Some(to_timestamp(contact.received_at)),
        child_ids: ids(&contact.child_ids),
        section_47: contact.urgency.is_urgent(),
    }
}

/// An initial decision was made.
pub fn initial_decision_made(
    decision: Pathway,
    decided: &Decided<'_>,
    rules: &Rules,
) -> pb::InitialDecisionMade {
    pb::InitialDecisionMade {
        contact_id: decided.case.contact_id.to_string(),
        pathway: pathway(decision).into(),
        child_ids: ids(decided.children),
        framework_level: framework_level(decided.level).into(),
        decided_at: Some(to_timestamp(decided.at)),
        received_at: Some(to_timestamp(decided.case.received_at)),
        clocks_started: starts(&decided.started, rules),
        clocks_ended: ends(&decided.ended, decided.at, ClockEnding::Met),
        complete: decided.complete,
    }
}

/// An outcome was decided.
pub fn outcome_decided(
    decision: Outcome,
    decided: &Decided<'_>,
    rules: &Rules,
) -> pb::OutcomeDecided {
    pb::OutcomeDecided {
        contact_id: decided.case.contact_id.to_string(),
        outcome: outcome(decision).into(),
        child_ids: ids(decided.children),
        framework_level: framework_level(decided.level).into(),
        decided_at: Some(to_timestamp(decided.at)),
        received_at: Some(to_timestamp(decided.case.received_at)),
        clocks_started: starts(&decided.started, rules),
        clocks_ended: ends(&decided.ended, decided.at, ClockEnding::Met),
        complete: decided.complete,
    }
}

/// The referrer was dealt with.
pub fn referrer_informed(
    contact: Uuid,
    note: &ReferrerNote,
    ended: &[Uuid],
) -> pb::ReferrerInformed {
    pb::ReferrerInformed {
        contact_id: contact.to_string(),
        informed: note.informed,
        informed_at: Some(to_timestamp(note.at)),
        clocks_ended: ends(ended, note.at, ClockEnding::Met),
    }
}

/// Children who are the hub's no more: their units have them, or they were taken off.
pub struct Gone {
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// Since when.
    pub at: Timestamp,
    /// Clocks that begin with it.
    pub started: Vec<Clock>,
    /// Clocks that are no longer needed.
    pub cancelled: Vec<Uuid>,
    /// It leaves no child that needs an outcome.
    pub complete: bool,
    /// No child waits for the initial decision any more.
    pub decided: bool,
}

/// The units have these children (R9).
pub fn children_with_unit(gone: &Gone, rules: &Rules) -> pb::ChildrenWithUnit {
    pb::ChildrenWithUnit {
        contact_id: gone.contact.to_string(),
        child_ids: ids(&gone.children),
        received_at: Some(to_timestamp(gone.at)),
        clocks_started: starts(&gone.started, rules),
        clocks_ended: ends(&gone.cancelled, gone.at, ClockEnding::Cancelled),
        complete: gone.complete,
        decided: gone.decided,
    }
}

/// These children were put on the contact by mistake (R20).
pub fn children_taken_off(gone: &Gone, rules: &Rules) -> pb::ChildrenTakenOff {
    pb::ChildrenTakenOff {
        contact_id: gone.contact.to_string(),
        child_ids: ids(&gone.children),
        taken_off_at: Some(to_timestamp(gone.at)),
        clocks_started: starts(&gone.started, rules),
        clocks_ended: ends(&gone.cancelled, gone.at, ClockEnding::Cancelled),
        complete: gone.complete,
        decided: gone.decided,
    }
}

/// Children whom the hub has again.
pub struct Back {
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// When their hand-over was withdrawn.
    pub at: Timestamp,
    /// Clocks that begin anew.
    pub started: Vec<Clock>,
    /// Clocks that are no longer needed.
    pub cancelled: Vec<Uuid>,
    /// One of them waits for the initial decision.
    pub undecided: bool,
    /// Harm or danger is indicated for one that needs an outcome.
    pub section_47: bool,
    /// The case was over.
    pub reopened: bool,
    /// One of them needs an outcome.
    pub unfinished: bool,
}

/// The hub has these children again (R9).
pub fn children_back_in_hub(back: &Back, rules: &Rules) -> pb::ChildrenBackInHub {
    pb::ChildrenBackInHub {
        contact_id: back.contact.to_string(),
        child_ids: ids(&back.children),
        withdrawn_at: Some(to_timestamp(back.at)),
        clocks_started: starts(&back.started, rules),
        clocks_ended: ends(&back.cancelled, back.at, ClockEnding::Cancelled),
        undecided: back.undecided,
        section_47: back.section_47,
        reopened: back.reopened,
        unfinished: back.unfinished,
    }
}

/// Children who were added to a case.
pub struct Added<'a> {
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: &'a [Uuid],
    /// When.
    pub at: Timestamp,
    /// Clocks that are no longer needed.
    pub cancelled: Vec<Uuid>,
    /// The case was over.
    pub reopened: bool,
}

/// Children were added to a case (R20).
pub fn children_added(added: &Added<'_>) -> pb::ChildrenAdded {
    pb::ChildrenAdded {
        contact_id: added.contact.to_string(),
        child_ids: ids(added.children),
        added_at: Some(to_timestamp(added.at)),
        clocks_ended: ends(&added.cancelled, added.at, ClockEnding::Cancelled),
        reopened: added.reopened,
    }
}

/// A case that runs from another instant.
pub struct Retimed {
    /// The contact.
    pub contact: Uuid,
    /// When it was received, as it is known now.
    pub received_at: Timestamp,
    /// When that was corrected.
    pub at: Timestamp,
    /// Clocks that run from then.
    pub started: Vec<Clock>,
    /// Those that they replace.
    pub replaced: Vec<Uuid>,
    /// The arrival's clock of the initial decision, where it has ended, and when it was due.
    pub decided: Option<(Uuid, Timestamp)>,
}

/// A case runs from another instant (R13).
pub fn case_retimed(retimed: &Retimed, rules: &Rules) -> pb::CaseRetimed {
    let (decided, due) = retimed.decided.unzip();
    pb::CaseRetimed {
        contact_id: retimed.contact.to_string(),
        received_at: Some(to_timestamp(retimed.received_at)),
        clocks_started: starts(&retimed.started, rules),
        clocks_ended: ends(&retimed.replaced, retimed.at, ClockEnding::Replaced),
        decided_clock_id: decided.map(|clock| clock.to_string()).unwrap_or_default(),
        decision_due: due.map(to_timestamp),
    }
}

/// The hub's work on a contact is over.
pub fn case_closed(contact: Uuid, at: Timestamp) -> pb::CaseClosed {
    pb::CaseClosed { contact_id: contact.to_string(), closed_at: Some(to_timestamp(at)) }
}

/// A pathway for the wire.
pub fn pathway(pathway: Pathway) -> terms::Pathway {
    match pathway {
        Pathway::NoFurtherActionInHub => terms::Pathway::NoFurtherActionInHub,
        Pathway::StatutoryAssessment => terms::Pathway::StatutoryAssessment,
        Pathway::CscScreening => terms::Pathway::CscScreening,
        Pathway::EarlyHelpScreening => terms::Pathway::EarlyHelpScreening,
    }
}

/// An outcome for the wire.
pub fn outcome(outcome: Outcome) -> terms::Outcome {
    match outcome {
        Outcome::AdviceAndGuidance => terms::Outcome::AdviceAndGuidance,
        Outcome::CommunityOrVoluntaryService => terms::Outcome::CommunityOrVoluntaryService,
        Outcome::EarlyHelpAssessment => terms::Outcome::EarlyHelpAssessment,
        Outcome::StatutoryAssessment => terms::Outcome::StatutoryAssessment,
        Outcome::NoFurtherAction => terms::Outcome::NoFurtherAction,
    }
}

/// A framework level for the wire.
pub fn framework_level(level: FrameworkLevel) -> terms::FrameworkLevel {
    match level {
        FrameworkLevel::Universal => terms::FrameworkLevel::Universal,
        FrameworkLevel::UniversalPlus => terms::FrameworkLevel::UniversalPlus,
        FrameworkLevel::Targeted => terms::FrameworkLevel::Targeted,
        FrameworkLevel::Statutory => terms::FrameworkLevel::Statutory,
    }
}

/// Ids for the wire.
pub fn ids(ids: &[Uuid]) -> Vec<String> {
    ids.iter().map(Uuid::to_string).collect()
}

/// Each clock keeps the version of the protocol at its start (R59).
fn starts(clocks: &[Clock], rules: &Rules) -> Vec<ClockStart> {
    let start = |clock: &Clock| ClockStart {
        clock_id: clock.id.to_string(),
        kind: clock_kind(clock.kind).into(),
        started_at: Some(to_timestamp(clock.started_at)),
        deadline: Some(to_timestamp(clock.deadline)),
        warnings: clock.warnings.iter().copied().map(to_timestamp).collect(),
        protocol_version: rules.protocol.version().to_owned(),
        ..ClockStart::default()
    };
    clocks.iter().map(start).collect()
}

fn ends(clocks: &[Uuid], at: Timestamp, ending: ClockEnding) -> Vec<ClockEnd> {
    let end = |clock: &Uuid| ClockEnd {
        clock_id: clock.to_string(),
        ended_at: Some(to_timestamp(at)),
        ending: ending.into(),
    };
    clocks.iter().map(end).collect()
}

fn clock_kind(kind: ClockKind) -> terms::ClockKind {
    match kind {
        ClockKind::InitialDecision => terms::ClockKind::InitialDecision,
        ClockKind::CscScreening => terms::ClockKind::CscScreening,
        ClockKind::EarlyHelpScreening => terms::ClockKind::EarlyHelpScreening,
        ClockKind::InformReferrer => terms::ClockKind::InformReferrer,
    }
}
