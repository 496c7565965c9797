//! The consent gate (R6, R7, R21): what intake tells of consent and overrides, and what it
//! holds back.
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::{fact_of, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::{BasisEnded, ConsentChanged, ContactAmended, ContactReceived, OverrideReviewed},
    screening::v1::{self as pb, OutcomeDecided},
    terms::v1::{BasisKind, ClockKind, ClockStart, Outcome, Pathway},
};
use tonic::Code;
use uuid::Uuid;

use crate::stage::{Client, MORNING, Opened, Screening, contact, finally, initially};

/// The outcomes that refer to a service which the family may refuse.
const REFERRALS: [Outcome; 3] = [
    Outcome::CommunityOrVoluntaryService,
    Outcome::EarlyHelpAssessment,
    Outcome::StatutoryAssessment,
];

/// A case in CSC screening, with consent for the first `agreed` of its two children.
async fn screened(screening: &Screening, agreed: usize) -> (Opened, Client) {
    let mut given = contact(*MORNING);
    given.service_consent_child_ids.truncate(agreed);
    let opened = screening.opened(given).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::CscScreening)).await.unwrap();
    (opened, manager)
}

/// The children for whom this outcome is refused; none where it is decided.
async fn refused(manager: &mut Client, decision: pb::DecideOutcomeRequest) -> String {
    let Err(refused) = manager.decide_outcome(decision).await else {
        return String::new();
    };
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "CONSENT_REQUIRED")
    );
    fact_of(&refused, "child_ids")
}

#[tokio::test]
async fn r21_a_referral_is_refused_without_consent_and_the_ways_forward_are_named() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 1).await;
    let case = screening.case(&opened.id).await.unwrap();
    let consents: Vec<bool> = case.children.iter().map(|child| child.service_consent).collect();
    assert_eq!(consents, [true, false]);
    for outcome in REFERRALS {
        let missing = refused(&mut manager, finally(&opened, 2, outcome)).await;
        assert_eq!(missing, opened.children[1], "{outcome:?}");
    }
    let decision = finally(&opened, 2, Outcome::EarlyHelpAssessment);
    let why = manager.decide_outcome(decision.clone()).await.err().unwrap();
    assert_eq!(fact_of(&why, "rule"), "R21");
    for way in ["seek consent", "record an override", "record another basis"] {
        assert!(fact_of(&why, "ways_forward").contains(way), "{way}");
    }
    assert!(screening.told::<OutcomeDecided>(&opened.id).await.is_empty());
    // The sibling whose family has agreed is not held up (R20).
    let one = pb::DecideOutcomeRequest { child_ids: vec![opened.children[0].clone()], ..decision };
    assert_eq!(refused(&mut manager, one).await, "");
}

#[tokio::test]
async fn r7_an_adopted_override_lets_the_referral_of_its_children_through() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 0).await;
    screening.basis(&opened.id, BasisKind::PublicInterest, &opened.children).await;
    let decision = finally(&opened, 2, Outcome::EarlyHelpAssessment);
    assert_eq!(refused(&mut manager, decision.clone()).await, opened.children.join(","));
    let (opened, mut manager) = screened(&screening, 0).await;
    screening.basis(&opened.id, BasisKind::Override, &opened.children[..1]).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.children[0].consent_overridden && !case.children[1].consent_overridden);
    let decision = finally(&opened, 2, Outcome::EarlyHelpAssessment);
    assert_eq!(refused(&mut manager, decision.clone()).await, opened.children[1]);
    let one = pb::DecideOutcomeRequest { child_ids: vec![opened.children[0].clone()], ..decision };
    assert_eq!(refused(&mut manager, one).await, "");
}

