//! Watches the hub from an operator's seat: the services' event logs, and the pages
//! that reach the development pagers.

use std::{collections::BTreeMap, time::Duration};

use jiff::tz::TimeZone;
use messaging::operator::{self, Told};
use prost::{Message, Name};
use proto::{
    convert::from_timestamp,
    deadlines::v1 as deadlines,
    intake::v1 as intake,
    partner_checks::v1 as checks,
    screening::v1 as screening,
    terms::v1::{ClockEnd, ClockStart, Rag},
};
use runtime::tasks::Tasks;
use serde_json::json;
use sqlx::PgPool;

use super::timeline::{Kind, Timeline};
use crate::up::HubState;

/// How often the logs are looked at.
const LOOK: Duration = Duration::from_millis(60);

/// Tells every event that is appended from now on, until the tasks stop.
///
/// # Errors
/// Where a database cannot be reached.
pub async fn watch_events(
    state: &HubState,
    timeline: &Timeline,
    tasks: &Tasks,
) -> anyhow::Result<()> {
    let mut logs: BTreeMap<String, (PgPool, i64)> = BTreeMap::new();
    for (service, database) in &state.databases {
        let pool = PgPool::connect(&database.url).await?;
        let mut position = 0;
        while let Some(last) = operator::events_after(&pool, position, 1000).await?.last() {
            position = last.position;
        }
        logs.insert(service.clone(), (pool, position));
    }
    let (timeline, stopping) = (timeline.clone(), tasks.stopping());
    tasks.spawn("watching", async move {
        while stopping.run_until_cancelled(tokio::time::sleep(LOOK)).await.is_some() {
            for (service, (pool, position)) in &mut logs {
                for told in operator::events_after(pool, *position, 1000).await? {
                    *position = told.position;
                    tell(&timeline, service, &told);
                }
            }
        }
        Ok(())
    });
    Ok(())
}

fn tell(timeline: &Timeline, service: &str, told: &Told) {
    let name = told.type_name.rsplit('.').next().unwrap_or(&told.type_name);
    let known = Known::of(name, &told.payload);
    let contact = known.contact_id.unwrap_or_else(|| told.aggregate.to_string());
    let what =
        format!("{name}{}", known.detail.map(|detail| format!(" ({detail})")).unwrap_or_default());
    timeline.tell(Kind::Event, service, &what, Some(&contact), json!({ "type": told.type_name }));
    for clock in known.started {
        let what = format!("{} runs until {}", clock_name(&clock), local_time(&clock));
        let facts = json!({ "clock_id": clock.clock_id, "kind": clock.kind().as_str_name() });
        timeline.tell(Kind::Clock, service, &what, Some(&contact), facts);
    }
    for clock in known.ended {
        let what =
            format!("a clock ends: {}", short(clock.ending().as_str_name(), "CLOCK_ENDING_"));
        timeline.tell(
            Kind::Clock,
            service,
            &what,
            Some(&contact),
            json!({ "clock_id": clock.clock_id }),
        );
    }
}

/// What the timeline tells of an event, beyond its name.
#[derive(Default)]
struct Known {
    contact_id: Option<String>,
    detail: Option<String>,
    started: Vec<ClockStart>,
    ended: Vec<ClockEnd>,
}

impl Known {
    fn of(name: &str, payload: &[u8]) -> Self {
        match name {
            intake::ContactReceived::NAME => {
                Self::read(payload, |event: intake::ContactReceived| {
                    Self::about(event.contact_id).starting(event.clocks_started)
                })
            }
            intake::OpenCaseFound::NAME => Self::read(payload, |event: intake::OpenCaseFound| {
                Self::about(event.contact_id).starting(event.clocks_started)
            }),
            intake::ContactPassedToUnit::NAME => {
                Self::read(payload, |event: intake::ContactPassedToUnit| {
                    Self::about(event.contact_id)
                        .starting(event.clocks_started)
                        .ending(event.clocks_ended)
                })
            }
            intake::UnitReceiptRecorded::NAME => {
                Self::read(payload, |event: intake::UnitReceiptRecorded| {
                    Self::about(event.contact_id).ending(event.clocks_ended)
                })
            }
            screening::ChildrenWithUnit::NAME => {
                Self::read(payload, |event: screening::ChildrenWithUnit| {
                    Self::about(event.contact_id)
                        .starting(event.clocks_started)
                        .ending(event.clocks_ended)
                })
            }
            screening::ChildrenTakenOff::NAME => {
                Self::read(payload, |event: screening::ChildrenTakenOff| {
                    Self::about(event.contact_id)
                        .starting(event.clocks_started)
                        .ending(event.clocks_ended)
                })
            }
            screening::InitialDecisionMade::NAME => {
                Self::read(payload, |event: screening::InitialDecisionMade| {
                    let pathway = short(event.pathway().as_str_name(), "PATHWAY_");
                    Self::about(event.contact_id)
                        .saying(pathway)
                        .starting(event.clocks_started)
                        .ending(event.clocks_ended)
                })
            }
            screening::OutcomeDecided::NAME => {
                Self::read(payload, |event: screening::OutcomeDecided| {
                    let outcome = short(event.outcome().as_str_name(), "OUTCOME_");
                    Self::about(event.contact_id)
                        .saying(outcome)
                        .starting(event.clocks_started)
                        .ending(event.clocks_ended)
                })
            }
            screening::ReferrerInformed::NAME => {
                Self::read(payload, |event: screening::ReferrerInformed| {
                    Self::about(event.contact_id).ending(event.clocks_ended)
                })
            }
            name => Self::of_check(name, payload),
        }
    }

