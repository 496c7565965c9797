//! Checks whose consent was taken back (R6): they stop, or go to a manager.

use std::sync::atomic::{AtomicI64, Ordering};

use harness::{Source, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::{ConsentAnswer, ConsentChanged, ConsentPurpose},
    partner::v1::AnswerKind,
    partner_checks::v1 as pb,
    terms::v1::{ClockEnding, Rag},
};
use runtime::tasks::Tasks;
use tonic::Code;
use uuid::Uuid;

use crate::{
    stage::{MORNING, PartnerChecks, order, police_answer, recording},
    with_unit::follow,
};

/// Checks of these agencies about a contact, and about this child of it, on consent.
async fn asked(hub: &PartnerChecks, agencies: &[&str]) -> (Uuid, String, Vec<pb::RequestedCheck>) {
    let contact = Uuid::new_v4();
    let asked = pb::RequestChecksRequest {
        basis_id: String::new(),
        ..order(contact, agencies, Rag::Amber)
    };
    let child = asked.child_ids[0].clone();
    hub.peers.say(|said| said.consent = true);
    let mut manager = hub.as_person("mash_manager").await;
    let checks = manager.request_checks(asked).await.unwrap().into_inner().checks;
    (contact, child, checks)
}

async fn deliver(hub: &PartnerChecks, check: &pb::RequestedCheck) {
    let delivered = pb::MarkDeliveredRequest { check_id: check.check_id.clone() };
    hub.as_adapter(&check.agency).await.mark_delivered(delivered).await.unwrap();
}

/// The revisions of contacts that are told: intake answers of revision 3 of each.
static REVISION: AtomicI64 = AtomicI64::new(4);

/// Consent to share about a child was given, refused or withdrawn; waits until it is heard.
async fn changed(
    (hub, intake): (&PartnerChecks, &Source),
    (contact, child): (Uuid, &str),
    agency: &str,
    (answer, withdrawn): (ConsentAnswer, bool),
) {
    let changed = ConsentChanged {
        contact_id: contact.to_string(),
        changed_at: Some(to_timestamp(*MORNING)),
        purpose: ConsentPurpose::ShareInformation.into(),
        agency: agency.to_owned(),
        child_ids: vec![child.to_owned()],
        answer: answer.into(),
        withdrawn,
        ..ConsentChanged::default()
    };
    let revision = REVISION.fetch_add(1, Ordering::Relaxed);
    intake.tell_of(contact, revision, &changed).await;
    intake.is_heard(&hub.database).await;
}

#[tokio::test]
async fn r6_what_rests_on_consent_that_is_taken_back_stops_unless_its_agency_has_it() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, child, checks) = asked(&hub, &["police", "health", "education"]).await;
    deliver(&hub, &checks[1]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    let told = async |check: usize| hub.events::<pb::CheckWithdrawn>(&checks[check].check_id).await;
    let for_manager =
        async || hub.events::<pb::CheckConsentWithdrawn>(&checks[1].check_id).await.len();
    for (agency, said, [police, education, health]) in [
        ("", (ConsentAnswer::Agreed, false), [0, 0, 0]),
        ("police", (ConsentAnswer::Agreed, true), [1, 0, 0]),
        ("", (ConsentAnswer::Refused, false), [1, 1, 1]),
        ("health", (ConsentAnswer::Agreed, true), [1, 1, 2]),
    ] {
        changed((&hub, &intake), (contact, &child), agency, said).await;
        assert_eq!((told(0).await.len(), told(2).await.len()), (police, education));
        assert_eq!(for_manager().await, health);
    }
    assert_eq!(told(0).await[0].because(), pb::WithdrawnBecause::ConsentWithdrawn);
    assert_eq!(told(0).await[0].clocks_ended[0].ending(), ClockEnding::Cancelled);
    assert!(told(1).await.is_empty(), "health has it already");
    tasks.stop();
}

