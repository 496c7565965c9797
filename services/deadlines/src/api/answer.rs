//! Answers, from domain to wire.

use proto::{convert::to_timestamp, deadlines::v1 as pb, terms::v1 as terms};

use crate::{
    domain::clock::ClockState,
    events::{clock_kind, id_or_empty, page_cause, rag},
    store::{causes::Matter, clocks::ClockRow, pages::WaitingPage},
};

/// A clock as it stands.
pub fn clock(clock: &ClockRow) -> pb::Clock {
    pb::Clock {
        clock_id: clock.id.to_string(),
        kind: clock_kind(clock.kind).into(),
        state: clock_state(clock.state).into(),
        started_at: Some(to_timestamp(clock.started_at.to_jiff())),
        deadline: Some(to_timestamp(clock.deadline.to_jiff())),
        ended_at: clock.ended_at.map(|at| to_timestamp(at.to_jiff())),
        rag: clock.rag.map_or(terms::Rag::Unspecified, rag).into(),
        agency: clock.agency.clone().unwrap_or_default(),
    }
}

/// A page that waits for somebody, and what it is about.
pub fn page(page: &WaitingPage, matters: &[Matter]) -> pb::Page {
    pb::Page {
        page_id: page.id.to_string(),
        contact_id: id_or_empty(page.contact_id),
        cause: page_cause(page.cause).into(),
        raised_at: Some(to_timestamp(page.raised_at.to_jiff())),
        step: page.step + 1,
        role: page.role.clone(),
        deliveries: i32::try_from(page.deliveries).unwrap_or(i32::MAX),
        matters: matters.iter().filter(|matter| matter.page_id == page.id).map(matter).collect(),
    }
}

fn matter(matter: &Matter) -> pb::Matter {
    pb::Matter {
        contact_id: matter.contact_id.to_string(),
        clock_id: id_or_empty(matter.clock_id),
        agency: matter.agency.clone().unwrap_or_default(),
        due_at: matter.due_at.map(|at| to_timestamp(at.to_jiff())),
        late_seconds: matter.late_seconds(),
    }
}

fn clock_state(state: ClockState) -> pb::ClockState {
    match state {
        ClockState::Running => pb::ClockState::Running,
        ClockState::Late => pb::ClockState::Late,
        ClockState::Met => pb::ClockState::Met,
        ClockState::MetLate => pb::ClockState::MetLate,
        ClockState::Cancelled => pb::ClockState::Cancelled,
    }
}
