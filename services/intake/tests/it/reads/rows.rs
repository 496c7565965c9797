//! What is asked of every RPC that reads, and what the read log says of the answer.

use proto::{
    intake::v1 as pb,
    terms::v1::{self as terms, Purpose},
};

use super::{call::Row, story::Story};
use crate::{register_import::IMPORT, register_stage::NHS};

const SCREENING: &str = "PURPOSE_SCREENING";
const REASON: &str = "A threat was made against her.";

fn purpose() -> i32 {
    Purpose::Screening.into()
}

/// Every RPC that reads.
pub fn rows(story: &Story) -> Vec<Row> {
    [contacts(story), seals_and_subjects(story), register(story), nobody()]
        .into_iter()
        .flatten()
        .collect()
}

/// Contacts, and what allows them to be shared.
fn contacts(story: &Story) -> Vec<Row> {
    let Story { contact, basis, alike, of_notice, .. } = story;
    let pb::SubmitContactResponse { contact_id, child_ids, .. } = contact;
    let [first, second] = [&*child_ids[0], &*child_ids[1]];
    vec![
        Row::of(
            "IntakeService.GetContact",
            "mash_manager",
            &pb::GetContactRequest {
                contact_id: contact_id.clone(),
                purpose: purpose(),
                ..Default::default()
            },
            (&[first, second], SCREENING),
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
            &pb::ListOverrideReviewsRequest { purpose: purpose(), ..Default::default() },
            (&[first, second], SCREENING),
        ),
        Row::of(
            "HandOverService.ListHandOvers",
            "mash_manager",
            &pb::ListHandOversRequest {
                direction: pb::HandOverDirection::ToEdt.into(),
                purpose: purpose(),
                ..Default::default()
            },
            (&[first, second], SCREENING),
        ),
        Row::of(
            "RemitService.ListPassedOn",
            "mash_manager",
            &pb::ListPassedOnRequest { purpose: purpose(), ..Default::default() },
            (&[first], SCREENING),
        ),
        Row::of(
            "RemitService.ListRemitQuestions",
            "mash_manager",
            &pb::ListRemitQuestionsRequest { purpose: purpose(), ..Default::default() },
            (&[alike], SCREENING),
        ),
        Row::of(
            "NoticeService.ListNotices",
            "mash_manager",
            &pb::ListNoticesRequest::default(),
            (&[of_notice], "WORKLIST"),
        ),
    ]
}

/// What is sealed; places, groups and online spaces.
fn seals_and_subjects(story: &Story) -> Vec<Row> {
    let Story { contact, .. } = story;
    let pb::SubmitContactResponse { contact_id, child_ids, subject_ids, .. } = contact;
    let [first, second] = [&*child_ids[0], &*child_ids[1]];
    vec![
        Row::of(
            "SealService.OpenSealedReferrer",
            "mash_manager",
            &pb::OpenSealedReferrerRequest {
                contact_id: contact_id.clone(),
                reason: REASON.to_owned(),
            },
            (&[contact_id], "SEAL_OPENED"),
        ),
        Row::of(
            "SealService.OpenSealedFields",
            "mash_manager",
            &pb::OpenSealedFieldsRequest {
                contact_id: contact_id.clone(),
                child_id: second.to_owned(),
                reason: REASON.to_owned(),
            },
            (&[second], "SEAL_OPENED"),
        ),
        Row::of(
            "SealService.ListSealOpenings",
            "auditor",
            &pb::ListSealOpeningsRequest { purpose: purpose(), ..Default::default() },
            (&[contact_id], SCREENING),
        ),
        Row::of(
            "SubjectService.FindSubjects",
            "mash_manager",
            &pb::FindSubjectsRequest { words: "clapton".to_owned(), kind: 0, purpose: purpose() },
            (&[&*subject_ids[0]], SCREENING),
        ),
        Row::of(
            "SubjectService.GetSubject",
            "mash_manager",
            &pb::GetSubjectRequest {
                subject_id: subject_ids[0].clone(),
                purpose: purpose(),
                ..Default::default()
            },
            (&[&*subject_ids[0], first], SCREENING),
        ),
    ]
}

/// The register, and who is asked about.
fn register(story: &Story) -> Vec<Row> {
    let Story { contact, case, alike, request, .. } = story;
    let pb::SubmitContactResponse { contact_id, child_ids, .. } = contact;
    let [first, second] = [&*child_ids[0], &*child_ids[1]];
    vec![
        Row::of(
            "RegisterService.GetHistory",
            "mash_manager",
            &pb::GetHistoryRequest { contact_id: contact_id.clone(), purpose: purpose() },
            (&[first, second, case], SCREENING),
        ),
        Row::of(
            "RegisterService.ListOpenMatches",
            "mash_manager",
            &pb::ListOpenMatchesRequest { purpose: purpose(), ..Default::default() },
            (&[alike], SCREENING),
        ),
        Row::of(
            "RegisterService.ListUnitHandOvers",
            "mash_manager",
            &pb::ListUnitHandOversRequest { purpose: purpose(), ..Default::default() },
            (&[first], SCREENING),
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
            &pb::GetInformationRequestRequest {
                information_request_id: request.clone(),
                purpose: purpose(),
            },
            (&[request, case], SCREENING),
        ),
        Row::of(
            "InformationRequestService.ListInformationRequests",
            "mash_manager",
            &pb::ListInformationRequestsRequest::default(),
            (&[request], "WORKLIST"),
        ),
    ]
}

/// Figures, codes, and how far an import is.
fn nobody() -> Vec<Row> {
    vec![
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
