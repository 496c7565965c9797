//! Answers to requests for information, and refusals: each a disclosure record (R44,
//! R54–R56); and bad input of every command.

use harness::{fact_of, fields_of, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, InformationRefusalReason, InformationRequestState as State,
        RequesterVerification,
    },
    terms::v1::{BasisKind, Date},
};
use tonic::Code;
use tonic_types::StatusExt;

use crate::{
    corrections::amend,
    information_requests::{client, event, get, new_id, open_case, question, received},
    stage::{Intake, MORNING, child, referral},
};

/// An answer on consent to the first revision of a request.
pub fn answer(id: &str) -> pb::AnswerInformationRequestRequest {
    pb::AnswerInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision: 1,
        disclosed: vec![
            pb::DisclosedInformation {
                agency: String::new(),
                information: "One contact in 2023; early help until 2024.".to_owned(),
                proportion: "What the assessment asks for, and no more.".to_owned(),
            },
            pb::DisclosedInformation {
                agency: "health".to_owned(),
                information: "Seen by the school nurse.".to_owned(),
                proportion: "That there was contact; not what was said.".to_owned(),
            },
        ],
        recipient: "Nimmi Rao, Islington".to_owned(),
        recipient_country: "GB".to_owned(),
        basis: BasisKind::Consent.into(),
        basis_detail: "His mother agreed in writing on 20 November.".to_owned(),
        effects_weighed: "The family moved; no risk from the move being known.".to_owned(),
        open_case_reason: String::new(),
        basis_further: String::new(),
    }
}

fn refusal(id: &str) -> pb::RefuseInformationRequestRequest {
    pb::RefuseInformationRequestRequest {
        request_id: new_id(),
        information_request_id: id.to_owned(),
        revision: 1,
        reason: InformationRefusalReason::NotProportionate.into(),
        words: "The whole file was asked for to check one date.".to_owned(),
        effects_weighed: "The date was given by the school already.".to_owned(),
        open_case_reason: String::new(),
    }
}

#[tokio::test]
async fn r44_r56_an_answer_is_a_disclosure_that_nothing_changes() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let id = received(&mut client, question()).await.information_request_id;
    let given = answer(&id);
    let reply = client.answer_information_request(given.clone()).await.unwrap().into_inner();
    assert!(client.answer_information_request(given.clone()).await.unwrap().into_inner() == reply);
    let told: pb::InformationRequestAnswered = event(&intake, &id).await;
    assert_eq!((&told.disclosure_id, told.basis()), (&reply.disclosure_id, BasisKind::Consent));
    assert!(!told.foreign && told.clocks_ended.len() == 1);

    let shown = get(&mut client, &id).await;
    assert_eq!(shown.line.unwrap().state(), State::Answered);
    let kept = shown.disclosure.unwrap();
    assert!(kept.disclosed == given.disclosed);
    assert_eq!(
        (kept.recipient, kept.recipient_country),
        (given.recipient, given.recipient_country)
    );
    assert_eq!((kept.basis, kept.basis_detail), (given.basis, given.basis_detail));
    assert_eq!(kept.effects_weighed, given.effects_weighed);
    assert_eq!(kept.decided_at, Some(to_timestamp(*MORNING)));
    for change in [
        "UPDATE intake.information_disclosure SET recipient = 'somebody else'",
        "DELETE FROM intake.disclosed_information",
        "TRUNCATE intake.information_disclosure CASCADE",
    ] {
        let refused = sqlx::query(change).execute(&intake.database).await.unwrap_err();
        assert!(refused.to_string().contains("only ever added to"), "{change}: {refused}");
    }
}