#[tokio::test]
async fn r6_what_rests_on_consent_that_a_correction_took_the_ground_from_stops() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, child, checks) = asked(&hub, &["police"]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    for (lapsed, revision, withdrawn) in [(false, 1_004, 0), (true, 1_005, 1)] {
        let changed = ConsentChanged {
            contact_id: contact.to_string(),
            changed_at: Some(to_timestamp(*MORNING)),
            purpose: ConsentPurpose::ShareInformation.into(),
            answer: ConsentAnswer::Agreed.into(),
            child_ids: vec![child.clone()],
            lapsed,
            ..ConsentChanged::default()
        };
        intake.tell_of(contact, revision, &changed).await;
        intake.is_heard(&hub.database).await;
        let told = hub.events::<pb::CheckWithdrawn>(&checks[0].check_id).await;
        assert_eq!(told.len(), withdrawn);
    }
    tasks.stop();
}

#[tokio::test]
async fn r6_a_taking_back_that_is_heard_late_stops_nothing_that_rests_on_newer_consent() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, child, checks) = asked(&hub, &["police", "health"]).await;
    deliver(&hub, &checks[1]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    let withdrawn = ConsentChanged {
        contact_id: contact.to_string(),
        changed_at: Some(to_timestamp(*MORNING)),
        purpose: ConsentPurpose::ShareInformation.into(),
        child_ids: vec![child.clone()],
        withdrawn: true,
        ..ConsentChanged::default()
    };
    // Intake answered of revision 3, when the family had agreed again.
    intake.tell_of(contact, 2, &withdrawn).await;
    intake.is_heard(&hub.database).await;
    assert!(hub.events::<pb::CheckWithdrawn>(&checks[0].check_id).await.is_empty());
    assert!(hub.events::<pb::CheckConsentWithdrawn>(&checks[1].check_id).await.is_empty());
    intake.tell_of(contact, 4, &withdrawn).await;
    intake.is_heard(&hub.database).await;
    assert_eq!(hub.events::<pb::CheckWithdrawn>(&checks[0].check_id).await.len(), 1);
    assert_eq!(hub.events::<pb::CheckConsentWithdrawn>(&checks[1].check_id).await.len(), 1);
    tasks.stop();
}

#[tokio::test]
async fn r6_what_an_agency_has_goes_on_without_consent_and_is_told_to_the_hub() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, child, checks) = asked(&hub, &["police"]).await;
    deliver(&hub, &checks[0]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    let taken_back = (ConsentAnswer::Agreed, true);
    changed((&hub, &intake), (contact, &child), "", taken_back).await;
    let [told] = &hub.events::<pb::CheckConsentWithdrawn>(&checks[0].check_id).await[..] else {
        panic!("told once")
    };
    assert_eq!((told.contact_id.as_str(), told.agency.as_str()), (&*contact.to_string(), "police"));
    assert_eq!(told.withdrawn_at, Some(to_timestamp(*MORNING)));
    let shown = hub.shown(contact).await;
    assert_eq!(
        (shown.state(), shown.basis_lost_at),
        (pb::CheckState::Delivered, told.withdrawn_at)
    );

    let answer = recording(&checks[0].check_id, police_answer(AnswerKind::Final));
    hub.as_adapter("police").await.record_answer(answer).await.unwrap();
    let [answered] = &hub.events::<pb::CheckAnswered>(&checks[0].check_id).await[..] else {
        panic!("answered once")
    };
    assert_eq!(answered.clocks_ended[0].ending(), ClockEnding::Met);
    assert_eq!(hub.shown(contact).await.answers.len(), 1);
    changed((&hub, &intake), (contact, &child), "police", taken_back).await;
    assert_eq!(hub.events::<pb::CheckConsentWithdrawn>(&checks[0].check_id).await.len(), 2);
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Answered);
    tasks.stop();
}

