//! The gRPC edge of passing children on to the authority of their area.

pub(in crate::api) mod answer;
pub(in crate::api) mod parse;

use access::Caller;
use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        KeepContactRequest, KeepContactResponse, ListPassedOnRequest, ListPassedOnResponse,
        ListRemitQuestionsRequest, ListRemitQuestionsResponse, PassToAuthorityRequest,
        PassToAuthorityResponse, RecordReceiptRequest, RecordReceiptResponse,
        TakeBackFromAuthorityRequest, TakeBackFromAuthorityResponse,
        remit_service_server::RemitService,
    },
};
use runtime::refusal::{not_found, refusal, stale_revision};
use service::edge;
use tonic::{Code, Request, Response, Status};

use crate::{
    api::{
        Api, a_managers,
        consents::adopter,
        not_on_contact,
        page::{self, Listed},
        receipt,
    },
    commands::{
        pass_on::{PassOnError, pass_on, record_receipt, take_back},
        remit::{RemitError, keep},
    },
    domain::turn::{InTurn, List},
    store::{passed_on, remit_questions},
};

/// The fields of a child's record that the list shows, for the read log (R61).
const LISTED_FIELDS: &[&str] =
    &["reference", "authority", "authority_name", "information", "acted_first", "taken_back"];

/// The fields of a child's record that the list of questions shows.
const QUESTION_FIELDS: &[&str] = &["reference", "remit"];

#[tonic::async_trait]
impl RemitService for Api {
    async fn pass_to_authority(
        &self,
        request: Request<PassToAuthorityRequest>,
    ) -> Result<Response<PassToAuthorityResponse>, Status> {
        let own = &self.rules.intake.hand_over.own_authority;
        let parse = |asked| parse::passing(asked, own);
        edge::command(&self.log, request, parse, async |tx, (contact, passing)| {
            let passed = pass_on(tx, contact, passing, &self.rules).await?;
            Ok(PassToAuthorityResponse {
                hand_over_id: passed.id.to_string(),
                revision: passed.revision,
                receipt_due_at: Some(to_timestamp(passed.clock.due_at)),
            })
        })
        .await
    }

    async fn record_receipt(
        &self,
        request: Request<RecordReceiptRequest>,
    ) -> Result<Response<RecordReceiptResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::receipt(asked, now);
        edge::command(&self.log, request, parse, async |tx, (passed, receipt)| {
            let revision = record_receipt(tx, passed, &receipt).await?;
            Ok(RecordReceiptResponse { revision })
        })
        .await
    }

    async fn take_back_from_authority(
        &self,
        request: Request<TakeBackFromAuthorityRequest>,
    ) -> Result<Response<TakeBackFromAuthorityResponse>, Status> {
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        edge::command(&self.log, request, parse::taking_back, async |tx, (passed, reason)| {
            let revision = take_back(tx, passed, reason, by).await?;
            Ok(TakeBackFromAuthorityResponse { revision })
        })
        .await
    }

    async fn list_passed_on(
        &self,
        request: Request<ListPassedOnRequest>,
    ) -> Result<Response<ListPassedOnResponse>, Status> {
        edge::read(&self.log, request, page::wanted, async |db, (purpose, page)| {
            let listed = Listed::of(db, List::Authority, page).await?;
            let shown = listed.shown(purpose, LISTED_FIELDS);
            let passed_on = passed_on::with_ids(db, &listed.ids()).await?;
            let show = |it, line: InTurn| answer::passed(it, line.reference);
            let (passed_on, next_page_token) = listed.with(passed_on, |it| it.id, show);
            Ok((ListPassedOnResponse { passed_on, next_page_token }, shown))
        })
        .await
    }

    async fn keep_contact(
        &self,
        request: Request<KeepContactRequest>,
    ) -> Result<Response<KeepContactResponse>, Status> {
        edge::command(&self.log, request, parse::keeping, async |tx, (question, reason)| {
            let revision = keep(tx, question, &reason).await?;
            Ok(KeepContactResponse { revision })
        })
        .await
    }

    async fn list_remit_questions(
        &self,
        request: Request<ListRemitQuestionsRequest>,
    ) -> Result<Response<ListRemitQuestionsResponse>, Status> {
        edge::read(&self.log, request, page::wanted, async |db, (purpose, page)| {
            let listed = Listed::of(db, List::Remit, page).await?;
            let shown = listed.shown(purpose, QUESTION_FIELDS);
            let questions = remit_questions::with_ids(db, &listed.ids()).await?;
            let (questions, next_page_token) =
                listed.with(questions, |it| it.id, answer::open_question);
            Ok((ListRemitQuestionsResponse { questions, next_page_token }, shown))
        })
        .await
    }
}

impl From<PassOnError> for Status {
    fn from(error: PassOnError) -> Self {
        match &error {
            PassOnError::NoSuchContact => not_found("contact"),
            PassOnError::NoSuchChild => not_on_contact("child_ids", "R3"),
            PassOnError::NoSuchPassing => not_found("hand-over to an authority"),
            PassOnError::StaleRevision(current) => stale_revision(*current),
            PassOnError::ActFirst => {
                let facts = [("rule", "R3".to_owned()), ("field", "acted_first".to_owned())];
                refusal(Code::FailedPrecondition, "ACT_FIRST", &error.to_string(), &facts)
            }
            PassOnError::TakenBack => {
                let facts = [("rule", "R3".to_owned())];
                refusal(Code::FailedPrecondition, "TAKEN_BACK", &error.to_string(), &facts)
            }
            PassOnError::NoManager => {
                a_managers("TAKING_BACK_IS_A_MANAGERS", ("R3", "does"), &error)
            }
            PassOnError::Contact(cause) => cause.into(),
            PassOnError::Receipt(why) => receipt::refused(*why, "received_at"),
            PassOnError::Append(cause) => cause.into(),
            PassOnError::Store(cause) => store_failure(cause),
        }
    }
}

impl From<RemitError> for Status {
    fn from(error: RemitError) -> Self {
        match &error {
            RemitError::NoSuchQuestion => not_found("question of the remit without an answer"),
            RemitError::StaleRevision(current) => stale_revision(*current),
            RemitError::Append(cause) => cause.into(),
            RemitError::Store(cause) => store_failure(cause),
        }
    }
}
