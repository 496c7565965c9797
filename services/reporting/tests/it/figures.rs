//! The figures, from events as they come.

use jiff::SignedDuration;
use proto::{
    deadlines::v1::PageCause,
    intake::v1::ContactReceived,
    partner_checks::v1::AnswerExtent::{Correction, Final, Interim},
    reporting::v1::{
        ChannelFigure, CheckFigure, GetFiguresResponse, OutcomeFigure, PathwayFigure, SourceFigure,
    },
    terms::v1::{
        Channel, Outcome, Pathway,
        Rag::{Amber, Red},
    },
};

use crate::{
    later::what_comes_later,
    stage::{Hub, MORNING},
    story::{
        acknowledged, answer, check, climbed, closed, contact, initial_decision, outcome, page,
        referrer,
    },
};

const fn hours(hours: i64) -> SignedDuration {
    SignedDuration::from_hours(hours)
}

fn police_red(requested: i64) -> CheckFigure {
    CheckFigure {
        agency: "police".to_owned(),
        rag: Red.into(),
        requested,
        ..CheckFigure::default()
    }
}

#[tokio::test]
async fn r67_checks_are_counted_by_agency_and_rag_and_by_their_instants() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    let asked = |agency, rag| check(&about, agency, rag, *MORNING);
    let (to_the_second, late, silent, interim) = (
        asked("police", (Red, 4)),
        asked("police", (Red, 4)),
        asked("police", (Red, 4)),
        asked("health", (Red, 4)),
    );
    for check in [&to_the_second, &late, &silent, &interim, &asked("police", (Amber, 24))] {
        hub.partner_checks.tell(check).await;
    }
    hub.partner_checks.tell(&answer(&interim, Interim, hours(1))).await;
    hub.partner_checks.tell(&answer(&to_the_second, Final, hours(4))).await;
    hub.partner_checks.tell(&answer(&late, Final, hours(6))).await;
    hub.partner_checks.tell(&answer(&late, Correction, hours(1))).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;

    let answered = CheckFigure {
        answered_in_time: 1,
        answered_late: 1,
        mean_seconds_to_answer: 5 * 3600,
        ..police_red(3)
    };
    let health = CheckFigure { agency: "health".to_owned(), ..police_red(1) };
    let amber = CheckFigure { rag: Amber.into(), ..police_red(1) };
    // At the deadline itself nothing is overdue.
    hub.clock.advance(hours(4));
    let figures = reporting.figures(None, None).await;
    assert!(figures.checks == [health.clone(), answered.clone(), amber.clone()]);
    hub.clock.advance(SignedDuration::from_secs(1));
    let figures = reporting.figures(None, None).await;
    let overdue = |figure| CheckFigure { overdue: 1, ..figure };
    assert!(figures.checks == [overdue(health), overdue(answered), amber]);
}

#[tokio::test]
async fn r67_of_two_final_answers_the_one_received_first_counts() {
    let hub = Hub::start().await;
    let about = contact(*MORNING);
    hub.intake.tell(&about).await;
    let asked = check(&about, "police", (Red, 4), *MORNING);
    hub.partner_checks.tell(&asked).await;
    for after in [6, 3, 5] {
        hub.partner_checks.tell(&answer(&asked, Final, hours(after))).await;
    }
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let in_time =
        CheckFigure { answered_in_time: 1, mean_seconds_to_answer: 3 * 3600, ..police_red(1) };
    assert!(reporting.figures(None, None).await.checks == [in_time]);
}

#[tokio::test]
async fn r13_figures_are_of_the_period_of_receipt_not_of_recording() {
    let hub = Hub::start().await;
    // It was recorded 30 hours later.
    let about = contact(*MORNING - hours(30));
    hub.intake.tell(&about).await;
    hub.intake.tell(&contact(*MORNING)).await;
    hub.partner_checks.tell(&check(&about, "police", (Red, 4), *MORNING)).await;
    hub.screening.tell(&closed(&about, *MORNING)).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let before = reporting.figures(None, Some(*MORNING)).await;
    assert_eq!((before.contacts, before.cases_closed), (1, 1));
    assert!(before.checks == [police_red(1)]);
    let after = reporting.figures(Some(*MORNING), None).await;
    assert_eq!((after.contacts, after.cases_closed), (1, 0));
    assert!(after.checks.is_empty());
    assert_eq!(reporting.figures(None, None).await.contacts, 2);
}