#[tokio::test]
async fn r55_nothing_is_answered_before_it_was_made_sure_who_asks() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let unverified = pb::ReceiveInformationRequestRequest { verification: 0, ..question() };
    let id = received(&mut client, unverified).await.information_request_id;
    let refused = client.answer_information_request(answer(&id)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REQUESTER_NOT_VERIFIED");
    let verify = pb::VerifyRequesterRequest {
        request_id: new_id(),
        information_request_id: id.clone(),
        revision: 1,
        verification: RequesterVerification::CallBack.into(),
    };
    let reply = client.verify_requester(verify.clone()).await.unwrap().into_inner();
    assert!(client.verify_requester(verify).await.unwrap().into_inner() == reply);
    let told: pb::RequesterVerified = event(&intake, &id).await;
    assert_eq!(told.verification(), RequesterVerification::CallBack);
    let stale = client.answer_information_request(answer(&id)).await.err().unwrap();
    assert_eq!((stale.code(), &*reason_of(&stale)), (Code::Aborted, "STALE_REVISION"));
    let second = pb::AnswerInformationRequestRequest { revision: 2, ..answer(&id) };
    client.answer_information_request(second).await.unwrap();
}

#[tokio::test]
async fn r54_an_answer_in_spite_of_an_open_case_needs_a_manager_and_a_reason() {
    let intake = Intake::start(*MORNING).await;
    open_case(&intake).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let mut manager = client(&intake, "mash_manager").await;
    let id = received(&mut practitioner, question()).await.information_request_id;
    let refused = manager.answer_information_request(answer(&id)).await.err().unwrap();
    assert_eq!(reason_of(&refused), "OPEN_CASE");
    let ways = refused.get_details_error_info().unwrap().metadata;
    assert!(ways["ways_forward"].contains("pass it to the unit"));
    let reasoned = pb::AnswerInformationRequestRequest {
        open_case_reason: "Another boy of the same number: the number was mistyped.".to_owned(),
        ..answer(&id)
    };
    let refused = practitioner.answer_information_request(reasoned.clone()).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::PermissionDenied, "MANAGER_REQUIRED")
    );
    manager.answer_information_request(reasoned.clone()).await.unwrap();
    let kept = get(&mut manager, &id).await.disclosure.unwrap();
    assert_eq!(kept.open_case_reason, reasoned.open_case_reason);
}

#[tokio::test]
async fn r54_a_refusal_in_spite_of_an_open_case_needs_a_manager_and_a_reason() {
    let intake = Intake::start(*MORNING).await;
    open_case(&intake).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let mut manager = client(&intake, "mash_manager").await;
    let id = received(&mut practitioner, question()).await.information_request_id;
    for client in [&mut practitioner, &mut manager] {
        let refused = client.refuse_information_request(refusal(&id)).await.err().unwrap();
        assert_eq!(reason_of(&refused), "OPEN_CASE");
    }
    let reasoned = pb::RefuseInformationRequestRequest {
        open_case_reason: "The unit is not to be told: a worker there asks.".to_owned(),
        ..refusal(&id)
    };
    let refused = practitioner.refuse_information_request(reasoned.clone()).await.err().unwrap();
    assert_eq!(
        (refused.code(), &*reason_of(&refused)),
        (Code::PermissionDenied, "MANAGER_REQUIRED")
    );
    manager.refuse_information_request(reasoned.clone()).await.unwrap();
    let kept = get(&mut manager, &id).await.disclosure.unwrap();
    assert_eq!(kept.open_case_reason, reasoned.open_case_reason);
    // What is withdrawn is nobody's to decide.
    let id = received(&mut practitioner, question()).await.information_request_id;
    let withdrawn = pb::RefuseInformationRequestRequest {
        reason: InformationRefusalReason::Withdrawn.into(),
        ..refusal(&id)
    };
    practitioner.refuse_information_request(withdrawn).await.unwrap();
}

