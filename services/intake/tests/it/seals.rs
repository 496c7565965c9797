//! What is sealed: in no answer, event or disclosure; opened with a reason, which is kept.

use harness::Bearer;
use prost::Message;
use proto::{
    intake::v1::{
        self as pb, consent_service_client::ConsentServiceClient, correction::Part,
        hand_over_service_client::HandOverServiceClient, remit_service_client::RemitServiceClient,
        seal_service_client::SealServiceClient,
    },
    terms::v1::Purpose,
};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};
use uuid::Uuid;

use crate::{
    corrections::amend,
    register_stage::register,
    stage::{Intake, MORNING, child, nobody_there, referral, violations},
};

type Seals = SealServiceClient<InterceptedService<Channel, Bearer>>;

async fn seals(intake: &Intake, role: &str) -> Seals {
    intake.connect(role, SealServiceClient::with_interceptor).await
}

/// A protected professional's contact about a child with sealed fields.
fn sealed() -> pb::SubmitContactRequest {
    let mut given = referral();
    given.referrer = Some(pb::Referrer {
        source: "3C".to_owned(),
        name: "Ayşe Yılmaz".to_owned(),
        organisation: "Thornbury Nurses".to_owned(),
        role: "named nurse".to_owned(),
        contact_details: "020 7946 0733".to_owned(),
        protected: true,
        ..pb::Referrer::default()
    });
    given.consents[0].asked_by = "Nurse Yılmaz".to_owned();
    given.children[0].sealed = Some(pb::SealedFields {
        sexual_orientation: "gay".to_owned(),
        ..pb::SealedFields::default()
    });
    given
}

/// What of it lies under seal.
const SEALED: [&str; 5] = ["Yılmaz", "Thornbury", "named nurse", "0733", "gay"];

async fn openings(intake: &Intake) -> Vec<(String, bool)> {
    sqlx::query_as(
        "SELECT reason, child_id IS NOT NULL FROM intake.seal_opening ORDER BY opened_at, id",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap()
}

#[tokio::test]
async fn r2_a_protected_referrer_is_sealed_and_opened_with_a_reason_only() {
    let intake = Intake::start(*MORNING).await;
    let given = sealed();
    let receipt = intake.submit(given.clone()).await;
    let shown = intake.read(&receipt.contact_id).await.referrer.unwrap();
    assert!(shown.protected && shown.name.is_empty() && shown.contact_details.is_empty());

    let mut open = pb::OpenSealedReferrerRequest {
        contact_id: receipt.contact_id.clone(),
        reason: "short".to_owned(),
    };
    let mut manager = seals(&intake, "mash_manager").await;
    let refused = manager.open_sealed_referrer(open.clone()).await.err().unwrap();
    assert_eq!(violations(&refused)[0].0, "reason");
    assert_eq!(openings(&intake).await, []);

    open.reason = "She must be told of a threat against her.".to_owned();
    let opened = manager.open_sealed_referrer(open.clone()).await.unwrap().into_inner();
    assert!(opened.referrer == given.referrer);
    assert_eq!(openings(&intake).await, [(open.reason.clone(), false)]);
    let reads = intake.reads_of(&receipt.contact_id).await;
    assert_eq!(reads, ["SealService.OpenSealedReferrer"]);

    let mut worker = seals(&intake, "screening_practitioner").await;
    let refused = worker.open_sealed_referrer(open).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
}

#[tokio::test]
async fn r4_sealed_fields_are_in_no_answer_and_opened_with_a_reason_only() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(sealed()).await;
    let shown = intake.read(&receipt.contact_id).await.children;
    assert!(shown[0].has_sealed_fields && !shown[1].has_sealed_fields);
    assert!(shown[0].child.as_ref().unwrap().sealed.is_none());

    let open = |child: &str| pb::OpenSealedFieldsRequest {
        contact_id: receipt.contact_id.clone(),
        child_id: child.to_owned(),
        reason: "He has agreed that his worker knows.".to_owned(),
    };
    let mut manager = seals(&intake, "mash_manager").await;
    let opened = manager.open_sealed_fields(open(&receipt.child_ids[0])).await.unwrap();
    assert!(opened.into_inner().sealed == sealed().children[0].sealed);
    assert_eq!(openings(&intake).await.len(), 1);
    let refused = manager.open_sealed_fields(open(&receipt.child_ids[1])).await.err().unwrap();
    assert_eq!(refused.code(), Code::NotFound);
}

