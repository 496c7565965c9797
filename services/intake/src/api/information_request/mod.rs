//! The gRPC edge of requests for information (R54–R56).

mod answer;
mod parse;
mod refused;

use access::{Action, Caller, Read, log_read};
use messaging::Tx;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        AnswerInformationRequestRequest, AnswerInformationRequestResponse,
        CorrectInformationRequestRequest, CorrectInformationRequestResponse,
        DateInformationRequestRequest, DateInformationRequestResponse,
        GetInformationRequestRequest, GetInformationRequestResponse,
        ListInformationRequestsRequest, ListInformationRequestsResponse,
        PassInformationRequestRequest, PassInformationRequestResponse,
        ReceiveInformationRequestRequest, ReceiveInformationRequestResponse,
        RecordInformationRequestReceiptRequest, RecordInformationRequestReceiptResponse,
        RefuseInformationRequestRequest, RefuseInformationRequestResponse,
        TakeBackInformationRequestRequest, TakeBackInformationRequestResponse,
        VerifyRequesterRequest, VerifyRequesterResponse,
        information_request_service_server::InformationRequestService,
    },
    terms::v1::Purpose,
};
use runtime::refusal::internal;
use service::edge::{self, OwnPurpose, Shown};
use tonic::{Request, Response, Status};

use self::parse::Stretch;
use crate::{
    api::Api,
    commands::{
        information_request::{
            RequestError,
            correct::correct,
            decide::decide,
            handle::{date, pass, record_receipt, verify},
            read::read,
            receive::receive,
            take_back::take_back,
        },
        open_case::LookedUp,
    },
    domain::{advice::advice, information_request::decision::Decider},
    store::information_requests::list,
};

/// What a request shows of those it is about, for the read log (R61).
const REQUEST_FIELDS: &[&str] =
    &["requester", "purpose", "asked_for", "subjects", "open_case", "disclosure", "corrections"];
/// What the receipt of a request tells of those it is about.
const FOUND_FIELDS: &[&str] = &["open_case"];
/// What the list shows of a request.
const LINE_FIELDS: &[&str] = &["state", "deadline", "open_case"];

#[tonic::async_trait]
impl InformationRequestService for Api {
    async fn receive_information_request(
        &self,
        request: Request<ReceiveInformationRequestRequest>,
    ) -> Result<Response<ReceiveInformationRequestResponse>, Status> {
        let (caller, action) = (Caller::of(&request)?.clone(), Action::of(&request)?.clone());
        let now = self.log.clock().now();
        let parse = |asked| parse::received(asked, now);
        edge::command(&self.log, request, parse, async |tx, new| {
            let (arrived, found) = receive(tx, &new, &self.rules).await?;
            if !new.subjects.is_empty() {
                log_found(tx, (&caller, &action), &found).await?;
            }
            let is_open = self.rules.calendar().is_open(now);
            let told = advice(false, is_open, &self.rules.intake.texts);
            Ok(answer::received(&arrived, new.kind, found.perhaps, told))
        })
        .await
    }

    async fn verify_requester(
        &self,
        request: Request<VerifyRequesterRequest>,
    ) -> Result<Response<VerifyRequesterResponse>, Status> {
        edge::command(&self.log, request, parse::verified, async |tx, (on, how)| {
            Ok(VerifyRequesterResponse { revision: verify(tx, on, how).await? })
        })
        .await
    }

