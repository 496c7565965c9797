//! Bases that were a mistake or do not hold any more are ended, visibly (R7, R31, R38).

use harness::{fact_of, reason_of};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        self as pb, correction::Part, record_basis_request::Basis, review_override_request::Finding,
    },
    terms::v1::{BasisKind, ClockEnding, Purpose},
};
use tonic::Code;
use uuid::Uuid;

use crate::{
    consents::{consents, overridden, review},
    corrections::amend,
    stage::{Intake, MORNING, child, referral, violations},
};

const MISTAKE: &str = "The message was about another child.";

fn recording(
    contact: &pb::SubmitContactResponse,
    revision: i64,
    basis: Basis,
) -> pb::RecordBasisRequest {
    pb::RecordBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.contact_id.clone(),
        revision,
        child_ids: contact.child_ids.clone(),
        basis: Some(basis),
        evidence: String::new(),
    }
}

fn section_47() -> Basis {
    Basis::Section47(pb::Section47 { reasons: "Bruises in the shape of a hand.".to_owned() })
}

fn ending(contact: &str, revision: i64, basis: &str) -> pb::EndBasisRequest {
    pb::EndBasisRequest {
        request_id: Uuid::new_v4().to_string(),
        contact_id: contact.to_owned(),
        revision,
        basis_id: basis.to_owned(),
        reason: MISTAKE.to_owned(),
    }
}

fn disclosure(contact: &str, children: &[String], basis: &str) -> pb::GetDisclosureRequest {
    pb::GetDisclosureRequest {
        contact_id: contact.to_owned(),
        child_ids: children.to_vec(),
        agencies: vec!["police".to_owned()],
        basis_id: basis.to_owned(),
    }
}

#[tokio::test]
async fn r31_r38_any_basis_is_ended_visibly_and_allows_nothing_from_then_on() {
    let intake = Intake::start(*MORNING).await;
    let said = || "He was locked out for two nights.".to_owned();
    let kinds = [
        (BasisKind::Section47, section_47()),
        (BasisKind::CourtOrder, Basis::CourtOrder(pb::CourtOrder { order: said() })),
        (
            BasisKind::PublicInterest,
            Basis::PublicInterest(pb::PublicInterest { reasons: said(), consent_position: said() }),
        ),
        (
            BasisKind::Override,
            Basis::Override(pb::OverrideGrounds {
                urgent_concerns: said(),
                risk_of_telling: said(),
            }),
        ),
    ];
    for (kind, basis) in kinds {
        let contact = intake.submit(referral()).await;
        let (id, children) = (&contact.contact_id, &contact.child_ids);
        let mut manager = intake.as_person("mash_manager").await;
        let recorded = manager.record_basis(recording(&contact, 1, basis)).await.unwrap();
        let basis = recorded.into_inner().basis_id;
        let mut checks = intake.as_checks_for("mash_manager").await;
        assert!(checks.get_disclosure(disclosure(id, children, &basis)).await.is_ok());
        let asked = ending(id, 2, &basis);
        let ended = manager.end_basis(asked.clone()).await.unwrap().into_inner();
        assert_eq!(ended.revision, 3);
        assert!(manager.end_basis(asked).await.unwrap().into_inner() == ended, "sent twice");

        let refused = checks.get_disclosure(disclosure(id, children, &basis)).await;
        assert_eq!(reason_of(&refused.err().unwrap()), "BASIS_ENDED", "{kind:?}");
        let [told] = &intake.told::<pb::BasisEnded>(id).await[..] else { panic!("told once") };
        assert_eq!((told.kind(), &told.basis_id, &told.child_ids), (kind, &basis, children));
        let shown = intake.read(id).await.bases.remove(0);
        assert!(shown.kind() == kind && !shown.reasons.is_empty());
        let ending_shown = shown.ending.unwrap();
        assert_eq!(
            (&*ending_shown.reason, ending_shown.ended_at, ending_shown.ended_by),
            (MISTAKE, told.ended_at, shown.recorded_by)
        );
        let again = manager.end_basis(ending(id, 3, &basis)).await.err().unwrap();
        assert_eq!(reason_of(&again), "BASIS_ENDED");
        let stale = manager.end_basis(ending(id, 2, &basis)).await.err().unwrap();
        assert_eq!(reason_of(&stale), "STALE_REVISION");
    }
}

#[tokio::test]
async fn r7_a_mistaken_override_is_ended_and_is_looked_at_no_more() {
    let intake = Intake::start(*MORNING).await;
    let list = pb::ListOverrideReviewsRequest {
        purpose: Purpose::Screening.into(),
        ..pb::ListOverrideReviewsRequest::default()
    };
    let (contact, basis) = overridden(&intake).await;
    let told = intake.told::<pb::BasisRecorded>(&contact).await.remove(0);
    let mut manager = intake.as_person("mash_manager").await;
    manager.end_basis(ending(&contact, 2, &basis)).await.unwrap();
    let ended = intake.told::<pb::BasisEnded>(&contact).await.remove(0);
    let [clock] = &ended.clocks_ended[..] else { panic!("the look's clock ends") };
    assert_eq!(
        (&clock.clock_id, clock.ending()),
        (&told.clocks_started[0].clock_id, ClockEnding::Met)
    );
    let mut of_consent = consents(&intake, "mash_manager").await;
    let due = of_consent.list_override_reviews(list).await.unwrap().into_inner().reviews;
    assert!(due.is_empty());
    let finding = Finding::FamilyToldAt(to_timestamp(intake.clock.now()));
    let looked = of_consent.review_override(review(&contact, 3, &basis, finding.clone())).await;
    assert_eq!(looked.err().unwrap().code(), Code::NotFound);

    // No look is due once the family was told; a mistake ends all the same.
    let (contact, basis) = overridden(&intake).await;
    of_consent.review_override(review(&contact, 2, &basis, finding)).await.unwrap();
    manager.end_basis(ending(&contact, 3, &basis)).await.unwrap();
    let ended = intake.told::<pb::BasisEnded>(&contact).await.remove(0);
    assert!(ended.clocks_ended.is_empty());
    let shown = intake.read(&contact).await.bases.remove(0);
    assert_eq!(shown.evidence, "the class teacher");
    assert!(shown.ending.is_some() && shown.family_told_at.is_some());
    assert_eq!(shown.reviews.len(), 1);
}