#[tokio::test]
async fn r56_another_country_is_marked_and_needs_a_manager() {
    let intake = Intake::start(*MORNING).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let mut manager = client(&intake, "service_manager").await;
    let mut from_abroad = question();
    from_abroad.requester.as_mut().unwrap().country = "FR".to_owned();
    let receipt = received(&mut practitioner, from_abroad).await;
    assert!(receipt.foreign);
    let id = receipt.information_request_id;
    for refused in [
        practitioner.answer_information_request(answer(&id)).await.err().unwrap(),
        practitioner.refuse_information_request(refusal(&id)).await.err().unwrap(),
    ] {
        let info = refused.get_details_error_info().unwrap();
        assert_eq!((&*info.reason, &*info.metadata["rule"]), ("MANAGER_REQUIRED", "R56"));
    }
    manager.refuse_information_request(refusal(&id)).await.unwrap();

    let id = received(&mut practitioner, question()).await.information_request_id;
    let abroad =
        pb::AnswerInformationRequestRequest { recipient_country: "JE".to_owned(), ..answer(&id) };
    let refused = practitioner.answer_information_request(abroad.clone()).await.err().unwrap();
    assert_eq!(reason_of(&refused), "MANAGER_REQUIRED");
    manager.answer_information_request(abroad).await.unwrap();
    let told: pb::InformationRequestAnswered = event(&intake, &id).await;
    assert!(told.foreign);
}

#[tokio::test]
async fn r38_an_answer_in_the_public_interest_is_a_managers() {
    let intake = Intake::start(*MORNING).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let id = received(&mut practitioner, question()).await.information_request_id;
    let given = pb::AnswerInformationRequestRequest {
        basis: BasisKind::PublicInterest.into(),
        basis_further: "His mother was not asked: she would be hurt for it.".to_owned(),
        ..answer(&id)
    };
    let refused = practitioner.answer_information_request(given.clone()).await.err().unwrap();
    let info = refused.get_details_error_info().unwrap();
    assert_eq!((&*info.reason, &*info.metadata["rule"]), ("MANAGER_REQUIRED", "R38"));
    let mut manager = client(&intake, "mash_manager").await;
    manager.answer_information_request(given).await.unwrap();
}

#[tokio::test]
async fn r44_a_decision_not_to_share_is_kept_too() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "screening_practitioner").await;
    let id = received(&mut client, question()).await.information_request_id;
    let given = refusal(&id);
    let reply = client.refuse_information_request(given.clone()).await.unwrap().into_inner();
    assert!(client.refuse_information_request(given.clone()).await.unwrap().into_inner() == reply);
    let told: pb::InformationRequestRefused = event(&intake, &id).await;
    assert_eq!(told.reason(), InformationRefusalReason::NotProportionate);
    let kept = get(&mut client, &id).await.disclosure.unwrap();
    assert_eq!((kept.refusal, kept.refusal_words), (given.reason, given.words));
    assert!(kept.disclosed.is_empty() && kept.recipient.is_empty());
    let late = pb::AnswerInformationRequestRequest { revision: 2, ..answer(&id) };
    let refused = client.answer_information_request(late).await.err().unwrap();
    assert_eq!(reason_of(&refused), "REQUEST_NOT_WITH_HUB");
}

#[tokio::test]
async fn every_bad_field_of_a_request_is_named_at_once() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "mash_manager").await;
    let mut bad = question();
    bad.request_id = String::new();
    bad.received_at = Some(to_timestamp("2026-11-24T10:00:01Z".parse().unwrap()));
    bad.kind = 77;
    let requester = bad.requester.as_mut().unwrap();
    (requester.name, requester.country) = (" ".to_owned(), "gb".to_owned());
    bad.authority = "a\0b".to_owned();
    bad.purpose = String::new();
    bad.asked_for = "ß".repeat(4_001);
    bad.named_basis = 99;
    bad.subjects[0].birth_date = Some(Date { year: 2027, month: 1, day: 1 });
    bad.subjects[0].nhs_number = "9434765918".to_owned();
    bad.verification = 99;
    let refused = client.receive_information_request(bad).await.err().unwrap();
    assert_eq!(
        fields_of(&refused),
        [
            "request_id",
            "received_at",
            "kind",
            "requester.name",
            "requester.country",
            "authority",
            "purpose",
            "asked_for",
            "named_basis",
            "subjects[0].birth_date",
            "subjects[0].nhs_number",
            "verification",
        ]
    );
    let nobody = pb::ReceiveInformationRequestRequest { subjects: vec![], ..question() };
    let refused = client.receive_information_request(nobody).await.err().unwrap();
    assert_eq!(fields_of(&refused), ["subjects"]);
    let kept: i64 = sqlx::query_scalar(
        "SELECT (SELECT count(*) FROM intake.information_request) + (SELECT count(*) FROM messaging.command)",
    )
    .fetch_one(&intake.database)
    .await
    .unwrap();
    assert_eq!(kept, 0);
}