#[tokio::test]
async fn r21_section_47_is_never_blocked_for_want_of_consent() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 0).await;
    screening.basis(&opened.id, BasisKind::Section47, &opened.children).await;
    let decision = finally(&opened, 2, Outcome::StatutoryAssessment);
    assert_eq!(refused(&mut manager, decision).await, "");
    let urgent = ContactReceived {
        significant_harm: true,
        service_consent_child_ids: Vec::new(),
        ..contact(*MORNING)
    };
    let opened = screening.opened(urgent).await;
    manager.decide_initially(initially(&opened, Pathway::StatutoryAssessment)).await.unwrap();
}

#[tokio::test]
async fn r21_only_b_on_section_17_waits_for_consent_among_the_initial_decisions() {
    let screening = Screening::start(*MORNING).await;
    let mut manager = screening.as_person("mash_manager").await;
    let without = || ContactReceived { service_consent_child_ids: Vec::new(), ..contact(*MORNING) };
    for pathway in
        [Pathway::NoFurtherActionInHub, Pathway::CscScreening, Pathway::EarlyHelpScreening]
    {
        let opened = screening.opened(without()).await;
        manager.decide_initially(initially(&opened, pathway)).await.unwrap();
    }
    let opened = screening.opened(without()).await;
    let refer = initially(&opened, Pathway::StatutoryAssessment);
    let why = manager.decide_initially(refer.clone()).await.err().unwrap();
    assert_eq!(reason_of(&why), "CONSENT_REQUIRED");
    assert!(fact_of(&why, "ways_forward").contains("Screening (C, D) needs none"));
    assert_eq!(screening.case(&opened.id).await.unwrap().revision, 1);
    screening.basis(&opened.id, BasisKind::Override, &opened.children).await;
    manager.decide_initially(refer).await.unwrap();
}

/// A manager has ended a basis.
fn basis_ended(contact: &str, basis: &str, kind: BasisKind) -> BasisEnded {
    BasisEnded {
        contact_id: contact.to_owned(),
        basis_id: basis.to_owned(),
        kind: kind.into(),
        ended_at: Some(to_timestamp(*MORNING)),
        ..BasisEnded::default()
    }
}

#[tokio::test]
async fn r7_an_override_that_was_ended_lets_no_referral_through() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 0).await;
    let basis = screening.basis(&opened.id, BasisKind::Override, &opened.children).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert!(case.children.iter().all(|child| child.consent_overridden));
    let ended = basis_ended(&opened.id, &basis, BasisKind::Override);
    screening.hears_of_contact(&opened.id, 3, &ended).await;
    let decision = finally(&opened, 2, Outcome::EarlyHelpAssessment);
    assert_eq!(refused(&mut manager, decision).await, opened.children.join(","));
}

#[tokio::test]
async fn r7_an_override_that_an_old_log_ends_lets_no_referral_through() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 0).await;
    let basis = screening.basis(&opened.id, BasisKind::Override, &opened.children).await;
    let mut reviewed = OverrideReviewed {
        contact_id: opened.id.clone(),
        basis_id: basis,
        reviewed_at: Some(to_timestamp(*MORNING)),
        ..OverrideReviewed::default()
    };
    screening.hears_of_contact(&opened.id, 3, &reviewed).await;
    let overridden = async || {
        let case = screening.case(&opened.id).await.unwrap();
        case.children.iter().all(|child| child.consent_overridden)
    };
    assert!(overridden().await, "a look alone ends nothing");
    reviewed.ended = true;
    screening.hears_of_contact(&opened.id, 4, &reviewed).await;
    assert!(!overridden().await);
    let decision = finally(&opened, 2, Outcome::EarlyHelpAssessment);
    assert_eq!(refused(&mut manager, decision).await, opened.children.join(","));
}