/// Corrects a contact, withdraws its consent, passes it on, hands it over and records a basis;
/// answers the basis.
async fn everything_done(intake: &Intake, receipt: &pb::SubmitContactResponse) -> String {
    let request_id = || Uuid::new_v4().to_string();
    let contact_id = receipt.contact_id.clone();
    let mut manager = intake.as_person("mash_manager").await;
    let correction = pb::correction::Part::Child(pb::RecordedChild {
        child_id: receipt.child_ids[0].clone(),
        child: Some(child("Chidera Okafor-Reid", 2015)),
        ..pb::RecordedChild::default()
    });
    let amend = pb::AmendContactRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        revision: 1,
        reason: "The school telephoned again.".to_owned(),
        correction: Some(pb::Correction { part: Some(correction) }),
    };
    manager.amend_contact(amend).await.unwrap();
    let withdraw = pb::WithdrawConsentRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        revision: 2,
        consent_id: intake.read(&contact_id).await.consents.remove(0).consent_id,
        withdrawn_at: None,
    };
    let mut consents = intake.connect("mash_manager", ConsentServiceClient::with_interceptor).await;
    consents.withdraw_consent(withdraw).await.unwrap();
    let pass = pb::PassToAuthorityRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        child_ids: receipt.child_ids.clone(),
        authority: "211".to_owned(),
        way: pb::SecureWay::System.into(),
        information: "Both live there.".to_owned(),
        acted_first: String::new(),
        authority_name: String::new(),
    };
    let mut remit = intake.connect("mash_manager", RemitServiceClient::with_interceptor).await;
    remit.pass_to_authority(pass).await.unwrap();
    let hand = pb::HandOverToEdtRequest {
        request_id: request_id(),
        contact_id: contact_id.clone(),
        asked: "Please visit tonight.".to_owned(),
    };
    let mut edt = intake.connect("mash_manager", HandOverServiceClient::with_interceptor).await;
    edt.hand_over_to_edt(hand).await.unwrap();
    let cause = pb::Section47 { reasons: "Bruises in the shape of a hand.".to_owned() };
    let basis = pb::RecordBasisRequest {
        request_id: request_id(),
        contact_id,
        revision: 3,
        basis: Some(pb::record_basis_request::Basis::Section47(cause)),
        ..pb::RecordBasisRequest::default()
    };
    manager.record_basis(basis).await.unwrap().into_inner().basis_id
}

