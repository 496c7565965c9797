//! What deadlines tells, from domain to wire: ids, codes and times (R63).

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    deadlines::v1 as pb,
    terms::v1::{self as terms, ClockStart},
};
use uuid::Uuid;

use crate::{
    domain::{
        clock::{ClockKind, NewClock, Rag},
        page::PageCause,
    },
    store::{
        clocks::ClockRow,
        pages::{PageRow, Standing},
    },
};

/// A clock has reached a warning point.
pub fn clock_warned(clock: &ClockRow, due: Timestamp, now: Timestamp) -> pb::ClockWarned {
    pb::ClockWarned {
        clock_id: clock.id.to_string(),
        contact_id: clock.contact_id.to_string(),
        kind: clock_kind(clock.kind).into(),
        due_at: Some(to_timestamp(due)),
        fired_at: Some(to_timestamp(now)),
    }
}

/// A clock has run out before it was ended; `page` tells somebody of it.
pub fn clock_ran_out(clock: &ClockRow, page: Option<Uuid>, now: Timestamp) -> pb::ClockRanOut {
    pb::ClockRanOut {
        clock_id: clock.id.to_string(),
        contact_id: clock.contact_id.to_string(),
        kind: clock_kind(clock.kind).into(),
        deadline: Some(to_timestamp(clock.deadline.to_jiff())),
        fired_at: Some(to_timestamp(now)),
        rag: clock.rag.map_or(terms::Rag::Unspecified, rag).into(),
        agency: clock.agency.clone().unwrap_or_default(),
        page_id: id_or_empty(page),
    }
}

/// A page was raised.
pub fn page_raised(
    page: Uuid,
    contact: Option<Uuid>,
    cause: PageCause,
    now: Timestamp,
) -> pb::PageRaised {
    pb::PageRaised {
        page_id: page.to_string(),
        contact_id: id_or_empty(contact),
        cause: page_cause(cause).into(),
        raised_at: Some(to_timestamp(now)),
    }
}

/// A page has gone to the next step of its ladder, or to the foot of another.
pub fn page_climbed(page: &PageRow, standing: &Standing, now: Timestamp) -> pb::PageClimbed {
    pb::PageClimbed {
        page_id: page.id.to_string(),
        contact_id: id_or_empty(page.contact_id),
        step: standing.step + 1,
        role: standing.role.as_str().to_owned(),
        climbed_at: Some(to_timestamp(now)),
    }
}

/// A person has acknowledged a page; a clock may begin with it (R18).
pub fn page_acknowledged(
    page: &PageRow,
    clock: Option<&NewClock>,
    now: Timestamp,
) -> pb::PageAcknowledged {
    pb::PageAcknowledged {
        page_id: page.id.to_string(),
        contact_id: id_or_empty(page.contact_id),
        acknowledged_at: Some(to_timestamp(now)),
        clocks_started: clock.map(clock_start).into_iter().collect(),
    }
}

/// What a page was about is over.
pub fn page_resolved(page: Uuid, contact: Option<Uuid>, now: Timestamp) -> pb::PageResolved {
    pb::PageResolved {
        page_id: page.to_string(),
        contact_id: id_or_empty(contact),
        resolved_at: Some(to_timestamp(now)),
    }
}

fn clock_start(clock: &NewClock) -> ClockStart {
    ClockStart {
        clock_id: clock.id.to_string(),
        kind: clock_kind(clock.kind).into(),
        started_at: Some(to_timestamp(clock.started_at)),
        deadline: Some(to_timestamp(clock.deadline)),
        warnings: clock.warnings.iter().copied().map(to_timestamp).collect(),
        protocol_version: clock.protocol_version.clone(),
        rag: clock.rag.map_or(terms::Rag::Unspecified, rag).into(),
        agency: clock.agency.clone().unwrap_or_default(),
    }
}

/// An id for the wire; empty for none.
pub fn id_or_empty(id: Option<Uuid>) -> String {
    id.map(|id| id.to_string()).unwrap_or_default()
}

/// A kind of clock for the wire.
pub fn clock_kind(kind: ClockKind) -> terms::ClockKind {
    match kind {
        ClockKind::InitialDecision => terms::ClockKind::InitialDecision,
        ClockKind::CscScreening => terms::ClockKind::CscScreening,
        ClockKind::EarlyHelpScreening => terms::ClockKind::EarlyHelpScreening,
        ClockKind::Check => terms::ClockKind::Check,
        ClockKind::InformReferrer => terms::ClockKind::InformReferrer,
        ClockKind::Section47Decision => terms::ClockKind::Section47Decision,
        ClockKind::InformationRequest => terms::ClockKind::InformationRequest,
        ClockKind::InformationRequestReceipt => terms::ClockKind::InformationRequestReceipt,
        ClockKind::EdtReceipt => terms::ClockKind::EdtReceipt,
        ClockKind::EdtReview => terms::ClockKind::EdtReview,
        ClockKind::AuthorityReceipt => terms::ClockKind::AuthorityReceipt,
        ClockKind::OverrideReview => terms::ClockKind::OverrideReview,
        ClockKind::UnitPass => terms::ClockKind::UnitPass,
        ClockKind::UnitReceipt => terms::ClockKind::UnitReceipt,
        ClockKind::RemitDecision => terms::ClockKind::RemitDecision,
    }
}

/// A cause for the wire.
pub fn page_cause(cause: PageCause) -> pb::PageCause {
    match cause {
        PageCause::Section47 => pb::PageCause::Section47,
        PageCause::RiskFlag => pb::PageCause::RiskFlag,
        PageCause::RedCheckOverdue => pb::PageCause::RedCheckOverdue,
        PageCause::RedCheckReminder => pb::PageCause::RedCheckReminder,
        PageCause::HandOverOverdue => pb::PageCause::HandOverOverdue,
        PageCause::UnitReceiptOverdue => pb::PageCause::UnitReceiptOverdue,
        PageCause::EventParked => pb::PageCause::EventParked,
    }
}

/// RAG for the wire.
pub fn rag(rag: Rag) -> terms::Rag {
    match rag {
        Rag::Red => terms::Rag::Red,
        Rag::Amber => terms::Rag::Amber,
        Rag::Green => terms::Rag::Green,
    }
}