#[tokio::test]
async fn r6_an_agency_that_turns_out_to_have_what_was_stopped_is_a_managers_too() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, child, checks) = asked(&hub, &["police"]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    changed((&hub, &intake), (contact, &child), "", (ConsentAnswer::Agreed, true)).await;
    let told = async || hub.events::<pb::CheckConsentWithdrawn>(&checks[0].check_id).await;
    assert!(told().await.is_empty());
    for _ in 0..2 {
        deliver(&hub, &checks[0]).await;
        assert_eq!(told().await.len(), 1);
    }
    assert_eq!(hub.shown(contact).await.state(), pb::CheckState::Withdrawn);
    tasks.stop();
}

#[tokio::test]
async fn r38_nothing_is_sent_on_consent_that_was_taken_back_since_intake_was_asked() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    hub.peers.say(|said| said.consent = true);
    let intake = follow(&mut hub, "intake", &tasks).await;
    let (known, newer) = (Uuid::new_v4(), Uuid::new_v4());
    // Intake answers of revision 3 of each.
    for (contact, revision) in [(known, 3), (newer, 4)] {
        let withdrawn = ConsentChanged {
            contact_id: contact.to_string(),
            changed_at: Some(to_timestamp(*MORNING)),
            purpose: ConsentPurpose::ShareInformation.into(),
            withdrawn: true,
            ..ConsentChanged::default()
        };
        intake.tell_of(contact, revision, &withdrawn).await;
    }
    intake.is_heard(&hub.database).await;
    let answers = hub.peers.intake.clone();
    hub.place.set(&intake.peer().0, &answers);
    hub.stop().await;
    hub.run();
    let mut manager = hub.as_person("mash_manager").await;
    let on_consent = |contact| pb::RequestChecksRequest {
        basis_id: String::new(),
        ..order(contact, &["police"], Rag::Amber)
    };
    manager.request_checks(on_consent(known)).await.unwrap();
    let refused = manager.request_checks(on_consent(newer)).await.err().unwrap();
    assert_eq!((refused.code(), &*reason_of(&refused)), (Code::Aborted, "CONSENT_CHANGED"));
    // Another basis does not rest on it.
    manager.request_checks(order(newer, &["police"], Rag::Amber)).await.unwrap();
    tasks.stop();
}

#[tokio::test]
async fn r6_what_a_child_refuses_itself_stops_though_its_mother_agrees() {
    let (mut hub, tasks) = (PartnerChecks::start(*MORNING).await, Tasks::new());
    let (contact, child, checks) = asked(&hub, &["police", "health"]).await;
    deliver(&hub, &checks[1]).await;
    let intake = follow(&mut hub, "intake", &tasks).await;
    let agreed = |purpose: ConsentPurpose, refusing: &[&String]| ConsentChanged {
        contact_id: contact.to_string(),
        changed_at: Some(to_timestamp(*MORNING)),
        purpose: purpose.into(),
        answer: ConsentAnswer::Agreed.into(),
        child_ids: vec![child.clone(), Uuid::new_v4().to_string()],
        refusing_child_ids: refusing.iter().map(|child| child.to_string()).collect(),
        ..ConsentChanged::default()
    };
    let sibling = Uuid::new_v4().to_string();
    use ConsentPurpose::{Service, ShareInformation};
    let told = [
        (agreed(ShareInformation, &[]), 0),
        (agreed(ShareInformation, &[&sibling]), 0),
        (agreed(Service, &[&child]), 0),
        (agreed(ShareInformation, &[&child]), 1),
    ];
    for ((changed, stopped), revision) in told.into_iter().zip(2_001..) {
        intake.tell_of(contact, revision, &changed).await;
        intake.is_heard(&hub.database).await;
        let withdrawn = hub.events::<pb::CheckWithdrawn>(&checks[0].check_id).await;
        let for_manager = hub.events::<pb::CheckConsentWithdrawn>(&checks[1].check_id).await;
        assert_eq!((withdrawn.len(), for_manager.len()), (stopped, stopped));
    }
    tasks.stop();
}
