//! Pages that never wait: Section 47 and risk flags (R18, R41).

use proto::{
    convert::to_timestamp,
    deadlines::v1 as pb,
    intake::v1::{BasisEnded, BasisRecorded, ContactAmended, NoticePriorityConfirmed},
    partner_checks::v1::RiskFlagged,
    screening::v1::{
        ChildrenAdded, ChildrenBackInHub, ChildrenWithUnit, InitialDecisionMade, OutcomeDecided,
    },
    terms::v1::{BasisKind, ClockEnd, ClockEnding, ClockKind, ClockStart, Pathway},
};
use uuid::Uuid;

use crate::stage::{EVENING, Hub, MORNING, clock_end, contact, minutes};

fn decision(contact: Uuid, at: jiff::Timestamp, complete: bool) -> InitialDecisionMade {
    InitialDecisionMade {
        contact_id: contact.to_string(),
        pathway: Pathway::StatutoryAssessment.into(),
        decided_at: Some(to_timestamp(at)),
        complete,
        ..InitialDecisionMade::default()
    }
}

#[tokio::test]
async fn r18_harm_or_danger_pages_the_manager_at_once_and_nothing_else_does() {
    let hub = Hub::start(*MORNING).await;
    let ids: Vec<Uuid> = (0..3).map(|_| Uuid::new_v4()).collect();
    hub.tell(&contact(ids[0], false, false)).await;
    hub.tell(&contact(ids[1], true, false)).await;
    hub.tell(&contact(ids[2], false, true)).await;
    assert_eq!(hub.paged("mash_manager", 2).await, ["page.raised", "page.raised"]);
    let calls = hub.pagers.calls();
    let mut paged: Vec<&str> =
        calls.iter().map(|call| call.message["data"]["contact_id"].as_str().unwrap()).collect();
    paged.sort_unstable();
    let mut expected = [ids[1].to_string(), ids[2].to_string()];
    expected.sort();
    assert_eq!(paged, expected);
    let data = &calls[0].message["data"];
    assert_eq!(
        (&data["cause"], &data["role"], &data["step"]),
        (&"section_47".into(), &"mash_manager".into(), &1.into())
    );
    assert_eq!(calls[0].timestamp, MORNING.as_second());
    let raised = hub.has_told::<pb::PageRaised>(2).await;
    assert_eq!(raised[0].cause(), pb::PageCause::Section47);
    assert_eq!(raised[0].raised_at, Some(to_timestamp(*MORNING)));
}

fn corrected(contact: Uuid, became_urgent: bool) -> ContactAmended {
    ContactAmended {
        contact_id: contact.to_string(),
        amendment_id: Uuid::new_v4().to_string(),
        became_urgent,
        ..ContactAmended::default()
    }
}

#[tokio::test]
async fn r18_what_makes_a_contact_urgent_later_pages_at_once_and_only_once() {
    let hub = Hub::start(*MORNING).await;
    let ids: Vec<Uuid> = (0..5).map(|_| Uuid::new_v4()).collect();
    for id in &ids {
        hub.tell(&contact(*id, false, false)).await;
    }
    let basis = |contact: Uuid, kind: BasisKind, became_urgent| BasisRecorded {
        contact_id: contact.to_string(),
        basis_id: Uuid::new_v4().to_string(),
        kind: kind.into(),
        became_urgent,
        ..BasisRecorded::default()
    };
    let confirmed = |contact: Uuid, became_urgent| NoticePriorityConfirmed {
        contact_id: contact.to_string(),
        notice_id: Uuid::new_v4().to_string(),
        confirmation_id: Uuid::new_v4().to_string(),
        became_urgent,
        ..NoticePriorityConfirmed::default()
    };
    let urgent = corrected(ids[0], true);
    hub.tell(&urgent).await;
    hub.tell(&urgent).await;
    hub.tell(&corrected(ids[0], false)).await;
    hub.tell(&basis(ids[0], BasisKind::Section47, false)).await;
    hub.tell(&basis(ids[1], BasisKind::Section47, true)).await;
    hub.tell(&basis(ids[2], BasisKind::PublicInterest, false)).await;
    hub.tell(&confirmed(ids[3], true)).await;
    hub.tell(&confirmed(ids[4], false)).await;
    hub.heard().await;
    let raised = hub.has_told::<pb::PageRaised>(3).await;
    let paged: Vec<_> = raised.iter().map(|page| page.contact_id.clone()).collect();
    assert_eq!(paged, [0, 1, 3].map(|place| ids[place].to_string()));
    hub.paged("mash_manager", 3).await;
}