#[tokio::test]
async fn r67_volumes_decisions_and_referrers() {
    let hub = Hub::start().await;
    let first = contact(*MORNING);
    let second = ContactReceived {
        channel: Channel::Phone.into(),
        referral_source: "1B".to_owned(),
        ..contact(*MORNING)
    };
    let third = ContactReceived { significant_harm: true, ..contact(*MORNING) };
    for contact in [&first, &second, &third] {
        hub.intake.tell(contact).await;
    }
    // The first is decided for one child in time, for the other too late.
    let [one, other] = first.child_ids.as_slice() else { panic!("two children") };
    let mut decided = initial_decision(&first, Pathway::CscScreening, *MORNING);
    (decided.child_ids, decided.complete) = (vec![one.clone()], false);
    decided.clocks_ended.clear();
    hub.screening.tell(&decided).await;
    let mut decided = initial_decision(&first, Pathway::StatutoryAssessment, *MORNING + hours(25));
    decided.child_ids = vec![other.clone()];
    hub.screening.tell(&decided).await;
    hub.screening
        .tell(&initial_decision(&second, Pathway::CscScreening, *MORNING + hours(24)))
        .await;
    hub.screening.tell(&outcome(&second, Outcome::AdviceAndGuidance, *MORNING + hours(25))).await;
    hub.screening.tell(&outcome(&second, Outcome::NoFurtherAction, *MORNING + hours(26))).await;
    hub.screening.tell(&referrer(&first, true, *MORNING)).await;
    hub.screening.tell(&referrer(&second, false, *MORNING)).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let channel = |channel: Channel, contacts| ChannelFigure { channel: channel.into(), contacts };
    let source = |code: &str, contacts| SourceFigure { referral_source: code.to_owned(), contacts };
    let pathway = |pathway: Pathway, children| PathwayFigure { pathway: pathway.into(), children };
    let expected = GetFiguresResponse {
        contacts: 3,
        children: 6,
        section_47_contacts: 1,
        channels: vec![channel(Channel::Form, 2), channel(Channel::Phone, 1)],
        sources: vec![source("1B", 1), source("2A", 2)],
        pathways: vec![pathway(Pathway::StatutoryAssessment, 1), pathway(Pathway::CscScreening, 3)],
        outcomes: vec![OutcomeFigure { outcome: Outcome::NoFurtherAction.into(), children: 2 }],
        initial_decisions_in_time: 1,
        initial_decisions_late: 1,
        referrers_informed: 1,
        referrers_not_informed: 1,
        children_undecided: 2,
        contacts_entered_later: 3,
        mean_seconds_to_entry: 30 * 3600,
        longest_seconds_to_entry: 30 * 3600,
        ..GetFiguresResponse::default()
    };
    assert!(reporting.figures(None, None).await == expected);
}

#[tokio::test]
async fn r67_pages_to_people_of_the_hub_are_counted_when_they_were_raised() {
    let hub = Hub::start().await;
    let urgent = page(PageCause::Section47, *MORNING);
    for page in [&urgent, &page(PageCause::RiskFlag, *MORNING - hours(1))] {
        hub.deadlines.tell(page).await;
    }
    let reminder = page(PageCause::RedCheckReminder, *MORNING);
    hub.deadlines.tell(&reminder).await;
    for step in [1, 2] {
        hub.deadlines.tell(&climbed(&urgent, step, *MORNING + hours(1))).await;
    }
    hub.deadlines.tell(&acknowledged(&urgent, *MORNING + hours(2))).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let pages = |figures: GetFiguresResponse| {
        (figures.pages_raised, figures.pages_climbed, figures.pages_acknowledged)
    };
    assert_eq!(pages(reporting.figures(None, None).await), (2, 1, 1));
    assert_eq!(pages(reporting.figures(Some(*MORNING), None).await), (1, 1, 1));
    assert_eq!(pages(reporting.figures(None, Some(*MORNING)).await), (1, 0, 0));
}

