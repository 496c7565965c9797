//! Requesting checks, and what the hub sees of them (R33–R35, R38, R42, R44).
#![expect(clippy::disallowed_methods, reason = "a test looks at the tables from outside")]

use harness::{fields_of, reason_of};
use jiff::{SignedDuration, Timestamp};
use proto::{
    convert::to_timestamp,
    partner_checks::v1 as pb,
    screening::v1::CaseState,
    terms::v1::{BasisKind, ClockKind, Date, Purpose, Rag},
};
use tonic::Code;
use tonic_types::StatusExt;
use uuid::Uuid;

use crate::stage::{AGENCIES, MORNING, PartnerChecks, order};

#[tokio::test]
async fn r33_five_agencies_are_asked_at_red_each_with_a_clock_and_a_disclosure() {
    let hub = PartnerChecks::start(*MORNING).await;
    let contact = Uuid::new_v4();
    let given = order(contact, &AGENCIES, Rag::Red);
    let mut manager = hub.as_person("mash_manager").await;
    let reply = manager.request_checks(given.clone()).await.unwrap().into_inner();
    assert_eq!(
        reply.checks.iter().map(|check| check.agency.as_str()).collect::<Vec<_>>(),
        AGENCIES
    );
    assert!(hub.peers.said.lock().unwrap().on_behalf);
    let due = to_timestamp(*MORNING + SignedDuration::from_hours(4));
    for check in &reply.checks {
        assert_eq!((check.deadline, check.call_edt), (Some(due), false));
        let [event] = &hub.events::<pb::CheckRequested>(&check.check_id).await[..] else {
            panic!("one event")
        };
        assert_eq!(
            (&event.agency, event.rag(), event.basis()),
            (&check.agency, Rag::Red, BasisKind::Section47)
        );
        let [clock] = event.clocks_started.as_slice() else { panic!("one clock") };
        assert_eq!(
            (clock.kind(), clock.rag(), &clock.agency),
            (ClockKind::Check, Rag::Red, &check.agency)
        );
        assert_eq!((clock.started_at, clock.deadline), (Some(to_timestamp(*MORNING)), Some(due)));
        let warned =
            [30, 180].map(|minutes| to_timestamp(*MORNING + SignedDuration::from_mins(minutes)));
        assert_eq!(clock.warnings, warned);
    }
    let reading = pb::ListDisclosuresRequest {
        contact_id: contact.to_string(),
        purpose: Purpose::Audit.into(),
    };
    let disclosed = manager.list_disclosures(reading).await.unwrap().into_inner().disclosures;
    assert_eq!(disclosed.iter().map(|one| one.agency.as_str()).collect::<Vec<_>>(), AGENCIES);
    for one in disclosed {
        assert_eq!(
            one.fields,
            ["reference", "purpose", "context", "name", "birth_date", "address", "school"]
        );
        assert_eq!((one.child_ids, one.contact_revision), (given.child_ids.clone(), 3));
        assert_eq!(
            (one.purpose, one.effects_weighed),
            (given.purpose.clone(), given.effects_weighed.clone())
        );
        assert!(!one.decided_by.is_empty() && one.lapsed_agreement_reason.is_empty());
        assert_eq!(one.decided_at, Some(to_timestamp(*MORNING)));
    }
}

#[tokio::test]
async fn r12_the_same_request_twice_gets_its_first_reply_whatever_the_case_is_by_then() {
    let hub = PartnerChecks::start(*MORNING).await;
    let given = order(Uuid::new_v4(), &["police", "health"], Rag::Amber);
    let mut manager = hub.as_person("mash_manager").await;
    let first = manager.request_checks(given.clone()).await.unwrap().into_inner();
    let written = hub.written().await;
    hub.peers.say(|said| said.case = Some(CaseState::Closed));
    assert!(manager.request_checks(given.clone()).await.unwrap().into_inner() == first);
    hub.peers.stop_screening();
    assert!(manager.request_checks(given.clone()).await.unwrap().into_inner() == first);
    assert_eq!((hub.written().await, hub.peers.said.lock().unwrap().asked), (written, 1));
    let other = pb::RequestChecksRequest { rag: Rag::Red.into(), ..given };
    assert_eq!(reason_of(&manager.request_checks(other).await.err().unwrap()), "REQUEST_ID_REUSED");
}