#[tokio::test]
async fn every_bad_field_of_an_act_is_named_at_once() {
    let intake = Intake::start(*MORNING).await;
    let mut client = client(&intake, "mash_manager").await;
    let target = ["request_id", "information_request_id", "revision"];
    let expected = |more: &[&'static str]| [&target[..], more].concat();

    let verify = pb::VerifyRequesterRequest::default();
    let refused = client.verify_requester(verify).await.err().unwrap();
    assert_eq!(fields_of(&refused), expected(&["verification"]));
    let date = pb::DateInformationRequestRequest {
        deadline: Some(to_timestamp(*MORNING)),
        ..pb::DateInformationRequestRequest::default()
    };
    let refused = client.date_information_request(date).await.err().unwrap();
    assert_eq!(fields_of(&refused), expected(&["deadline", "reason"]));
    let pass = pb::PassInformationRequestRequest {
        unit: "ß".repeat(201),
        ..pb::PassInformationRequestRequest::default()
    };
    let refused = client.pass_information_request(pass).await.err().unwrap();
    assert_eq!(fields_of(&refused), expected(&["unit"]));
    let receipt = pb::RecordInformationRequestReceiptRequest {
        receipt_at: Some(to_timestamp("2026-11-24T10:00:01Z".parse().unwrap())),
        ..pb::RecordInformationRequestReceiptRequest::default()
    };
    let refused = client.record_information_request_receipt(receipt).await.err().unwrap();
    assert_eq!(fields_of(&refused), expected(&["receipt_at", "received_by"]));
    let refuse = pb::RefuseInformationRequestRequest::default();
    let refused = client.refuse_information_request(refuse).await.err().unwrap();
    assert_eq!(fields_of(&refused), expected(&["reason", "words", "effects_weighed"]));

    let mut bad = pb::AnswerInformationRequestRequest::default();
    let words = ["recipient", "recipient_country", "basis", "basis_detail", "effects_weighed"];
    let refused = client.answer_information_request(bad.clone()).await.err().unwrap();
    assert_eq!(fields_of(&refused), expected(&[&["disclosed"][..], &words].concat()));
    bad.disclosed = vec![pb::DisclosedInformation {
        agency: "Health".to_owned(),
        ..pb::DisclosedInformation::default()
    }];
    let refused = client.answer_information_request(bad).await.err().unwrap();
    let entry = ["disclosed[0].agency", "disclosed[0].information", "disclosed[0].proportion"];
    assert_eq!(fields_of(&refused), expected(&[&entry[..], &words].concat()));

    let nowhere = new_id();
    let refused = client.answer_information_request(answer(&nowhere)).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
}

#[tokio::test]
async fn r2_what_a_child_told_the_hub_is_answered_by_a_manager_only() {
    let by = |source: &str, protected, child_index| pb::Referrer {
        source: source.to_owned(),
        name: "Kofi Mensah".to_owned(),
        protected,
        child_index,
        ..pb::Referrer::default()
    };
    let cases = [
        (by("1C", false, Some(0)), true),
        (by("1C", false, None), true),
        (by("1C", true, Some(0)), true),
        (by("1B", false, None), false),
    ];
    for (referrer, own) in cases {
        let intake = Intake::start(*MORNING).await;
        let mut given = referral();
        given.consents.clear();
        given.children.truncate(1);
        given.children[0].nhs_number = "9434765919".to_owned();
        given.referrer = Some(referrer);
        intake.submit(given).await;
        let mut practitioner = client(&intake, "screening_practitioner").await;
        let id = received(&mut practitioner, question()).await.information_request_id;
        let answered = practitioner.answer_information_request(answer(&id)).await;
        assert_eq!(answered.is_err(), own);
        let Err(refused) = answered else { continue };
        let info = refused.get_details_error_info().unwrap();
        assert_eq!((&*info.reason, &*info.metadata["rule"]), ("MANAGER_REQUIRED", "R2"));
        let mut manager = client(&intake, "mash_manager").await;
        manager.answer_information_request(answer(&id)).await.unwrap();
    }
}

#[tokio::test]
async fn r2_a_contact_whose_child_raised_it_and_was_taken_off_is_answered_by_a_manager() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents.clear();
    given.children[0].nhs_number = "9434765919".to_owned();
    given.referrer = Some(pb::Referrer {
        source: "1D".to_owned(),
        name: "Ọlá Okafor".to_owned(),
        child_index: Some(1),
        ..pb::Referrer::default()
    });
    let contact = intake.submit(given).await;
    let off = pb::RecordedChild {
        child_id: contact.child_ids[1].clone(),
        ..pb::RecordedChild::default()
    };
    let off = amend(&contact.contact_id, 1, pb::correction::Part::TakenOffChild(off));
    intake.as_person("mash_manager").await.amend_contact(off).await.unwrap();
    let mut practitioner = client(&intake, "screening_practitioner").await;
    let id = received(&mut practitioner, question()).await.information_request_id;
    let refused = practitioner.answer_information_request(answer(&id)).await.err().unwrap();
    let facts = (reason_of(&refused), fact_of(&refused, "rule"));
    assert_eq!(facts, ("MANAGER_REQUIRED".to_owned(), "R2".to_owned()));
}