#[tokio::test]
async fn r18_r31_the_page_of_section_47_that_was_ended_waits_for_a_person() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    hub.tell(&contact(id, false, false)).await;
    let (contact_id, basis_id) = (id.to_string(), Uuid::new_v4().to_string());
    let kind = BasisKind::Section47.into();
    let suspicion = BasisRecorded {
        contact_id: contact_id.clone(),
        basis_id: basis_id.clone(),
        kind,
        became_urgent: true,
        ..BasisRecorded::default()
    };
    hub.tell(&suspicion).await;
    hub.has_told::<pb::PageRaised>(1).await;
    hub.tell(&BasisEnded { contact_id, basis_id, kind, ..BasisEnded::default() }).await;
    hub.heard().await;
    assert_eq!(hub.waiting_pages().await.len(), 1);
    // Nobody has it yet: it climbs as it would have.
    hub.advance(minutes(5));
    hub.has_told::<pb::PageClimbed>(1).await;
}

#[tokio::test]
async fn r18_danger_that_is_added_to_harm_is_paged_though_the_harm_was() {
    let hub = Hub::start(*MORNING).await;
    let id = hub.answered_for().await;
    hub.tell(&corrected(id, true)).await;
    assert_eq!(hub.paged("mash_manager", 2).await, ["page.raised", "page.raised"]);
    let [second] = hub.waiting_pages().await.try_into().unwrap_or_else(|_| panic!("one waits"));
    assert_eq!(
        (second.contact_id.clone(), second.cause()),
        (id.to_string(), pb::PageCause::Section47)
    );
    // Taken back, and said again: that is another event.
    hub.tell(&corrected(id, false)).await;
    hub.tell(&corrected(id, true)).await;
    hub.paged("mash_manager", 3).await;
}

#[tokio::test]
async fn r18_a_child_added_to_a_contact_in_danger_is_paged_and_has_an_hour_of_its_own() {
    let hub = Hub::start(*MORNING).await;
    let id = hub.answered_for().await;
    hub.tell(&decision(id, *MORNING, true)).await;
    hub.heard().await;
    let added = ContactAmended {
        significant_harm: true,
        added_child_ids: vec![Uuid::new_v4().to_string()],
        ..corrected(id, false)
    };
    hub.tell(&added).await;
    hub.paged("mash_manager", 2).await;
    let page = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&page.page_id).await;
    let running = pb::ClockState::Running;
    let hours = hub.clocks_of(id).await.into_iter().filter(|clock| clock.state() == running);
    assert_eq!(hours.count(), 1, "somebody decides on the child within the hour");
}

#[tokio::test]
async fn r18_a_child_added_to_a_contact_that_is_urgent_without_a_mark_is_paged() {
    let hub = Hub::start(*MORNING).await;
    let (quiet, urgent) = (Uuid::new_v4(), Uuid::new_v4());
    for (id, added_to_urgent) in [(quiet, false), (urgent, true)] {
        hub.tell(&contact(id, false, false)).await;
        let added_child_ids = vec![Uuid::new_v4().to_string()];
        hub.tell(&ContactAmended { added_child_ids, added_to_urgent, ..corrected(id, false) })
            .await;
    }
    hub.heard().await;
    hub.paged("mash_manager", 1).await;
    let [page] = hub.waiting_pages().await.try_into().unwrap_or_else(|_| panic!("one page"));
    assert_eq!(
        (page.contact_id.clone(), page.cause()),
        (urgent.to_string(), pb::PageCause::Section47)
    );
}

