//! What the partnership board sees of the day, made from events alone (R67).

use std::time::Duration;

use jiff::Timestamp;
use proto::{
    convert::to_timestamp,
    reporting::v1::{GetFiguresRequest, GetFiguresResponse},
    terms::v1::Rag,
};
use serde_json::json;

use super::{
    story::Day,
    timeline::{Kind, Timeline},
};

/// Asks for the figures as the board would, when the last event has been counted.
pub async fn tell(day: &Day, began: Timestamp) -> anyhow::Result<()> {
    day.timeline.scene("The board asks for the figures of the day");
    let request = GetFiguresRequest { from: Some(to_timestamp(began)), until: None };
    let mut board = day.people.reporting("board")?;
    for _ in 0..200 {
        let figures = board.get_figures(request).await?.into_inner();
        if figures.cases_closed == figures.contacts && figures.contacts == 4 {
            tell_all(&day.timeline, &figures);
            return Ok(());
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    anyhow::bail!("the figures do not come level with the day")
}

fn tell_all(timeline: &Timeline, figures: &GetFiguresResponse) {
    let figure = |name: &str, number: i64| {
        timeline.tell(Kind::Figure, name, &number.to_string(), None, json!({ "number": number }));
    };
    figure("contacts", figures.contacts);
    figure("children", figures.children);
    figure("section 47 contacts", figures.section_47_contacts);
    for one in &figures.pathways {
        figure(
            &format!("children: {}", name(one.pathway().as_str_name(), "PATHWAY_")),
            one.children,
        );
    }
    for one in &figures.outcomes {
        figure(
            &format!("children: outcome {}", name(one.outcome().as_str_name(), "OUTCOME_")),
            one.children,
        );
    }
    figure("initial decisions in time", figures.initial_decisions_in_time);
    figure("initial decisions late", figures.initial_decisions_late);
    for one in &figures.checks {
        let what = format!(
            "{} asked, {} in time, {} late, {} overdue; {} s on average",
            one.requested,
            one.answered_in_time,
            one.answered_late,
            one.overdue,
            one.mean_seconds_to_answer,
        );
        let who = format!(
            "checks: {} {}",
            one.agency,
            name(one.rag().as_str_name(), "RAG_").to_uppercase()
        );
        let facts = json!({
            "agency": one.agency,
            "red": one.rag() == Rag::Red,
            "requested": one.requested,
            "in_time": one.answered_in_time,
            "late": one.answered_late,
        });
        timeline.tell(Kind::Figure, &who, &what, None, facts);
    }
    figure("referrers told", figures.referrers_informed);
    figure("referrers not told, with a reason", figures.referrers_not_informed);
    figure("pages raised", figures.pages_raised);
    figure("pages that climbed", figures.pages_climbed);
    figure("pages acknowledged", figures.pages_acknowledged);
    figure("cases closed", figures.cases_closed);
}

fn name(code: &str, prefix: &str) -> String {
    code.trim_start_matches(prefix).to_lowercase().replace('_', " ")
}
