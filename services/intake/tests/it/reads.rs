//! Every read that intake answers stands in the read log (R61). An RPC reads where its request
//! has no id of a command; the contracts say which those are, so that none is forgotten here.

use std::collections::BTreeSet;

use harness::Stage;
use prost::{
    Message,
    bytes::{Buf, BufMut},
};
use proto::{
    intake::v1::{
        self as pb, hand_over_service_client::HandOverServiceClient,
        seal_service_client::SealServiceClient,
    },
    terms::v1::{self as terms, Purpose},
};
use tonic::{
    Code, Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    service::interceptor::InterceptedService,
};
use uuid::Uuid;

use crate::{
    information_requests::{client, question, received},
    notices,
    register_import::{IMPORT, case_system, import, row},
    register_stage::{NHS, episode, known, matched, siblings, unnumbered},
    remit::remit,
    stage::{Intake, MORNING, child, referral},
};

/// Bytes as they are: what is asked of any RPC, and what it answers.
struct Raw;

impl Codec for Raw {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Raw {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        Ok(Some(buffer.copy_to_bytes(buffer.remaining()).to_vec()))
    }
}

/// What is asked of an RPC, by whom, and what the read log says of it: whom it showed, among
/// others, and why. An answer in which nobody is shown stands in no log.
struct Row {
    rpc: &'static str,
    role: &'static str,
    asked: Vec<u8>,
    shown: Vec<Uuid>,
    purpose: &'static str,
}