#[tokio::test]
async fn r18_a_page_climbs_every_five_minutes_and_the_last_step_repeats_until_acknowledged() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    hub.tell(&contact(id, true, false)).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(5));
    assert_eq!(hub.paged("service_manager", 1).await, ["page.climbed"]);
    hub.advance(minutes(5));
    assert_eq!(hub.paged("head_of_service", 1).await, ["page.climbed"]);
    hub.advance(minutes(5));
    hub.paged("head_of_service", 2).await;
    hub.advance(minutes(5));
    assert_eq!(
        hub.paged("head_of_service", 3).await,
        ["page.climbed", "page.repeated", "page.repeated"]
    );
    let climbed = hub.has_told::<pb::PageClimbed>(2).await;
    assert_eq!((climbed[1].step, climbed[1].role.as_str()), (3, "head_of_service"));
    let ids: std::collections::HashSet<String> =
        hub.pagers.calls().into_iter().map(|call| call.id).collect();
    assert_eq!(ids.len(), 5, "each telling has an id of its own");

    let [page] = hub.waiting_pages().await.try_into().unwrap_or_else(|_| panic!("one page"));
    assert_eq!((page.step, page.role.as_str(), page.deliveries), (3, "head_of_service", 5));
    hub.acknowledge(&page.page_id).await;
    assert!(hub.waiting_pages().await.is_empty());
    hub.tell(&decision(id, hub.clock.now(), true)).await;
    hub.heard().await;
    // Another page shows that the ticker has looked since.
    hub.advance(minutes(60));
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.advance(minutes(5));
    hub.paged("mash_manager", 2).await;
    hub.advance(minutes(5));
    hub.paged("service_manager", 2).await;
    hub.paged("head_of_service", 3).await;
}

#[tokio::test]
async fn r18_the_acknowledgement_starts_the_hour_to_decide_and_the_decision_ends_it() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    hub.tell(&contact(id, true, false)).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(3));
    let page = hub.waiting_pages().await.remove(0);
    let first = hub.acknowledge(&page.page_id).await;
    assert_eq!(first, to_timestamp(*MORNING + minutes(3)));
    hub.advance(minutes(1));
    assert_eq!(hub.acknowledge(&page.page_id).await, first, "the first acknowledgement counts");
    let [told] =
        hub.told::<pb::PageAcknowledged>().await.try_into().unwrap_or_else(|_| panic!("told once"));
    let [clock] = told.clocks_started.as_slice() else { panic!("one clock") };
    assert_eq!(clock.kind(), ClockKind::Section47Decision);
    assert_eq!(clock.deadline, Some(to_timestamp(*MORNING + minutes(63))));

    hub.tell(&decision(id, *MORNING + minutes(10), false)).await;
    hub.heard().await;
    assert_eq!(
        hub.clocks_of(id).await[0].state(),
        pb::ClockState::Running,
        "not every child is decided"
    );
    hub.tell(&decision(id, *MORNING + minutes(20), true)).await;
    hub.heard().await;
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Met);
}

#[tokio::test]
async fn r9_children_whom_their_unit_has_wait_for_no_decision_of_the_hub() {
    let hub = Hub::start(*MORNING).await;
    let id = hub.answered_for().await;
    let with_unit = |at, complete| ChildrenWithUnit {
        contact_id: id.to_string(),
        received_at: Some(to_timestamp(at)),
        complete,
        ..ChildrenWithUnit::default()
    };
    hub.tell(&with_unit(*MORNING + minutes(10), false)).await;
    hub.heard().await;
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Running, "a sibling stays");
    hub.tell(&with_unit(*MORNING + minutes(20), true)).await;
    hub.heard().await;
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Met);
}

#[tokio::test]
async fn r9_children_who_come_back_into_the_hub_are_timed_and_paged_anew() {
    let hub = Hub::start(*MORNING).await;
    let id = hub.answered_for().await;
    let with_unit = ChildrenWithUnit {
        contact_id: id.to_string(),
        received_at: Some(to_timestamp(*MORNING)),
        complete: true,
        ..ChildrenWithUnit::default()
    };
    hub.tell(&with_unit).await;
    hub.heard().await;
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Met);
    let clock = ClockStart {
        clock_id: Uuid::new_v4().to_string(),
        kind: ClockKind::InitialDecision.into(),
        started_at: Some(to_timestamp(*MORNING)),
        deadline: Some(to_timestamp(*MORNING + minutes(600))),
        protocol_version: "2025.1".to_owned(),
        ..ClockStart::default()
    };
    let back = ChildrenBackInHub {
        contact_id: id.to_string(),
        withdrawn_at: Some(to_timestamp(*MORNING)),
        clocks_started: vec![clock],
        undecided: true,
        section_47: true,
        ..ChildrenBackInHub::default()
    };
    hub.tell(&back).await;
    hub.paged("mash_manager", 2).await;
    let running = async || -> Vec<ClockKind> {
        let clocks = hub.clocks_of(id).await.into_iter();
        clocks
            .filter(|clock| clock.state() == pb::ClockState::Running)
            .map(|it| it.kind())
            .collect()
    };
    assert_eq!(running().await, [ClockKind::InitialDecision]);
    // The hour of R18 begins with the acknowledgement: the decision was forgotten.
    let page = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&page.page_id).await;
    assert_eq!(running().await.len(), 2);
}