#[tokio::test]
async fn r67_facts_of_different_services_arrive_in_any_order() {
    let hub = Hub::start().await;
    let reporting = hub.reporting().await;
    let about = contact(*MORNING);
    let asked = check(&about, "police", (Red, 4), *MORNING);
    hub.screening.tell(&closed(&about, *MORNING + hours(3))).await;
    hub.screening.tell(&initial_decision(&about, Pathway::CscScreening, *MORNING)).await;
    hub.partner_checks.tell(&answer(&asked, Final, hours(2))).await;
    let urgent = page(PageCause::RedCheckOverdue, *MORNING);
    hub.deadlines.tell(&acknowledged(&urgent, *MORNING)).await;
    reporting.has_heard(&hub).await;
    assert!(reporting.figures(None, None).await == GetFiguresResponse::default());
    hub.partner_checks.tell(&asked).await;
    hub.deadlines.tell(&urgent).await;
    reporting.has_heard(&hub).await;
    hub.intake.tell(&about).await;
    reporting.has_heard(&hub).await;
    let figures = reporting.figures(None, None).await;
    let in_time =
        CheckFigure { answered_in_time: 1, mean_seconds_to_answer: 2 * 3600, ..police_red(1) };
    assert!(figures.checks == [in_time]);
    assert_eq!((figures.cases_closed, figures.initial_decisions_in_time), (1, 1));
    assert_eq!((figures.pages_raised, figures.pages_acknowledged), (1, 1));
}

#[tokio::test]
async fn r70_figures_rebuilt_from_the_events_are_the_same() {
    let hub = Hub::start().await;
    let reporting = hub.reporting().await;
    for day in 0..8 {
        let received = *MORNING + hours(24 * day);
        let about = contact(received);
        hub.intake.tell(&about).await;
        let asked = check(&about, "police", (Red, 4), received);
        hub.partner_checks.tell(&asked).await;
        if day % 2 == 0 {
            hub.partner_checks.tell(&answer(&asked, Final, hours(day))).await;
        }
        let decided =
            initial_decision(&about, Pathway::EarlyHelpScreening, received + hours(4 * day));
        hub.screening.tell(&decided).await;
        hub.screening.tell(&outcome(&about, Outcome::EarlyHelpAssessment, received)).await;
        hub.deadlines.tell(&page(PageCause::RedCheckOverdue, received)).await;
        what_comes_later(&hub, &about, &asked, received).await;
        // Some is heard as it happens, some in one stretch.
        if day == 3 {
            reporting.has_heard(&hub).await;
        }
    }
    reporting.has_heard(&hub).await;
    let periods =
        [(None, None), (None, Some(*MORNING + hours(80))), (Some(*MORNING + hours(80)), None)];
    let rebuilt = hub.reporting().await;
    rebuilt.has_heard(&hub).await;
    for (from, until) in periods {
        let figures = reporting.figures(from, until).await;
        assert!(figures.contacts > 0 && figures.children_with_unit > 0);
        assert!(figures.checks[0].withdrawn > 0);
        assert!(rebuilt.figures(from, until).await == figures);
    }
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]
async fn r70_a_figure_can_be_traced_to_its_events() {
    let hub = Hub::start().await;
    let told = hub.intake.tell(&contact(*MORNING)).await;
    let reporting = hub.reporting().await;
    reporting.has_heard(&hub).await;
    let counted: uuid::Uuid = sqlx::query_scalar("SELECT event_id FROM reporting.contact")
        .fetch_one(&reporting.database)
        .await
        .unwrap();
    assert_eq!(counted, told);
}