impl Row {
    fn of(
        rpc: &'static str,
        role: &'static str,
        asked: &impl Message,
        (shown, purpose): (&[&str], &'static str),
    ) -> Self {
        let shown = shown.iter().map(|id| id.parse().unwrap()).collect();
        Self { rpc, role, asked: asked.encode_to_vec(), shown, purpose }
    }

    async fn call(&self, intake: &Intake) -> Result<(), Status> {
        let (stage, address) = (Stage::shared(), &intake.place.address);
        let channel = match self.rpc {
            // A service asks for it, on behalf of a person.
            "IntakeService.GetDisclosure" => {
                stage.channel_as(address, &stage.identities().service("partner-checks")).await
            }
            _ => stage.channel(address).await,
        };
        let bearer = stage.person(self.role, intake.clock.now());
        let mut grpc = Grpc::new(InterceptedService::new(channel, bearer));
        grpc.ready().await.unwrap();
        let path = format!("/mash.intake.v1.{}", self.rpc.replace('.', "/")).parse().unwrap();
        grpc.unary(Request::new(self.asked.clone()), path, Raw).await.map(|_| ())
    }
}

/// Everything of which intake has something to show.
struct Story {
    /// Its first child has an open case and lives elsewhere, the second has sealed fields. Its
    /// referrer is sealed, and it names a place.
    contact: pb::SubmitContactResponse,
    /// An override of its family's consent.
    basis: String,
    /// An entry of the register with an open case; a child of another area who is like another.
    case: String,
    alike: String,
    /// A request for information, and a child of a notice.
    request: String,
    of_notice: String,
}

impl Story {
    async fn of(intake: &Intake) -> Self {
        let case = known(intake, "Chidera Okafor", NHS[0]).await;
        episode(intake, case, "section_47", None).await;
        let mut outside = unnumbered();
        outside.children[0].outside_area = true;
        let alike = intake.submit(outside).await.child_ids.remove(0);
        intake.submit(unnumbered()).await;
        let contact = intake.submit(told()).await;
        notices::send_one(intake, noticed()).await;
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
        Self { contact, basis, case, alike, request, of_notice }
    }
}

fn told() -> pb::SubmitContactRequest {
    let mut given = siblings();
    given.referrer.as_mut().unwrap().protected = true;
    given.children[0].outside_area = true;
    let trans_history = "Told to her teacher only.".to_owned();
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
    given.referrer.as_mut().unwrap().source.clear();
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

/// Every RPC that reads.
fn rows(story: &Story) -> Vec<Row> {
    let Story { contact, basis, case, alike, request, of_notice } = story;
    let pb::SubmitContactResponse { contact_id, child_ids, subject_ids, .. } = contact;
    let (contact_id, child_ids) = (contact_id.clone(), child_ids.clone());
    let [first, second] = [&*child_ids[0], &*child_ids[1]];
    let (page_size, page_token, purpose) = (0, String::new(), Purpose::Screening.into());
    let reason = || "A threat was made against her.".to_owned();
    let screening = Purpose::Screening.as_str_name();
    vec![
        Row::of(
            "IntakeService.GetContact",
            "mash_manager",
            &pb::GetContactRequest {
                contact_id: contact_id.clone(),
                purpose,
                ..Default::default()
            },
            (&[first, second], screening),
        ),
        Row::of(
            "IntakeService.GetDisclosure",
            "mash_manager",
            &pb::GetDisclosureRequest {
                contact_id: contact_id.clone(),
                child_ids: child_ids.clone(),
                agencies: vec!["health".to_owned()],
                basis_id: basis.clone(),
            },
            (&[first, second], "DISCLOSURE"),
        ),
        Row::of(
            "ConsentService.ListOverrideReviews",
            "mash_manager",
            &pb::ListOverrideReviewsRequest { purpose, page_size, page_token: page_token.clone() },
            (&[first, second], screening),
        ),
        Row::of(
            "SealService.OpenSealedReferrer",
            "mash_manager",
            &pb::OpenSealedReferrerRequest { contact_id: contact_id.clone(), reason: reason() },
            (&[&*contact_id], "SEAL_OPENED"),
        ),
        Row::of(
            "SealService.OpenSealedFields",
            "mash_manager",
            &pb::OpenSealedFieldsRequest {
                contact_id: contact_id.clone(),
                child_id: second.to_owned(),
                reason: reason(),
            },
            (&[second], "SEAL_OPENED"),
        ),
        Row::of(
            "SealService.ListSealOpenings",
            "auditor",
            &pb::ListSealOpeningsRequest { purpose, page_size, page_token: page_token.clone() },
            (&[&*contact_id], screening),
        ),
        Row::of(
            "SubjectService.FindSubjects",
            "mash_manager",
            &pb::FindSubjectsRequest { words: "clapton".to_owned(), kind: 0, purpose },
            (&[&*subject_ids[0]], screening),
        ),
        Row::of(
            "SubjectService.GetSubject",
            "mash_manager",
            &pb::GetSubjectRequest { subject_id: subject_ids[0].clone(), purpose },
            (&[&*subject_ids[0], first], screening),
        ),
        Row::of(
            "ConsultationService.LookUpOpenCase",
            "consultation_adviser",
            &pb::LookUpOpenCaseRequest {
                called_back: true,
                nhs_number: NHS[0].to_owned(),
                ..Default::default()
            },
            (&[case], "CONSULTATION"),
        ),
        Row::of(
            "InformationRequestService.GetInformationRequest",
            "mash_manager",
            &pb::GetInformationRequestRequest { information_request_id: request.clone(), purpose },
            (&[request, case], screening),
        ),
        Row::of(
            "InformationRequestService.ListInformationRequests",
            "mash_manager",
            &pb::ListInformationRequestsRequest::default(),
            (&[request], "WORKLIST"),
        ),
        Row::of(
            "NoticeService.ListNotices",
            "mash_manager",
            &pb::ListNoticesRequest::default(),
            (&[of_notice], "WORKLIST"),
        ),
        Row::of(
            "HandOverService.ListHandOvers",
            "mash_manager",
            &pb::ListHandOversRequest {
                direction: pb::HandOverDirection::ToEdt.into(),
                purpose,
                ..Default::default()
            },
            (&[first, second], screening),
        ),
        Row::of(
            "RegisterService.GetHistory",
            "mash_manager",
            &pb::GetHistoryRequest { contact_id: contact_id.clone(), purpose },
            (&[first, second, case], screening),
        ),
        Row::of(
            "RegisterService.ListOpenMatches",
            "mash_manager",
            &pb::ListOpenMatchesRequest { purpose, page_size, page_token: page_token.clone() },
            (&[alike], screening),
        ),
        Row::of(
            "RegisterService.ListUnitHandOvers",
            "mash_manager",
            &pb::ListUnitHandOversRequest { purpose, page_size, page_token: page_token.clone() },
            (&[first], screening),
        ),
        Row::of(
            "RemitService.ListPassedOn",
            "mash_manager",
            &pb::ListPassedOnRequest { purpose, page_size, page_token: page_token.clone() },
            (&[first], screening),
        ),
        Row::of(
            "RemitService.ListRemitQuestions",
            "mash_manager",
            &pb::ListRemitQuestionsRequest { purpose, page_size, page_token },
            (&[alike], screening),
        ),
        // Figures, codes, and how far an import is.
        Row::of(
            "ConsultationService.CountConsultations",
            "mash_manager",
            &pb::CountConsultationsRequest {
                from: Some(terms::Date { year: 2026, month: 11, day: 1 }),
                until: Some(terms::Date { year: 2026, month: 12, day: 1 }),
                by: pb::ConsultationCountBy::Theme.into(),
            },
            (&[], ""),
        ),
        Row::of(
            "NoticeService.GetBacklog",
            "mash_manager",
            &pb::GetBacklogRequest::default(),
            (&[], ""),
        ),
        Row::of(
            "RegisterImportService.GetImport",
            "case_system",
            &pb::GetImportRequest { import_id: IMPORT.to_owned() },
            (&[], ""),
        ),
        Row::of("CodeListService.ListCodes", "mash_manager", &pb::ListCodesRequest {}, (&[], "")),
    ]
}

/// The RPCs of the contracts that are no commands.
fn reading() -> BTreeSet<String> {
    let files = prost_types::FileDescriptorSet::decode(proto::DESCRIPTOR).unwrap().file;
    let ours = files.iter().filter(|file| file.package() == "mash.intake.v1");
    let messages = ours.clone().flat_map(|file| &file.message_type);
    let of_a_command = |it: &&prost_types::DescriptorProto| {
        it.field.iter().any(|field| field.name() == "request_id")
    };
    let commands: BTreeSet<String> = messages
        .filter(of_a_command)
        .map(|message| format!(".mash.intake.v1.{}", message.name()))
        .collect();
    let rpcs = ours.flat_map(|file| &file.service).flat_map(|service| {
        let reads = service.method.iter().filter(|rpc| !rpc.client_streaming());
        let reads = reads.filter(|rpc| !commands.contains(rpc.input_type()));
        reads.map(|rpc| format!("{}.{}", service.name(), rpc.name()))
    });
    rpcs.collect()
}

/// What the read log says behind this number: action, subjects, purpose, and how many fields.
async fn logged(intake: &Intake, behind: i64) -> Vec<(String, Vec<Uuid>, String, i32)> {
    sqlx::query_as(
        "SELECT action, subjects, purpose, cardinality(fields) FROM access.read_log
         WHERE number > $1 ORDER BY number",
    )
    .bind(behind)
    .fetch_all(&intake.database)
    .await
    .unwrap()
}

async fn last_number(intake: &Intake) -> i64 {
    let last = "SELECT COALESCE(max(number), 0) FROM access.read_log";
    sqlx::query_scalar(last).fetch_one(&intake.database).await.unwrap()
}

#[tokio::test]
async fn r61_every_read_stands_in_the_read_log() {
    let intake = Intake::start(*MORNING).await;
    let rows = rows(&Story::of(&intake).await);
    let named: BTreeSet<String> = rows.iter().map(|row| row.rpc.to_owned()).collect();
    assert_eq!(named, reading(), "a row for every RPC that reads");
    for row in &rows {
        let before = last_number(&intake).await;
        row.call(&intake).await.unwrap_or_else(|refused| panic!("{}: {refused:?}", row.rpc));
        let logged = logged(&intake, before).await;
        if row.shown.is_empty() {
            assert_eq!(logged, [], "{}", row.rpc);
            continue;
        }
        let [(action, subjects, purpose, fields)] = &logged[..] else {
            panic!("one row, not {logged:?}, for {}", row.rpc)
        };
        assert_eq!((&**action, &**purpose), (row.rpc, row.purpose));
        assert!(*fields > 0, "{action} names what it showed");
        for id in &row.shown {
            assert!(subjects.contains(id), "{action} showed {id}, and logged {subjects:?}");
        }
    }
}

#[tokio::test]
async fn r61_a_read_that_cannot_be_logged_is_not_answered() {
    let intake = Intake::start(*MORNING).await;
    let rows = rows(&Story::of(&intake).await);
    sqlx::query("ALTER TABLE access.read_log ADD CHECK (at < '2020-01-01') NOT VALID")
        .execute(&intake.database)
        .await
        .unwrap();
    for row in rows {
        let answered = row.call(&intake).await.map_err(|refused| refused.code());
        let expected = if row.shown.is_empty() { Ok(()) } else { Err(Code::Internal) };
        assert_eq!(answered, expected, "{}", row.rpc);
    }
}