#[tokio::test]
async fn r28_children_who_are_added_end_the_wait_for_telling_the_referrer() {
    let hub = Hub::start(*MORNING).await;
    let (id, telling) = (Uuid::new_v4(), Uuid::new_v4());
    let clock = ClockStart {
        clock_id: telling.to_string(),
        kind: ClockKind::InformReferrer.into(),
        started_at: Some(to_timestamp(*MORNING)),
        deadline: Some(to_timestamp(*MORNING + minutes(600))),
        protocol_version: "2025.1".to_owned(),
        ..ClockStart::default()
    };
    let decided = OutcomeDecided {
        contact_id: id.to_string(),
        clocks_started: vec![clock],
        ..OutcomeDecided::default()
    };
    hub.tell(&decided).await;
    let added = ChildrenAdded {
        contact_id: id.to_string(),
        clocks_ended: vec![ClockEnd {
            ending: ClockEnding::Cancelled.into(),
            ..clock_end(telling, *MORNING + minutes(1))
        }],
        ..ChildrenAdded::default()
    };
    hub.tell(&added).await;
    hub.heard().await;
    assert_eq!(hub.clocks_of(id).await[0].state(), pb::ClockState::Cancelled);
}

#[tokio::test]
async fn r18_no_hour_begins_where_the_decision_is_made_already() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    hub.tell(&contact(id, true, false)).await;
    hub.tell(&decision(id, *MORNING, true)).await;
    hub.heard().await;
    let page = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&page.page_id).await;
    assert!(hub.told::<pb::PageAcknowledged>().await[0].clocks_started.is_empty());
    assert!(hub.clocks_of(id).await.is_empty());
}

#[tokio::test]
async fn r18_an_hour_without_a_decision_is_told() {
    let hub = Hub::start(*MORNING).await;
    hub.tell(&contact(Uuid::new_v4(), false, true)).await;
    hub.heard().await;
    let page = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&page.page_id).await;
    hub.advance(minutes(60));
    let ran_out = hub.has_told::<pb::ClockRanOut>(1).await;
    assert_eq!(ran_out[0].kind(), ClockKind::Section47Decision);
}

#[tokio::test]
async fn r18_r41_outside_hub_hours_edt_is_paged_and_has_fifteen_minutes() {
    let hub = Hub::start(*EVENING).await;
    hub.tell(&contact(Uuid::new_v4(), true, true)).await;
    assert_eq!(hub.paged("edt", 1).await, ["page.raised"]);
    hub.advance(minutes(15));
    assert_eq!(hub.paged("edt", 2).await, ["page.raised", "page.climbed"]);
    hub.advance(minutes(15));
    hub.paged("head_of_service", 1).await;
    assert!(hub.pagers.types("mash_manager").is_empty());
}

#[tokio::test]
async fn r18_an_hour_without_a_decision_pages_until_somebody_has_it() {
    let hub = Hub::start(*MORNING).await;
    let id = Uuid::new_v4();
    hub.tell(&contact(id, true, false)).await;
    hub.paged("mash_manager", 1).await;
    let first = hub.waiting_pages().await.remove(0);
    hub.acknowledge(&first.page_id).await;
    hub.advance(minutes(60));
    assert_eq!(hub.paged("mash_manager", 2).await, ["page.raised", "page.raised"]);
    let late = hub.waiting_pages().await.remove(0);
    assert_eq!((late.contact_id.clone(), late.cause()), (id.to_string(), pb::PageCause::Section47));
    assert_ne!(late.page_id, first.page_id);
    hub.advance(minutes(5));
    assert_eq!(hub.paged("service_manager", 1).await, ["page.climbed"]);

    hub.acknowledge(&late.page_id).await;
    let told = hub.has_told::<pb::PageAcknowledged>(2).await;
    assert!(told[1].clocks_started.is_empty(), "the decision is late, and gets no other hour");
}