    async fn date_information_request(
        &self,
        request: Request<DateInformationRequestRequest>,
    ) -> Result<Response<DateInformationRequestResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::dated(asked, now);
        edge::command(&self.log, request, parse, async |tx, (on, deadline, reason)| {
            let (revision, due) = date(tx, on, deadline, &reason, &self.rules).await?;
            Ok(DateInformationRequestResponse { revision, due: Some(to_timestamp(due)) })
        })
        .await
    }

    async fn pass_information_request(
        &self,
        request: Request<PassInformationRequestRequest>,
    ) -> Result<Response<PassInformationRequestResponse>, Status> {
        edge::command(&self.log, request, parse::passed, async |tx, (on, unit)| {
            let (revision, due) = pass(tx, on, unit.as_ref(), &self.rules).await?;
            let receipt_due = Some(to_timestamp(due));
            Ok(PassInformationRequestResponse { revision, receipt_due })
        })
        .await
    }

    async fn record_information_request_receipt(
        &self,
        request: Request<RecordInformationRequestReceiptRequest>,
    ) -> Result<Response<RecordInformationRequestReceiptResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::receipt(asked, now);
        edge::command(&self.log, request, parse, async |tx, (on, receipt)| {
            let revision = record_receipt(tx, on, &receipt).await?;
            Ok(RecordInformationRequestReceiptResponse { revision })
        })
        .await
    }

    async fn take_back_information_request(
        &self,
        request: Request<TakeBackInformationRequestRequest>,
    ) -> Result<Response<TakeBackInformationRequestResponse>, Status> {
        let (caller, action) = (Caller::of(&request)?.clone(), Action::of(&request)?.clone());
        edge::command(&self.log, request, parse::taken_back, async |tx, (on, reason)| {
            let now = take_back(tx, on, &reason, &self.rules).await?;
            log_found(tx, (&caller, &action), &now.found).await?;
            Ok(answer::taken_back_now(&now))
        })
        .await
    }

    async fn correct_information_request(
        &self,
        request: Request<CorrectInformationRequestRequest>,
    ) -> Result<Response<CorrectInformationRequestResponse>, Status> {
        let (caller, action) = (Caller::of(&request)?.clone(), Action::of(&request)?.clone());
        let (by, at) = (decider(&caller), self.log.clock().now());
        let parse = |asked| parse::corrected(asked, at);
        edge::command(&self.log, request, parse, async |tx, (on, to, reason)| {
            let now = correct(tx, on, (&to, &reason), by, &self.rules).await?;
            log_found(tx, (&caller, &action), &now.found).await?;
            Ok(answer::corrected_now(&now))
        })
        .await
    }

    async fn answer_information_request(
        &self,
        request: Request<AnswerInformationRequestRequest>,
    ) -> Result<Response<AnswerInformationRequestResponse>, Status> {
        let by = decider(Caller::of(&request)?);
        let parse = |asked| parse::answered(asked, &self.rules.codes);
        edge::command(&self.log, request, parse, async |tx, (on, sharing)| {
            let decided = decide(tx, on, sharing, by, &self.rules).await?;
            let (disclosure_id, revision) = (decided.disclosure.to_string(), decided.revision);
            Ok(AnswerInformationRequestResponse { disclosure_id, revision })
        })
        .await
    }

    async fn refuse_information_request(
        &self,
        request: Request<RefuseInformationRequestRequest>,
    ) -> Result<Response<RefuseInformationRequestResponse>, Status> {
        let by = decider(Caller::of(&request)?);
        edge::command(&self.log, request, parse::refused, async |tx, (on, refusal)| {
            let decided = decide(tx, on, refusal, by, &self.rules).await?;
            let (disclosure_id, revision) = (decided.disclosure.to_string(), decided.revision);
            Ok(RefuseInformationRequestResponse { disclosure_id, revision })
        })
        .await
    }

    async fn get_information_request(
        &self,
        request: Request<GetInformationRequestRequest>,
    ) -> Result<Response<GetInformationRequestResponse>, Status> {
        let today = self.rules.calendar().local_date(self.log.clock().now());
        edge::read(&self.log, request, parse::get, async |db, (id, purpose)| {
            let record = read(db, id, (today, &self.rules.matcher)).await.map_err(Status::from)?;
            let (subjects, purpose) = (record.shown(), purpose.as_str_name());
            let request = answer::request(record).map_err(|cause| internal(&cause))?;
            let request = Some(request);
            let shown = Shown { subjects, purpose, fields: REQUEST_FIELDS };
            Ok((GetInformationRequestResponse { request }, shown))
        })
        .await
    }

    async fn list_information_requests(
        &self,
        request: Request<ListInformationRequestsRequest>,
    ) -> Result<Response<ListInformationRequestsResponse>, Status> {
        edge::read(&self.log, request, parse::list, async |db, wanted| {
            let Stretch { states, behind, page } = wanted;
            let mut lines = list::page(db, &states, behind, page.look_for()).await?;
            let next_page_token = page.cut(&mut lines, answer::place);
            let subjects = lines.iter().map(|line| line.id).collect();
            let requests = lines.into_iter().map(answer::line).collect();
            let purpose = OwnPurpose::Worklist.code();
            let shown = Shown { subjects, purpose, fields: LINE_FIELDS };
            Ok((ListInformationRequestsResponse { requests, next_page_token }, shown))
        })
        .await
    }
}

/// Logs that a command told who asks what the register says of those a request is about (R61).
async fn log_found(
    tx: &mut Tx,
    (caller, action): (&Caller, &Action),
    found: &LookedUp,
) -> Result<(), Status> {
    let read = Read {
        at: tx.now(),
        caller,
        action: action.name(),
        subjects: &found.shown(),
        purpose: Purpose::InformationRequest.as_str_name(),
        fields: FOUND_FIELDS,
    };
    Ok(log_read(tx, &read).await.map_err(RequestError::from)?)
}

/// As whom the caller decides (R56). The policies let nobody else in.
fn decider(caller: &Caller) -> Decider {
    match caller.is_mash_manager() {
        true => Decider::Manager,
        false => Decider::Practitioner,
    }
}
