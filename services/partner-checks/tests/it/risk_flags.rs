//! Risk flags (R41): the check runs as RED.

use harness::fields_of;
use jiff::SignedDuration;
use proto::{
    convert::to_timestamp,
    partner::v1::AnswerKind,
    partner_checks::v1 as pb,
    terms::v1::{ClockEnding, Rag},
};
use uuid::Uuid;

use crate::stage::{MORNING, PartnerChecks, police_answer, recording};

fn flag(check: &str) -> pb::RecordRiskFlagRequest {
    pb::RecordRiskFlagRequest {
        request_id: Uuid::new_v4().to_string(),
        check_id: check.to_owned(),
        reason: "He was released from custody this morning.".to_owned(),
    }
}

#[tokio::test]
async fn r41_a_flagged_check_becomes_red_and_its_clock_is_replaced() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Green).await;
    let old = hub.events::<pb::CheckRequested>(&check).await.remove(0).clocks_started.remove(0);
    hub.clock.advance(SignedDuration::from_hours(10));
    let mut police = hub.as_adapter("police").await;
    let given = flag(&check);
    let receipt = police.record_risk_flag(given.clone()).await.unwrap().into_inner();
    assert!(police.record_risk_flag(given.clone()).await.unwrap().into_inner() == receipt);
    let due = to_timestamp(hub.clock.now() + SignedDuration::from_hours(4));
    let shown = hub.shown(contact).await;
    assert_eq!((shown.rag(), shown.deadline), (Rag::Red, Some(due)));
    assert!(shown.flags.len() == 1 && shown.flags[0].reason == given.reason);
    let [told] = &hub.events::<pb::RiskFlagged>(&check).await[..] else { panic!("told once") };
    let ([ended], [started]) = (&told.clocks_ended[..], &told.clocks_started[..]) else {
        panic!("one each")
    };
    assert_eq!((&ended.clock_id, ended.ending()), (&old.clock_id, ClockEnding::Replaced));
    assert_eq!((started.rag(), started.deadline), (Rag::Red, Some(due)));
    assert_eq!((started.started_at, &*started.agency), (Some(to_timestamp(*MORNING)), "police"));
    let warned =
        [30, 180].map(|minutes| to_timestamp(hub.clock.now() + SignedDuration::from_mins(minutes)));
    assert_eq!(started.warnings, warned);
    let answer = recording(&check, police_answer(AnswerKind::Final));
    police.record_answer(answer).await.unwrap();
    let answered = hub.events::<pb::CheckAnswered>(&check).await.remove(0);
    assert_eq!((answered.rag(), &answered.clocks_ended[0].clock_id), (Rag::Red, &started.clock_id));
}

#[tokio::test]
async fn r42_the_earlier_of_the_old_deadline_and_reds_time_holds() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("police", Rag::Amber).await;
    hub.clock.advance(SignedDuration::from_hours(22));
    hub.as_adapter("police").await.record_risk_flag(flag(&check)).await.unwrap();
    let due = to_timestamp(*MORNING + SignedDuration::from_hours(24));
    assert_eq!(hub.shown(contact).await.deadline, Some(due));
    let (late, contact) = hub.check("police", Rag::Amber).await;
    let due = hub.shown(contact).await.deadline;
    hub.clock.advance(SignedDuration::from_hours(30));
    hub.as_adapter("police").await.record_risk_flag(flag(&late)).await.unwrap();
    let shown = hub.shown(contact).await;
    assert!(shown.late && shown.deadline == due && shown.rag() == Rag::Red);
    assert!(hub.events::<pb::RiskFlagged>(&late).await[0].clocks_started[0].warnings.is_empty());
}

#[tokio::test]
async fn r41_a_red_or_an_answered_check_keeps_its_clock_and_the_flag_is_told() {
    let hub = PartnerChecks::start(*MORNING).await;
    let mut police = hub.as_adapter("police").await;
    let (red, _) = hub.check("police", Rag::Red).await;
    police.record_risk_flag(flag(&red)).await.unwrap();
    let (answered, contact) = hub.check("police", Rag::Green).await;
    police.record_answer(recording(&answered, police_answer(AnswerKind::Final))).await.unwrap();
    police.record_risk_flag(flag(&answered)).await.unwrap();
    for check in [red, answered] {
        let [told] = &hub.events::<pb::RiskFlagged>(&check).await[..] else { panic!("told once") };
        assert!(told.clocks_started.is_empty() && told.clocks_ended.is_empty());
    }
    assert_eq!(hub.shown(contact).await.rag(), Rag::Green);
    let silent = pb::RecordRiskFlagRequest { reason: " ".to_owned(), ..flag("x") };
    assert_eq!(
        fields_of(&police.record_risk_flag(silent).await.err().unwrap()),
        ["check_id", "reason"]
    );
}