#[tokio::test]
async fn r18_a_decision_in_time_raises_no_page_and_a_late_one_resolves_it() {
    let hub = Hub::start(*MORNING).await;
    let (in_time, late) = (Uuid::new_v4(), Uuid::new_v4());
    for id in [in_time, late] {
        hub.tell(&contact(id, true, false)).await;
    }
    hub.paged("mash_manager", 2).await;
    for page in hub.waiting_pages().await {
        hub.acknowledge(&page.page_id).await;
    }
    hub.tell(&decision(in_time, *MORNING + minutes(59), true)).await;
    hub.heard().await;
    hub.advance(minutes(61));
    hub.paged("mash_manager", 3).await;
    let [page] = hub.waiting_pages().await.try_into().unwrap_or_else(|_| panic!("one page"));
    assert_eq!(page.contact_id, late.to_string());
    hub.tell(&decision(late, hub.clock.now(), true)).await;
    hub.heard().await;
    assert!(hub.waiting_pages().await.is_empty());
    let resolved = hub.has_told::<pb::PageResolved>(1).await;
    assert_eq!(resolved[0].page_id, page.page_id);
    assert_eq!(hub.clocks_of(late).await[0].state(), pb::ClockState::MetLate);
}

#[tokio::test]
async fn r18_a_page_unacknowledged_at_closing_goes_to_edt() {
    let hub = Hub::start(*EVENING - minutes(4 * 60 + 2)).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.paged("mash_manager", 1).await;
    hub.advance(minutes(5));
    assert_eq!(hub.paged("edt", 1).await, ["page.climbed"]);
    hub.advance(minutes(15));
    assert_eq!(hub.paged("edt", 2).await, ["page.climbed", "page.climbed"]);
    hub.advance(minutes(15));
    hub.paged("head_of_service", 1).await;
    assert!(hub.pagers.types("service_manager").is_empty());
    let climbed = hub.has_told::<pb::PageClimbed>(3).await;
    let steps: Vec<_> = climbed.iter().map(|page| (page.step, page.role.as_str())).collect();
    assert_eq!(steps, [(1, "edt"), (2, "edt"), (3, "head_of_service")]);
}

#[tokio::test]
async fn r10_r18_a_page_unacknowledged_at_opening_goes_to_the_hub_at_once() {
    let hub = Hub::start(*MORNING - minutes(64)).await;
    hub.tell(&contact(Uuid::new_v4(), true, false)).await;
    hub.paged("edt", 1).await;
    hub.advance(minutes(4));
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.climbed"]);
    hub.advance(minutes(5));
    hub.paged("service_manager", 1).await;
    hub.advance(minutes(5));
    hub.paged("head_of_service", 1).await;
    hub.paged("edt", 1).await;
}

#[tokio::test]
async fn r41_a_risk_flag_pages_and_its_check_runs_as_red() {
    let hub = Hub::start(*MORNING).await;
    let (id, amber, red) = (Uuid::new_v4(), Uuid::new_v4(), Uuid::new_v4());
    let mut asked = crate::stage::red_check(id, amber, *MORNING);
    asked.clocks_started[0].rag = proto::terms::v1::Rag::Amber.into();
    hub.tell(&asked).await;
    let mut replaced = clock_end(amber, *MORNING);
    replaced.ending = proto::terms::v1::ClockEnding::Replaced.into();
    hub.tell(&RiskFlagged {
        flag_id: Uuid::new_v4().to_string(),
        contact_id: id.to_string(),
        agency: "police".to_owned(),
        clocks_started: crate::stage::red_check(id, red, *MORNING).clocks_started,
        clocks_ended: vec![replaced],
        ..RiskFlagged::default()
    })
    .await;
    assert_eq!(hub.paged("mash_manager", 1).await, ["page.raised"]);
    let data = &hub.pagers.calls()[0].message["data"];
    assert_eq!((&data["cause"], &data["agency"]), (&"risk_flag".into(), &"police".into()));
    let mut states: Vec<_> =
        hub.clocks_of(id).await.iter().map(|clock| (clock.rag(), clock.state())).collect();
    states.sort();
    assert_eq!(
        states,
        [
            (proto::terms::v1::Rag::Red, pb::ClockState::Running),
            (proto::terms::v1::Rag::Amber, pb::ClockState::Cancelled),
        ]
    );
}