#[tokio::test]
async fn r18_r31_section_47_that_was_ended_makes_nothing_urgent_that_comes_later() {
    let intake = Intake::start(*MORNING).await;
    let contact = intake.submit(referral()).await;
    let id = &contact.contact_id;
    let mut manager = intake.as_person("mash_manager").await;
    let recorded = manager.record_basis(recording(&contact, 1, section_47())).await.unwrap();
    let basis = recorded.into_inner().basis_id;
    let add = |revision, name| amend(id, revision, Part::NewChild(child(name, 2021)));
    manager.amend_contact(add(2, "Ada Okafor")).await.unwrap();
    manager.end_basis(ending(id, 3, &basis)).await.unwrap();
    manager.amend_contact(add(4, "Uche Okafor")).await.unwrap();
    let amended = intake.told::<pb::ContactAmended>(id).await;
    let paged: Vec<_> = amended.iter().map(|added| added.added_to_urgent).collect();
    assert_eq!(paged, [true, false]);
    // Said again it is said anew.
    manager.record_basis(recording(&contact, 5, section_47())).await.unwrap();
    let told = intake.told::<pb::BasisRecorded>(id).await;
    let paged: Vec<_> = told.iter().map(|basis| basis.became_urgent).collect();
    assert_eq!(paged, [true, true]);
    manager.amend_contact(add(6, "Emeka Okafor")).await.unwrap();
    assert!(intake.told::<pb::ContactAmended>(id).await[2].added_to_urgent);
}

#[tokio::test]
async fn r10_r31_what_section_47_handed_to_edt_stays_when_it_is_ended() {
    let intake = Intake::start("2026-11-22T23:00:00Z".parse().unwrap()).await;
    let contact = intake.submit(referral()).await;
    let mut edt = intake.as_person("edt_manager").await;
    let recorded = edt.record_basis(recording(&contact, 1, section_47())).await.unwrap();
    let basis = recorded.into_inner().basis_id;
    edt.end_basis(ending(&contact.contact_id, 2, &basis)).await.unwrap();
    let statement = "SELECT count(*) FROM intake.hand_over WHERE taken_at IS NULL";
    let waits: i64 = sqlx::query_scalar(statement).fetch_one(&intake.database).await.unwrap();
    assert_eq!(waits, 1);
}

#[tokio::test]
async fn r38_a_manager_ends_a_basis_and_while_the_hub_is_closed_the_duty_manager_of_edt() {
    // A Sunday night, and a Tuesday morning.
    for (now, closed) in [("2026-11-22T23:00:00Z", true), ("2026-11-24T10:00:00Z", false)] {
        let intake = Intake::start(now.parse().unwrap()).await;
        let contact = intake.submit(referral()).await;
        let id = &contact.contact_id;
        let roles = [
            ("screening_practitioner", false),
            ("edt", false),
            ("edt_manager", closed),
            ("mash_manager", true),
        ];
        let mut revision = 1;
        for (role, may) in roles {
            let mut recorder = intake.as_person("edt").await;
            let recorded = recorder.record_basis(recording(&contact, revision, section_47())).await;
            let recorded = recorded.unwrap().into_inner();
            revision = recorded.revision;
            let mut person = intake.as_person(role).await;
            match (person.end_basis(ending(id, revision, &recorded.basis_id)).await, may) {
                (Ok(ended), true) => revision = ended.get_ref().revision,
                (Err(refused), false) => assert_eq!(refused.code(), Code::PermissionDenied),
                (ended, _) => panic!("{role} at {now}: {:?}", ended.err()),
            }
        }
        if !closed {
            let basis = intake.read(id).await.bases.remove(0).basis_id;
            let mut person = intake.as_person("edt_manager").await;
            let refused = person.end_basis(ending(id, revision, &basis)).await.err().unwrap();
            assert_eq!(reason_of(&refused), "ENDING_IS_A_MANAGERS");
            assert_eq!(fact_of(&refused, "rule"), "R38");
        }
    }
}

#[tokio::test]
async fn r31_a_basis_is_not_ended_without_a_reason_or_of_another_contact() {
    let intake = Intake::start(*MORNING).await;
    let (contact, basis) = overridden(&intake).await;
    let (other, _) = overridden(&intake).await;
    let mut manager = intake.as_person("mash_manager").await;
    let bad = pb::EndBasisRequest { reason: "no".to_owned(), ..ending(&contact, 2, "x") };
    let refused = manager.end_basis(bad).await.err().unwrap();
    let named: Vec<_> = violations(&refused).into_iter().map(|(field, _)| field).collect();
    assert_eq!(named, ["basis_id", "reason"]);
    let refused = manager.end_basis(ending(&other, 2, &basis)).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
    assert!(intake.read(&contact).await.bases[0].ending.is_none());
    assert!(intake.told::<pb::BasisEnded>(&other).await.is_empty());
}
