//! A story in which there is something to show of everything.

use proto::intake::v1::{
    self as pb, hand_over_service_client::HandOverServiceClient,
    seal_service_client::SealServiceClient,
};
use uuid::Uuid;

use crate::{
    information_requests::{client, question, received},
    notices,
    register_import::{IMPORT, case_system, import, row},
    register_stage::{NHS, episode, known, matched, siblings, unnumbered},
    remit::remit,
    stage::{Intake, child, referral},
};

/// What a referrer says of themselves under seal.
pub const SEALED_REFERRER: [&str; 4] = ["Aksoy", "Thornbury", "named nurse", "0733"];
/// What is sealed of a child.
pub const SEALED_CHILD: &str = "Told to her teacher only.";

/// Everything of which intake has something to show.
pub struct Story {
    /// Its first child has an open case and lives elsewhere, the second has sealed fields. Its
    /// referrer is sealed, and it names a place.
    pub contact: pb::SubmitContactResponse,
    /// An override of its family's consent.
    pub basis: String,
    /// An entry of the register with an open case; a child of another area who is like another.
    pub case: String,
    pub alike: String,
    /// A request for information, and a child of a notice.
    pub request: String,
    pub of_notice: String,
    /// What the system was answered that sent the notice, whose referrer is sealed too.
    pub notice_taken: Vec<u8>,
}

impl Story {
    pub async fn of(intake: &Intake) -> Self {
        let case = known(intake, "Chidera Okafor", NHS[0]).await;
        episode(intake, case, "section_47", None).await;
        let mut outside = unnumbered();
        outside.children[0].outside_area = true;
        let alike = intake.submit(outside).await.child_ids.remove(0);
        intake.submit(unnumbered()).await;
        let contact = intake.submit(told()).await;
        let notice_taken = notices::send_one(intake, noticed()).await;
        let of_notice: Uuid = sqlx::query_scalar(
            "SELECT child.id FROM intake.child JOIN intake.notice USING (contact_id)",
        )
        .fetch_one(&intake.database)
        .await
        .unwrap();
        let mut worker = client(intake, "screening_practitioner").await;
        let request = received(&mut worker, question()).await.information_request_id;
        import(&mut case_system(intake).await, IMPORT, [row(1)]).await;
        let basis = decided(intake, &contact).await;
        matched(intake).await;
        let (case, of_notice) = (case.to_string(), of_notice.to_string());
        Self { contact, basis, case, alike, request, of_notice, notice_taken }
    }
}

fn nurse() -> pb::Referrer {
    pb::Referrer {
        source: "3C".to_owned(),
        name: "Sibel Aksoy".to_owned(),
        organisation: "Thornbury Nurses".to_owned(),
        role: "named nurse".to_owned(),
        contact_details: "020 7946 0733".to_owned(),
        protected: true,
        ..pb::Referrer::default()
    }
}

fn told() -> pb::SubmitContactRequest {
    let mut given = siblings();
    given.referrer = Some(nurse());
    given.consents[0].asked_by = "Nurse Aksoy".to_owned();
    given.children[0].outside_area = true;
    let trans_history = SEALED_CHILD.to_owned();
    given.children[1].sealed =
        Some(pb::SealedFields { trans_history, ..pb::SealedFields::default() });
    let park = pb::Subject {
        kind: pb::SubjectKind::Place.into(),
        name: "Clapton Square".to_owned(),
        ..pb::Subject::default()
    };
    let subject = Some(pb::contact_subject::Subject::NewSubject(park));
    given.subjects = vec![pb::ContactSubject { subject, child_indexes: vec![0] }];
    given
}

fn noticed() -> pb::SubmitContactRequest {
    let children = vec![child("Bola Adeyemi", 2014)];
    let mut given =
        pb::SubmitContactRequest { request_id: String::new(), channel: 0, children, ..referral() };
    given.referrer = Some(pb::Referrer { source: String::new(), ..nurse() });
    given
}

/// What a manager does about it; answers the basis.
async fn decided(intake: &Intake, contact: &pb::SubmitContactResponse) -> String {
    let request_id = || Uuid::new_v4().to_string();
    let contact_id = || contact.contact_id.clone();
    let pass = pb::PassToAuthorityRequest {
        request_id: request_id(),
        contact_id: contact_id(),
        child_ids: contact.child_ids[..1].to_vec(),
        authority: "211".to_owned(),
        way: pb::SecureWay::System.into(),
        information: "Lives with her father there.".to_owned(),
        ..pb::PassToAuthorityRequest::default()
    };
    remit(intake, "mash_manager").await.pass_to_authority(pass).await.unwrap();
    let asked = "Please visit tonight.".to_owned();
    let hand =
        pb::HandOverToEdtRequest { request_id: request_id(), contact_id: contact_id(), asked };
    let mut edt = intake.connect("mash_manager", HandOverServiceClient::with_interceptor).await;
    edt.hand_over_to_edt(hand).await.unwrap();
    let open = pb::OpenSealedReferrerRequest {
        contact_id: contact_id(),
        reason: "She must be told of a threat.".to_owned(),
    };
    let mut seals = intake.connect("mash_manager", SealServiceClient::with_interceptor).await;
    seals.open_sealed_referrer(open).await.unwrap();
    let grounds = pb::OverrideGrounds {
        urgent_concerns: "He was locked out for two nights.".to_owned(),
        risk_of_telling: "His father said that he would send him away.".to_owned(),
    };
    let basis = pb::RecordBasisRequest {
        request_id: request_id(),
        contact_id: contact_id(),
        revision: contact.revision,
        basis: Some(pb::record_basis_request::Basis::Override(grounds)),
        ..pb::RecordBasisRequest::default()
    };
    let recorded = intake.as_person("mash_manager").await.record_basis(basis).await;
    recorded.unwrap().into_inner().basis_id
}
