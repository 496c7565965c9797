//! What is asked of every RPC that reads, and what the read log says of the answer.

use proto::{
    intake::v1 as pb,
    terms::v1::{self as terms, Purpose},
};

use super::{call::Row, story::Story};
use crate::{register_import::IMPORT, register_stage::NHS};

/// Every RPC that reads.
pub fn rows(story: &Story) -> Vec<Row> {
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