/// Every answer that shows a contact, every event and every kept reply, as bytes, by what they
/// are, after all that can be done with it.
async fn everything_told(
    intake: &Intake,
    receipt: &pb::SubmitContactResponse,
) -> Vec<(String, Vec<u8>)> {
    let basis_id = everything_done(intake, receipt).await;
    let (contact_id, purpose) = (receipt.contact_id.clone(), Purpose::Screening.into());
    let mut told = vec![("SubmitContact".to_owned(), receipt.encode_to_vec())];
    let mut tell = |name: &str, bytes: Vec<u8>| told.push((name.to_owned(), bytes));
    tell("GetContact", intake.read(&contact_id).await.encode_to_vec());
    let history = pb::GetHistoryRequest { contact_id: contact_id.clone(), purpose };
    let mut register = register(intake, "mash_manager").await;
    let history = register.get_history(history).await.unwrap().into_inner();
    tell("GetHistory", history.encode_to_vec());
    let mut remit = intake.connect("mash_manager", RemitServiceClient::with_interceptor).await;
    let list = pb::ListPassedOnRequest { purpose, page_size: 0, page_token: String::new() };
    tell("ListPassedOn", remit.list_passed_on(list).await.unwrap().get_ref().encode_to_vec());
    let list = pb::ListHandOversRequest {
        direction: pb::HandOverDirection::ToEdt.into(),
        purpose,
        page_size: 0,
        page_token: String::new(),
    };
    let mut edt = intake.connect("mash_manager", HandOverServiceClient::with_interceptor).await;
    tell("ListHandOvers", edt.list_hand_overs(list).await.unwrap().get_ref().encode_to_vec());
    let disclose = pb::GetDisclosureRequest {
        contact_id,
        child_ids: receipt.child_ids.clone(),
        agencies: vec!["health".to_owned()],
        basis_id,
    };
    let disclosed = intake.as_checks_for("mash_manager").await.get_disclosure(disclose).await;
    tell("GetDisclosure", disclosed.unwrap().get_ref().encode_to_vec());
    let kept: Vec<(String, Vec<u8>)> = sqlx::query_as(
        "SELECT type, payload FROM messaging.event
         UNION ALL SELECT 'a kept reply', reply FROM messaging.command",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    told.extend(kept);
    told
}

fn holds(bytes: &[u8], word: &str) -> bool {
    bytes.windows(word.len()).any(|window| window == word.as_bytes())
}

#[tokio::test]
async fn r2_nothing_of_what_is_sealed_reaches_an_answer_an_event_or_a_kept_reply() {
    let intake = Intake::start(*MORNING).await;
    let open = pb::SubmitContactRequest {
        referrer: Some(pb::Referrer { protected: false, ..sealed().referrer.unwrap() }),
        ..sealed()
    };
    let open = intake.submit(open).await;
    let shown = intake.read(&open.contact_id).await.encode_to_vec();
    let (own, of_child) = SEALED.split_at(4);
    assert!(own.iter().all(|word| holds(&shown, word)), "open, every word is found");
    assert!(!holds(&shown, of_child[0]));

    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(sealed()).await;
    for (name, bytes) in everything_told(&intake, &receipt).await {
        for word in SEALED {
            assert!(!holds(&bytes, word), "{name} tells {word}");
        }
    }
    let shown = intake.read(&receipt.contact_id).await;
    assert_eq!(shown.referrer.unwrap().source, "10");
    assert_eq!(shown.consents[0].asked_by, "the referrer");
    let told = intake.told::<pb::ContactReceived>(&receipt.contact_id).await;
    assert_eq!(told[0].referral_source, "10");
    let open = pb::OpenSealedReferrerRequest {
        contact_id: receipt.contact_id.clone(),
        reason: "A threat was made, and she must be told of it.".to_owned(),
    };
    let mut edt = seals(&intake, "edt").await;
    let opened = edt.open_sealed_referrer(open).await.unwrap().into_inner();
    assert!(opened.referrer == sealed().referrer);
    assert_eq!(opened.askers[0].asked_by, "Nurse Yılmaz");
}

#[tokio::test]
async fn r2_an_anonymous_referrer_is_in_no_answer() {
    let intake = Intake::start(*MORNING).await;
    for (source, anonymous, shown) in [("1B", true, "10"), ("9", false, "9"), ("1C", true, "10")] {
        let mut given = referral();
        given.referrer = Some(pb::Referrer {
            source: source.to_owned(),
            name: "A Neighbour".to_owned(),
            contact_details: "020 7946 0777".to_owned(),
            anonymous,
            ..pb::Referrer::default()
        });
        let receipt = intake.submit(given).await;
        for (name, bytes) in everything_told(&intake, &receipt).await {
            for word in ["A Neighbour", "0777"] {
                assert!(!holds(&bytes, word), "{name} tells {word}");
            }
        }
        let referrer = intake.read(&receipt.contact_id).await.referrer.unwrap();
        assert_eq!((referrer.anonymous, &*referrer.source), (true, shown));
        let open = pb::OpenSealedReferrerRequest {
            contact_id: receipt.contact_id,
            reason: "The child must be found tonight.".to_owned(),
        };
        let opened = seals(&intake, "mash_manager").await.open_sealed_referrer(open).await;
        let opened = opened.unwrap().into_inner().referrer.unwrap();
        assert_eq!((&*opened.name, &*opened.source), ("A Neighbour", source));
    }
}

#[tokio::test]
async fn r62_openings_are_for_the_auditor_to_read_with_their_reasons() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(sealed()).await;
    let mut manager = seals(&intake, "mash_manager").await;
    for reason in ["She must be told of a threat.", "He rang and asked for her."] {
        let contact_id = receipt.contact_id.clone();
        let open = pb::OpenSealedReferrerRequest { contact_id, reason: reason.to_owned() };
        manager.open_sealed_referrer(open).await.unwrap();
        intake.clock.advance(jiff::SignedDuration::from_mins(10));
    }
    let mut list = pb::ListSealOpeningsRequest {
        purpose: Purpose::Screening.into(),
        page_size: 1,
        page_token: String::new(),
    };
    let refused = manager.list_seal_openings(list.clone()).await.err().unwrap();
    assert_eq!(refused.code(), Code::PermissionDenied);
    let mut auditor = seals(&intake, "auditor").await;
    let first = auditor.list_seal_openings(list.clone()).await.unwrap().into_inner();
    assert_eq!(first.openings[0].reason, "He rang and asked for her.");
    assert_eq!(first.openings[0].contact_id, receipt.contact_id);
    list.page_token = first.next_page_token;
    let last = auditor.list_seal_openings(list).await.unwrap().into_inner();
    assert_eq!(last.openings[0].reason, "She must be told of a threat.");
    assert_eq!(last.next_page_token, "");
    let reads = intake.reads_of(&receipt.contact_id).await;
    assert_eq!(reads.iter().filter(|read| *read == "SealService.ListSealOpenings").count(), 2);
}