#[tokio::test]
async fn r18_r31_section_47_that_was_ended_presses_nobody_and_lets_no_referral_through() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 0).await;
    let basis = screening.basis(&opened.id, BasisKind::Section47, &opened.children).await;
    assert!(screening.line(&opened.id).await.unwrap().section_47);
    // What is decided on it meanwhile stays.
    let first = pb::DecideOutcomeRequest {
        child_ids: opened.children[..1].to_vec(),
        ..finally(&opened, 2, Outcome::StatutoryAssessment)
    };
    manager.decide_outcome(first).await.unwrap();
    let ended = basis_ended(&opened.id, &basis, BasisKind::Section47);
    screening.hears_of_contact(&opened.id, 3, &ended).await;
    assert!(!screening.line(&opened.id).await.unwrap().section_47);
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!(case.children[0].outcome(), Outcome::StatutoryAssessment);
    let second = finally(&opened, case.revision, Outcome::StatutoryAssessment);
    assert_eq!(refused(&mut manager, second).await, opened.children[1]);
}

#[tokio::test]
async fn r6_consent_that_is_given_or_withdrawn_later_counts_from_then_on() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 1).await;
    let [first, second] = &opened.children[..] else { panic!("two children") };
    let agrees = |child: &String| ConsentChanged {
        contact_id: opened.id.clone(),
        consent_id: Uuid::now_v7().to_string(),
        changed_at: Some(to_timestamp(screening.clock.now())),
        service_consent_child_ids: vec![child.clone()],
        ..ConsentChanged::default()
    };
    let decision = finally(&opened, 2, Outcome::EarlyHelpAssessment);
    assert_eq!(refused(&mut manager, decision.clone()).await, *second);
    screening.hears_of_contact(&opened.id, 2, &agrees(second)).await;
    assert_eq!(refused(&mut manager, decision.clone()).await, *first);
    let one = pb::DecideOutcomeRequest { child_ids: vec![second.clone()], ..decision };
    assert_eq!(refused(&mut manager, one).await, "");
}

#[tokio::test]
async fn r21_a_decision_a_has_on_record_that_consent_is_not_its_reason() {
    let screening = Screening::start(*MORNING).await;
    let opened = screening.opened(contact(*MORNING)).await;
    let mut manager = screening.as_person("mash_manager").await;
    manager.decide_initially(initially(&opened, Pathway::NoFurtherActionInHub)).await.unwrap();
    let statement = "SELECT consent_not_the_reason FROM screening.decision WHERE contact_id = $1";
    let contact: Uuid = opened.id.parse().unwrap();
    let recorded: bool =
        sqlx::query_scalar(statement).bind(contact).fetch_one(&screening.database).await.unwrap();
    assert!(recorded);
}

#[tokio::test]
async fn r20_a_child_who_is_added_waits_for_its_decision_and_nobody_decides_on_it_unread() {
    let screening = Screening::start(*MORNING).await;
    let (opened, mut manager) = screened(&screening, 2).await;
    let (child, clock) = (Uuid::now_v7().to_string(), Uuid::now_v7().to_string());
    let added = ContactAmended {
        contact_id: opened.id.clone(),
        amendment_id: Uuid::now_v7().to_string(),
        amended_at: Some(to_timestamp(screening.clock.now())),
        in_hub_hours: true,
        added_child_ids: vec![child.clone()],
        clocks_started: vec![ClockStart {
            clock_id: clock.clone(),
            kind: ClockKind::InitialDecision.into(),
            started_at: Some(to_timestamp(screening.clock.now())),
            deadline: Some(to_timestamp(screening.clock.now())),
            ..ClockStart::default()
        }],
        ..ContactAmended::default()
    };
    screening.hears_of_contact(&opened.id, 2, &added).await;
    let case = screening.case(&opened.id).await.unwrap();
    assert_eq!(case.children[2].child_id, child);
    assert_eq!(case.state(), pb::CaseState::Undecided);
    let unread = initially(&opened, Pathway::CscScreening);
    assert_eq!(manager.decide_initially(unread.clone()).await.err().unwrap().code(), Code::Aborted);
    let decision =
        pb::DecideInitiallyRequest { revision: case.revision, child_ids: vec![child], ..unread };
    manager.decide_initially(decision).await.unwrap();
    let told = screening.told::<pb::InitialDecisionMade>(&opened.id).await;
    assert!(told.last().unwrap().clocks_ended.iter().any(|ended| ended.clock_id == clock));
}