#[tokio::test]
async fn refusals_of_those_who_are_asked_pass_through_and_nothing_is_written() {
    let hub = PartnerChecks::start(*MORNING).await;
    let written = hub.written().await;
    let mut manager = hub.as_person("mash_manager").await;
    let given = order(Uuid::new_v4(), &["police"], Rag::Red);
    hub.peers.say(|said| said.case = None);
    let refused = manager.request_checks(given.clone()).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::FailedPrecondition, "CASE_NOT_OPEN_YET")
    );
    hub.peers.say(|said| said.case = Some(CaseState::Closed));
    let refused = manager.request_checks(given.clone()).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::FailedPrecondition, "CASE_CLOSED"));
    hub.peers.say(|said| said.case = Some(CaseState::Undecided));
    let on_consent = pb::RequestChecksRequest { basis_id: String::new(), ..given.clone() };
    let refused = manager.request_checks(on_consent).await.err().unwrap();
    assert_eq!(
        (refused.code(), refused.message()),
        (Code::FailedPrecondition, "there is no consent")
    );
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((info.reason.as_str(), info.metadata["rule"].as_str()), ("BASIS_REQUIRED", "R38"));
    assert_eq!(hub.written().await, written);
    manager.request_checks(given).await.unwrap();
}

#[tokio::test]
async fn r9_no_check_is_sent_about_a_child_whom_its_unit_has() {
    let hub = PartnerChecks::start(*MORNING).await;
    let written = hub.written().await;
    let mut manager = hub.as_person("mash_manager").await;
    let [gone, sibling] = [Uuid::new_v4(), Uuid::new_v4()].map(|id| id.to_string());
    hub.peers.say(|said| said.with_unit = vec![gone.clone()]);
    let both = pb::RequestChecksRequest {
        child_ids: vec![gone.clone(), sibling.clone()],
        ..order(Uuid::new_v4(), &["police"], Rag::Red)
    };
    let refused = manager.request_checks(both.clone()).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::FailedPrecondition, "WITH_UNIT"));
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((&*info.metadata["rule"], &info.metadata["child_ids"]), ("R9", &gone));
    assert_eq!(hub.written().await, written);
    let only = pb::RequestChecksRequest { child_ids: vec![sibling], ..both };
    manager.request_checks(only).await.unwrap();
}

#[tokio::test]
async fn a_peer_that_is_away_is_unavailable_and_nothing_is_written() {
    let hub = PartnerChecks::start(*MORNING).await;
    let written = hub.written().await;
    let mut manager = hub.as_person("mash_manager").await;
    let given = order(Uuid::new_v4(), &["police"], Rag::Red);
    hub.peers.stop_intake();
    let refused = manager.request_checks(given.clone()).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::Unavailable, "UNAVAILABLE"));
    hub.peers.stop_screening();
    let refused = manager.request_checks(given).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::Unavailable, "UNAVAILABLE"));
    assert_eq!(hub.written().await, written);
}

#[tokio::test]
async fn r35_without_purpose_and_context_a_request_is_refused_and_every_bad_field_named() {
    let hub = PartnerChecks::start(*MORNING).await;
    let given = pb::RequestChecksRequest {
        request_id: "1".to_owned(),
        child_ids: Vec::new(),
        rag: 9,
        purpose: " ".to_owned(),
        context: String::new(),
        basis_id: "x".to_owned(),
        effects_weighed: String::new(),
        ..order(Uuid::new_v4(), &["police", "coastguard", "police"], Rag::Red)
    };
    let refused = hub.as_person("mash_manager").await.request_checks(given).await.err().unwrap();
    assert_eq!(refused.code(), Code::InvalidArgument);
    assert_eq!(
        fields_of(&refused),
        [
            "request_id",
            "child_ids",
            "agencies[1]",
            "agencies[2]",
            "rag",
            "purpose",
            "context",
            "basis_id",
            "effects_weighed",
        ]
    );
    assert_eq!(hub.peers.said.lock().unwrap().asked, 0);
}

#[tokio::test]
async fn r33_only_a_manager_asks() {
    let hub = PartnerChecks::start(*MORNING).await;
    let mut practitioner = hub.as_person("screening_practitioner").await;
    let refused = practitioner
        .request_checks(order(Uuid::new_v4(), &["police"], Rag::Red))
        .await
        .err()
        .unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn r34_a_red_past_closing_names_edt_for_those_without_an_out_of_hours_contact() {
    let afternoon: Timestamp = "2026-11-24T15:00:00Z".parse().unwrap();
    let hub = PartnerChecks::start(afternoon).await;
    let mut manager = hub.as_person("mash_manager").await;
    let given = order(Uuid::new_v4(), &["police", "health"], Rag::Red);
    let reply = manager.request_checks(given).await.unwrap().into_inner();
    assert_eq!(reply.checks.iter().map(|check| check.call_edt).collect::<Vec<_>>(), [false, true]);
    let amber = order(Uuid::new_v4(), &["health"], Rag::Amber);
    assert!(!manager.request_checks(amber).await.unwrap().into_inner().checks[0].call_edt);
}

#[tokio::test]
async fn r42_an_unanswered_check_shows_as_late_after_its_deadline() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (_, contact) = hub.check("police", Rag::Red).await;
    let shown = hub.shown(contact).await;
    assert_eq!((shown.state(), shown.late), (pb::CheckState::Sent, false));
    hub.clock.advance(SignedDuration::from_hours(4));
    assert!(!hub.shown(contact).await.late);
    hub.clock.advance(SignedDuration::from_secs(1));
    assert!(hub.shown(contact).await.late);
}