#[tokio::test]
async fn r62_corrections_openings_and_what_was_passed_on_cannot_be_changed_or_emptied() {
    let intake = Intake::start(*MORNING).await;
    let receipt = intake.submit(sealed()).await;
    everything_told(&intake, &receipt).await;
    let open = pb::OpenSealedReferrerRequest {
        contact_id: receipt.contact_id.clone(),
        reason: "She must be told of a threat.".to_owned(),
    };
    seals(&intake, "mash_manager").await.open_sealed_referrer(open).await.unwrap();
    for (table, column) in
        [("amendment", "reason"), ("seal_opening", "reason"), ("passed_on", "information")]
    {
        for statement in [
            format!("UPDATE intake.{table} SET {column} = 'another'"),
            format!("DELETE FROM intake.{table}"),
            format!("TRUNCATE intake.{table}"),
        ] {
            let statement = sqlx::AssertSqlSafe(statement);
            let done = sqlx::query(statement).execute(&intake.database).await;
            assert!(done.is_err(), "{table}");
        }
        let kept: i64 =
            sqlx::query_scalar(sqlx::AssertSqlSafe(format!("SELECT count(*) FROM intake.{table}")))
                .fetch_one(&intake.database)
                .await
                .unwrap();
        assert_eq!(kept, 1, "{table}");
    }
}

#[tokio::test]
async fn r4_what_is_sealed_of_a_child_is_corrected_unseen_and_what_stood_there_opens_with_it() {
    let intake = Intake::start(*MORNING).await;
    let mut given = referral();
    given.children[0].sealed = Some(pb::SealedFields {
        sexual_orientation: "told in confidence".to_owned(),
        gender_identity: "put down by mistake".to_owned(),
        trans_history: String::new(),
    });
    let receipt = intake.submit(given).await;
    let correct = |revision, child: &str, gender_identity: &str| {
        let correction = pb::SealedFieldsCorrection {
            child_id: child.to_owned(),
            gender_identity: Some(gender_identity.to_owned()),
            ..pb::SealedFieldsCorrection::default()
        };
        amend(&receipt.contact_id, revision, Part::SealedFields(correction))
    };
    let mut worker = intake.as_person("screening_practitioner").await;
    worker.amend_contact(correct(1, &receipt.child_ids[0], "a boy")).await.unwrap();
    worker.amend_contact(correct(2, &receipt.child_ids[0], "")).await.unwrap();
    // That nothing is to stand where nothing did seals nothing.
    worker.amend_contact(correct(3, &receipt.child_ids[1], "")).await.unwrap();
    assert!(!intake.read(&receipt.contact_id).await.children[1].has_sealed_fields);
    // Of whom nothing was sealed something is from now on.
    worker.amend_contact(correct(4, &receipt.child_ids[1], "a girl")).await.unwrap();
    let stranger = worker.amend_contact(correct(5, &Uuid::new_v4().to_string(), "a girl")).await;
    nobody_there(&stranger.err().unwrap(), "correction.sealed_fields.child_id", "R4");
    let shown = intake.read(&receipt.contact_id).await;
    assert!(shown.children.iter().all(|child| child.has_sealed_fields));
    let words = shown.encode_to_vec();
    let told = intake.told::<pb::ContactAmended>(&receipt.contact_id).await;
    for word in ["in confidence", "by mistake", "a boy", "a girl"] {
        let holds = |bytes: &[u8]| bytes.windows(word.len()).any(|it| it == word.as_bytes());
        assert!(!holds(&words) && !told.iter().any(|it| holds(&it.encode_to_vec())), "{word}");
    }

    let mut manager = seals(&intake, "mash_manager").await;
    let open = |child: &str| pb::OpenSealedFieldsRequest {
        contact_id: receipt.contact_id.clone(),
        child_id: child.to_owned(),
        reason: "She agrees that her school is told.".to_owned(),
    };
    let opened = manager.open_sealed_fields(open(&receipt.child_ids[0])).await.unwrap();
    let opened = opened.into_inner();
    let sealed = opened.sealed.unwrap();
    assert_eq!((&*sealed.sexual_orientation, &*sealed.gender_identity), ("told in confidence", ""));
    let before: Vec<_> =
        opened.earlier.iter().map(|it| it.gender_identity.as_deref().unwrap()).collect();
    assert_eq!(before, ["put down by mistake", "a boy"]);
    assert!(opened.earlier.iter().all(|it| it.sexual_orientation.is_none()));
    let opened = manager.open_sealed_fields(open(&receipt.child_ids[1])).await.unwrap();
    assert_eq!(opened.into_inner().sealed.unwrap().gender_identity, "a girl");
}
