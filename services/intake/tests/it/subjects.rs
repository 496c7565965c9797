//! Places, peer groups and online spaces, which several contacts can share (R5).

use harness::Bearer;
use proto::{
    intake::v1::{
        self as pb, contact_subject::Subject as Named, subject_service_client::SubjectServiceClient,
    },
    terms::v1::Purpose,
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::stage::{Intake, MORNING, referral, violations};

type Subjects = SubjectServiceClient<InterceptedService<Channel, Bearer>>;

async fn subjects(intake: &Intake, role: &str) -> Subjects {
    intake.connect(role, SubjectServiceClient::with_interceptor).await
}

fn park() -> pb::Subject {
    pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "Clapton Square, by the fountain".to_owned(),
        description: "Older boys wait there after school.".to_owned(),
        address: "Clapton Square, London E5".to_owned(),
    }
}

fn about(subject: Named, children: &[u32]) -> pb::SubmitContactRequest {
    let named = pb::ContactSubject { subject: Some(subject), child_indexes: children.to_vec() };
    pb::SubmitContactRequest { subjects: vec![named], ..referral() }
}

/// A subject with at most 50 of its contacts.
fn showing(subject: &str, page_token: &str) -> pb::GetSubjectRequest {
    pb::GetSubjectRequest {
        subject_id: subject.to_owned(),
        purpose: Purpose::Screening.into(),
        page_size: 0,
        page_token: page_token.to_owned(),
    }
}

#[tokio::test]
async fn r5_of_a_subject_of_many_contacts_it_is_said_that_there_are_more_and_each_is_shown() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(about(Named::NewSubject(park()), &[])).await;
    let place = first.subject_ids[0].clone();
    let mut all = vec![first.contact_id];
    for minute in 1..52 {
        // Some of them were received at one instant.
        if minute % 2 == 0 {
            intake.clock.advance(jiff::SignedDuration::from_mins(1));
        }
        let again = about(Named::SubjectId(place.clone()), &[]);
        all.push(intake.submit(again).await.contact_id);
    }
    let mut worker = subjects(&intake, "screening_practitioner").await;
    let latest = worker.get_subject(showing(&place, "")).await.unwrap().into_inner();
    assert_eq!(latest.contacts.len(), 50);
    let rest = showing(&place, &latest.next_page_token);
    let rest = worker.get_subject(rest).await.unwrap().into_inner();
    assert!(rest.next_page_token.is_empty());
    let seen = [latest.contacts, rest.contacts].concat();
    assert!(seen.is_sorted_by(|one, next| {
        let at = |it: &pb::SubjectContact| it.received_at.map(|at| (at.seconds, at.nanos));
        at(one) >= at(next)
    }));
    let mut ids: Vec<String> = seen.into_iter().map(|it| it.contact_id).collect();
    ids.sort_unstable();
    all.sort_unstable();
    assert_eq!(ids, all);
    let none = worker.get_subject(showing(&place, "x")).await.err().unwrap();
    assert_eq!(violations(&none)[0].0, "page_token");
}

#[tokio::test]
async fn r5_a_place_is_a_subject_that_several_contacts_share() {
    let intake = Intake::start(*MORNING).await;
    let first = intake.submit(about(Named::NewSubject(park()), &[0])).await;
    let place = first.subject_ids[0].clone();
    let second = intake.submit(about(Named::SubjectId(place.clone()), &[1])).await;
    assert_eq!(second.subject_ids, first.subject_ids);
    let shown = intake.read(&second.contact_id).await.subjects.remove(0);
    assert!(shown.subject == Some(park()));
    assert_eq!(shown.child_ids, [second.child_ids[1].clone()]);

    let mut worker = subjects(&intake, "screening_practitioner").await;
    let request = showing(&place, "");
    let found = worker.get_subject(request).await.unwrap().into_inner();
    let linked: Vec<_> = found.contacts.iter().flat_map(|one| one.child_ids.clone()).collect();
    assert_eq!(found.contacts.len(), 2);
    assert!(linked.contains(&first.child_ids[0]) && linked.contains(&second.child_ids[1]));
    assert_eq!(intake.reads_of(&place).await, ["SubjectService.GetSubject"]);
    assert_eq!(intake.reads_of(&first.child_ids[0]).await, ["SubjectService.GetSubject"]);
}

#[tokio::test]
async fn r5_a_subject_is_found_by_misspelt_words_and_the_read_is_logged() {
    let intake = Intake::start(*MORNING).await;
    let place = intake.submit(about(Named::NewSubject(park()), &[])).await.subject_ids.remove(0);
    let mut worker = subjects(&intake, "screening_practitioner").await;
    let find = |words: &str, kind: pb::SubjectKind| pb::FindSubjectsRequest {
        words: words.to_owned(),
        kind: kind.into(),
        purpose: Purpose::Screening.into(),
    };
    let any = pb::SubjectKind::Unspecified;
    for (words, kind, number) in [
        ("clapton sqare", any, 1),
        ("Fountain", pb::SubjectKind::Place, 1),
        ("fountain", pb::SubjectKind::OnlineSpace, 0),
        ("Victoria Park", any, 0),
    ] {
        let found = worker.find_subjects(find(words, kind)).await.unwrap().into_inner().subjects;
        assert_eq!(found.len(), number, "{words}");
    }
    assert_eq!(intake.reads_of(&place).await.len(), 2);
    let refused = worker.find_subjects(find("x", any)).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "words");
}

#[tokio::test]
async fn r5_a_subject_that_is_not_on_record_is_refused_and_nothing_is_written() {
    let intake = Intake::start(*MORNING).await;
    let stranger = about(Named::SubjectId(Uuid::new_v4().to_string()), &[]);
    let mut referrer = intake.as_person("referrer").await;
    let refused = referrer.submit_contact(stranger).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
    let contacts: i64 = sqlx::query_scalar("SELECT count(*) FROM intake.contact")
        .fetch_one(&intake.database)
        .await
        .unwrap();
    assert_eq!(contacts, 0);
    let nobody = about(Named::NewSubject(park()), &[9]);
    let refused = referrer.submit_contact(nobody).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "subjects[0].child_indexes");
}