#[tokio::test]
async fn r2_what_only_may_be_a_childs_own_contact_is_answered_by_a_manager_too() {
    let born = Some(Date { year: 2012, month: 5, day: 17 });
    for (source, birth_date, own) in [("1C", born, true), ("1C", None, true), ("1B", born, false)] {
        let intake = Intake::start(*MORNING).await;
        let mut given = referral();
        given.consents.clear();
        given.children = vec![child("Siân Okafor-Reid", 2012)];
        given.referrer = Some(pb::Referrer {
            source: source.to_owned(),
            name: "Siân Okafor-Reid".to_owned(),
            child_index: (source == "1C").then_some(0),
            ..pb::Referrer::default()
        });
        intake.submit(given).await;
        let mut asked = question();
        asked.subjects = vec![pb::InformationSubject {
            name: "Sian Okafor".to_owned(),
            birth_date,
            nhs_number: String::new(),
        }];
        let mut practitioner = client(&intake, "screening_practitioner").await;
        let id = received(&mut practitioner, asked).await.information_request_id;
        let answered = practitioner.answer_information_request(answer(&id)).await;
        let refused =
            answered.err().map(|refused| (reason_of(&refused), fact_of(&refused, "rule")));
        let managers = ("MANAGER_REQUIRED".to_owned(), "R2".to_owned());
        assert_eq!(refused, own.then_some(managers), "{source}");
    }
}

#[tokio::test]
async fn r2_what_a_child_told_the_hub_is_a_managers_by_the_name_that_they_chose_too() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.consents.clear();
    given.children = vec![pb::Child {
        chosen_name: "Anastasia Bell".to_owned(),
        nhs_number: String::new(),
        ..child("Tobias Harper", 2012)
    }];
    given.referrer = Some(pb::Referrer {
        source: "1C".to_owned(),
        name: "Anastasia Bell".to_owned(),
        child_index: Some(0),
        ..pb::Referrer::default()
    });
    intake.submit(given).await;
    let mut practitioner = client(&intake, "screening_practitioner").await;
    for name in ["Tobias Harper", "Anastasia Bell"] {
        let mut asked = question();
        asked.subjects = vec![pb::InformationSubject {
            name: name.to_owned(),
            birth_date: Some(Date { year: 2012, month: 5, day: 17 }),
            nhs_number: String::new(),
        }];
        let id = received(&mut practitioner, asked).await.information_request_id;
        let refused = practitioner.answer_information_request(answer(&id)).await.err().unwrap();
        let told = (reason_of(&refused), fact_of(&refused, "rule"));
        assert_eq!(told, ("MANAGER_REQUIRED".to_owned(), "R2".to_owned()), "{name}");
    }
}
