//! The gRPC edge of reporting: reads a request, counts in one state of the database,
//! answers. Who may ask stands in `deploy/policies/reporting.cedar` (R65). Figures hold
//! no child, so that no read of one is logged.

use jiff::Timestamp;
use messaging::EventLog;
use proto::{
    convert::from_timestamp,
    reporting::v1::{
        self as pb, GetFiguresRequest, GetFiguresResponse,
        reporting_service_server::ReportingService,
    },
};
use runtime::fields::Fields;
use service::edge::{self, Shown};
use tonic::{Request, Response, Status};

use crate::{
    commands::count_figures::count_figures,
    domain::{
        figures::{Checks, Count, Figures},
        period::Period,
        terms::{Channel, Outcome, Pathway},
    },
};

/// Reporting's API.
pub struct Api {
    log: EventLog,
}

impl Api {
    /// The API over a service's database.
    pub fn new(log: EventLog) -> Self {
        Self { log }
    }
}

#[tonic::async_trait]
impl ReportingService for Api {
    async fn get_figures(
        &self,
        request: Request<GetFiguresRequest>,
    ) -> Result<Response<GetFiguresResponse>, Status> {
        let now = self.log.clock().now();
        edge::read(&self.log, request, parse, async |db, period| {
            Ok((answer(count_figures(db, period, now).await?), Shown::nobody()))
        })
        .await
    }
}

fn parse(request: GetFiguresRequest) -> Result<Period, Status> {
    let mut fields = Fields::new();
    let from = bound(&mut fields, "from", request.from.as_ref());
    let until = bound(&mut fields, "until", request.until.as_ref());
    let period = from.zip(until).map(|(from, until)| Period::new(from, until));
    match period {
        Some(Ok(period)) => return Ok(period),
        Some(Err(error)) => fields.violation("until", "R67", &error.to_string()),
        None => {}
    }
    Err(fields.refuse())
}

/// One end of the period: `Some(None)` where it is open.
fn bound(
    fields: &mut Fields,
    name: &str,
    given: Option<&prost_types::Timestamp>,
) -> Option<Option<Timestamp>> {
    let Some(given) = given else {
        return Some(None);
    };
    fields
        .check(name, "R67", "is not an instant of the years 1 to 9999", from_timestamp(given))
        .map(Some)
}

fn answer(figures: Figures) -> GetFiguresResponse {
    let Figures { contacts, children, late_entry, decisions, cases, pages, .. } = figures;
    GetFiguresResponse {
        contacts: contacts.contacts,
        children: children.all,
        section_47_contacts: contacts.section_47,
        channels: figures.channels.into_iter().map(channel).collect(),
        sources: figures.sources.into_iter().map(source).collect(),
        pathways: figures.pathways.into_iter().map(pathway).collect(),
        outcomes: figures.outcomes.into_iter().map(outcome).collect(),
        checks: figures.checks.into_iter().map(check).collect(),
        initial_decisions_in_time: decisions.in_time,
        initial_decisions_late: decisions.late,
        initial_decisions_not_needed: decisions.not_needed,
        referrers_informed: cases.referrers_informed,
        referrers_not_informed: cases.referrers_not_informed,
        cases_closed: cases.closed,
        pages_raised: pages.raised,
        pages_climbed: pages.climbed,
        pages_acknowledged: pages.acknowledged,
        children_with_unit: children.with_unit,
        children_undecided: children.undecided,
        contacts_entered_later: late_entry.contacts,
        mean_seconds_to_entry: late_entry.mean_seconds,
        longest_seconds_to_entry: late_entry.longest_seconds,
    }
}

fn channel(counted: Count<Channel>) -> pb::ChannelFigure {
    pb::ChannelFigure { channel: counted.code.to_wire().into(), contacts: counted.count }
}

fn source(counted: Count<String>) -> pb::SourceFigure {
    pb::SourceFigure { referral_source: counted.code, contacts: counted.count }
}

fn pathway(counted: Count<Pathway>) -> pb::PathwayFigure {
    pb::PathwayFigure { pathway: counted.code.to_wire().into(), children: counted.count }
}

fn outcome(counted: Count<Outcome>) -> pb::OutcomeFigure {
    pb::OutcomeFigure { outcome: counted.code.to_wire().into(), children: counted.count }
}

fn check(checks: Checks) -> pb::CheckFigure {
    pb::CheckFigure {
        agency: checks.agency,
        rag: checks.rag.to_wire().into(),
        requested: checks.requested,
        answered_in_time: checks.answered_in_time,
        answered_late: checks.answered_late,
        overdue: checks.overdue,
        withdrawn: checks.withdrawn,
        mean_seconds_to_answer: checks.mean_seconds_to_answer,
    }
}