    fn of_check(name: &str, payload: &[u8]) -> Self {
        match name {
            checks::CheckRequested::NAME => Self::read(payload, |event: checks::CheckRequested| {
                Self::about(event.contact_id).saying(event.agency).starting(event.clocks_started)
            }),
            checks::CheckDelivered::NAME => {
                Self::read(payload, |event: checks::CheckDelivered| Self::about(event.contact_id))
            }
            checks::CheckSeen::NAME => {
                Self::read(payload, |event: checks::CheckSeen| Self::about(event.contact_id))
            }
            checks::CheckAnswered::NAME => Self::read(payload, |event: checks::CheckAnswered| {
                let late = if event.late { ", late" } else { "" };
                Self::about(event.contact_id).saying(event.agency + late).ending(event.clocks_ended)
            }),
            checks::RiskFlagged::NAME => Self::read(payload, |event: checks::RiskFlagged| {
                Self::about(event.contact_id)
                    .saying(event.agency)
                    .starting(event.clocks_started)
                    .ending(event.clocks_ended)
            }),
            name => Self::of_deadline(name, payload),
        }
    }

    fn of_deadline(name: &str, payload: &[u8]) -> Self {
        match name {
            deadlines::ClockWarned::NAME => {
                Self::read(payload, |event: deadlines::ClockWarned| Self::about(event.contact_id))
            }
            deadlines::ClockRanOut::NAME => Self::read(payload, |event: deadlines::ClockRanOut| {
                Self::about(event.contact_id).saying(event.agency)
            }),
            deadlines::PageRaised::NAME => Self::read(payload, |event: deadlines::PageRaised| {
                let cause = short(event.cause().as_str_name(), "PAGE_CAUSE_");
                Self::about(event.contact_id).saying(cause)
            }),
            deadlines::PageClimbed::NAME => Self::read(payload, |event: deadlines::PageClimbed| {
                Self::about(event.contact_id).saying(format!("step {}: {}", event.step, event.role))
            }),
            deadlines::PageAcknowledged::NAME => {
                Self::read(payload, |event: deadlines::PageAcknowledged| {
                    Self::about(event.contact_id).starting(event.clocks_started)
                })
            }
            deadlines::PageResolved::NAME => {
                Self::read(payload, |event: deadlines::PageResolved| Self::about(event.contact_id))
            }
            _ => Self::default(),
        }
    }

    fn about(contact_id: String) -> Self {
        Self { contact_id: Some(contact_id), ..Self::default() }
    }

    fn saying(self, detail: String) -> Self {
        Self { detail: Some(detail), ..self }
    }

    fn starting(self, started: Vec<ClockStart>) -> Self {
        Self { started, ..self }
    }

    fn ending(self, ended: Vec<ClockEnd>) -> Self {
        Self { ended, ..self }
    }

    fn read<E: Message + Default>(payload: &[u8], known: impl FnOnce(E) -> Self) -> Self {
        E::decode(payload).map(known).unwrap_or_default()
    }
}

fn clock_name(clock: &ClockStart) -> String {
    let kind = short(clock.kind().as_str_name(), "CLOCK_KIND_");
    match clock.rag() {
        Rag::Unspecified => kind,
        rag => format!("{kind} ({}, {})", clock.agency, short(rag.as_str_name(), "RAG_")),
    }
}

fn local_time(clock: &ClockStart) -> String {
    let deadline = clock.deadline.as_ref().and_then(from_timestamp);
    let zone = TimeZone::get("Europe/London").unwrap_or(TimeZone::UTC);
    deadline
        .map(|at| at.to_zoned(zone).strftime("%a %d %b %H:%M:%S").to_string())
        .unwrap_or_default()
}

/// A code's name without its enumeration's.
fn short(name: &str, prefix: &str) -> String {
    name.trim_start_matches(prefix).to_lowercase()
}
