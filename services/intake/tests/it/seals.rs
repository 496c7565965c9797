//! What is sealed: in no answer, event or disclosure; opened with a reason, which is kept.

use harness::Bearer;
use proto::intake::v1::{self as pb, seal_service_client::SealServiceClient};
use tonic::{Code, service::interceptor::InterceptedService, transport::Channel};

use crate::stage::{Intake, MORNING, referral, violations};

type Seals = SealServiceClient<InterceptedService<Channel, Bearer>>;

async fn seals(intake: &Intake, role: &str) -> Seals {
    intake.connect(role, SealServiceClient::with_interceptor).await
}

/// A protected professional's contact about a child with sealed fields.
fn sealed() -> pb::SubmitContactRequest {
    let mut given = referral();
    given.referrer.as_mut().unwrap().protected = true;
    given.children[0].sealed = Some(pb::SealedFields {
        sexual_orientation: "gay".to_owned(),
        ..pb::SealedFields::default()
    });
    given
}

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

#[tokio::test]
async fn r2_nothing_of_what_is_sealed_reaches_an_event_or_a_kept_reply() {
    let intake = Intake::start(*MORNING).await;
    intake.submit(sealed()).await;
    let found: Vec<i64> = sqlx::query_scalar(
        "SELECT count(*) FROM messaging.event WHERE position('gay'::bytea IN payload) > 0 \
             OR position(convert_to('Yılmaz', 'UTF8') IN payload) > 0 \
         UNION ALL SELECT count(*) FROM messaging.command WHERE position('gay'::bytea IN reply) > 0 \
             OR position(convert_to('Yılmaz', 'UTF8') IN reply) > 0",
    )
    .fetch_all(&intake.database)
    .await
    .unwrap();
    assert_eq!(found, [0, 0]);
}