#[tokio::test]
async fn r61_every_read_stands_in_the_read_log() {
    let hub = PartnerChecks::start(*MORNING).await;
    let (_, contact) = hub.check("police", Rag::Red).await;
    hub.shown(contact).await;
    let reading = pb::ListDisclosuresRequest {
        contact_id: contact.to_string(),
        purpose: Purpose::Audit.into(),
    };
    hub.as_person("auditor").await.list_disclosures(reading.clone()).await.unwrap();
    let rows: Vec<(String, Vec<Uuid>, String)> =
        sqlx::query_as("SELECT action, subjects, purpose FROM access.read_log ORDER BY at, action")
            .fetch_all(&hub.database)
            .await
            .unwrap();
    let [checks, disclosures] = &rows[..] else { panic!("two reads") };
    assert_eq!((&*checks.0, &*checks.2), ("PartnerChecksService.ListChecks", "PURPOSE_SCREENING"));
    assert_eq!(
        (&*disclosures.0, &*disclosures.2),
        ("PartnerChecksService.ListDisclosures", "PURPOSE_AUDIT")
    );
    assert!(checks.1.len() == 3 && checks.1[0] == contact && disclosures.1 == checks.1);
    let without = pb::ListDisclosuresRequest { purpose: 0, ..reading };
    let refused = hub.as_person("auditor").await.list_disclosures(without).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["purpose"]);
}

#[tokio::test]
async fn r62_a_disclosure_on_record_cannot_be_changed() {
    let hub = PartnerChecks::start(*MORNING).await;
    hub.check("police", Rag::Red).await;
    for statement in [
        "UPDATE partner_checks.disclosure SET purpose = 'another'",
        "DELETE FROM partner_checks.disclosure",
        "TRUNCATE partner_checks.disclosure",
    ] {
        let refused = sqlx::query(statement).execute(&hub.database).await.unwrap_err().to_string();
        assert!(refused.contains("only ever added to"), "{statement}: {refused}");
    }
}

#[tokio::test]
async fn r46_a_request_survives_a_stop_and_waits_for_its_agency() {
    let mut hub = PartnerChecks::start(*MORNING).await;
    let (check, contact) = hub.check("housing", Rag::Amber).await;
    hub.stop().await;
    hub.run();
    let mut housing = hub.as_adapter("housing").await;
    let listed = housing
        .list_requests(pb::ListRequestsRequest::default())
        .await
        .unwrap()
        .into_inner()
        .requests;
    assert_eq!(listed.iter().map(|request| &request.check_id).collect::<Vec<_>>(), [&check]);
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Sent);
}

#[tokio::test]
async fn r4_an_unborn_child_is_asked_about_by_when_it_is_expected() {
    let hub = PartnerChecks::start(*MORNING).await;
    hub.peers.say(|said| said.unborn = true);
    let contact = Uuid::new_v4();
    let mut manager = hub.as_person("mash_manager").await;
    manager.request_checks(order(contact, &["health"], Rag::Red)).await.unwrap();
    let mut health = hub.as_adapter("health").await;
    let listed = health.list_requests(pb::ListRequestsRequest::default()).await.unwrap();
    let [request] = &listed.into_inner().requests[..] else { panic!("one request") };
    let [unborn, born] = &request.children[..] else { panic!("two children") };
    assert!(unborn.unborn && unborn.birth_date.is_none() && unborn.name.is_empty());
    assert_eq!(unborn.expected_date, Some(Date { year: 2027, month: 3, day: 2 }));
    assert!(!born.unborn && born.expected_date.is_none());
    assert_eq!(born.birth_date, Some(Date { year: 2016, month: 5, day: 17 }));
    let reading = pb::ListDisclosuresRequest {
        contact_id: contact.to_string(),
        purpose: Purpose::Audit.into(),
    };
    let disclosed = manager.list_disclosures(reading).await.unwrap().into_inner().disclosures;
    for field in ["birth_date", "expected_date"] {
        assert!(disclosed[0].fields.iter().any(|named| named == field), "R44: {field}");
    }
}
