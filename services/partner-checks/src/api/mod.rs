//! The gRPC edge of partner-checks, for people: reads a request, asks who must be asked,
//! opens the transaction, does one command, commits, answers.

mod answer;
pub mod door;
mod form;
mod parse;
mod reading;

use access::Caller;
use messaging::{
    EventLog,
    command::{BeginError, Begun, CommandKey},
    store_failure,
    tx::AppendError,
};
use proto::partner_checks::v1::{
    ConfirmAgreementRequest, ConfirmAgreementResponse, ListChecksRequest, ListChecksResponse,
    ListDisclosuresRequest, ListDisclosuresResponse, RequestChecksRequest, RequestChecksResponse,
    partner_checks_service_server::PartnerChecksService,
};
use runtime::refusal::{internal, not_found, refusal};
use tonic::{Code, Request, Response, Status};

use self::{parse::Wanted, reading::Reader};
use crate::{
    asks::Peers,
    commands::{
        CommandError, confirm_agreement::confirm_agreement, request_checks::request_checks,
    },
    domain::{agreement::AgreementRefusal, answer::AnswerRefusal},
    protocol::Rules,
};

/// The API for people.
pub struct Api {
    log: EventLog,
    rules: Rules,
    peers: Peers,
}

impl Api {
    /// The API over a log, under a protocol, with the services that it asks.
    pub fn new(log: EventLog, rules: Rules, peers: Peers) -> Self {
        Self { log, rules, peers }
    }

    /// The reply that the same request got before. Asked ahead of the questions to
    /// other services, so that a retry gets its first reply whatever they would answer
    /// now; the transaction is given up before they are asked.
    async fn earlier_reply(
        &self,
        key: CommandKey,
    ) -> Result<Option<RequestChecksResponse>, BeginError> {
        match self.log.begin_command(key).await? {
            Begun::First(_) => Ok(None),
            Begun::Again(reply) => Ok(Some(reply)),
        }
    }
}

#[tonic::async_trait]
impl PartnerChecksService for Api {
    async fn request_checks(
        &self,
        request: Request<RequestChecksRequest>,
    ) -> Result<Response<RequestChecksResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, order) = parse::order(request, &self.rules)?;
        let key = CommandKey::new(&caller.actor(), "RequestChecks", request_id, &body);
        if let Some(reply) = self.earlier_reply(key.clone()).await? {
            return Ok(Response::new(reply));
        }
        let asked = self.peers.ask(&caller, &order).await?;
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let requested = request_checks(&mut tx, &order, &asked, &self.rules).await?;
        let reply = RequestChecksResponse {
            checks: requested.into_iter().map(answer::requested).collect(),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_checks(
        &self,
        request: Request<ListChecksRequest>,
    ) -> Result<Response<ListChecksResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (wanted, purpose) = parse::list_checks(request.get_ref())?;
        let reader = Reader { caller: &caller, purpose, at: self.log.clock().now() };
        let listed = match wanted {
            Wanted::OfContact(contact) => self.checks_of_contact(&reader, contact).await?,
            Wanted::NeedingAttention(page) => self.checks_needing_attention(&reader, &page).await?,
        };
        Ok(Response::new(listed))
    }

    async fn list_disclosures(
        &self,
        request: Request<ListDisclosuresRequest>,
    ) -> Result<Response<ListDisclosuresResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (contact, purpose) = parse::list_disclosures(request.get_ref())?;
        let reader = Reader { caller: &caller, purpose, at: self.log.clock().now() };
        let read = self.disclosures_of_contact(&reader, contact).await;
        let disclosures = read.map_err(|error| store_failure(&error))?;
        Ok(Response::new(ListDisclosuresResponse { disclosures }))
    }

    async fn confirm_agreement(
        &self,
        request: Request<ConfirmAgreementRequest>,
    ) -> Result<Response<ConfirmAgreementResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let (request_id, lapses_at) =
            parse::agreement(&request, &self.rules, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "ConfirmAgreement", request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let id = confirm_agreement(&mut tx, &request.agency, lapses_at).await?;
        let reply = ConfirmAgreementResponse { agreement_id: id.to_string() };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        let refused = |reason, why: String, facts: &[(&str, String)]| {
            refusal(Code::FailedPrecondition, reason, &why, facts)
        };
        match &error {
            CommandError::NoSuchCheck => not_found("check"),
            CommandError::Agreement(agreement) => {
                let (reason, agencies, ways) = match agreement {
                    AgreementRefusal::Missing(agencies) => (
                        "AGREEMENT_NOT_CONFIRMED",
                        agencies,
                        "have the agreement confirmed; ask the others",
                    ),
                    AgreementRefusal::Lapsed(agencies) => {
                        let ways = "have the agreement confirmed anew; for RED, Section 47 or immediate danger \
                                    give lapsed_agreement_reason; ask the others";
                        ("AGREEMENT_LAPSED", agencies, ways)
                    }
                };
                let facts = [
                    ("rule", "R37".to_owned()),
                    ("agencies", agencies.join(",")),
                    ("ways_forward", ways.to_owned()),
                ];
                refused(reason, agreement.to_string(), &facts)
            }
            CommandError::Answer(answer) => {
                let reason = match answer {
                    AnswerRefusal::NothingToCorrect => "NO_FINAL_ANSWER_YET",
                    AnswerRefusal::AlreadyAnswered => "ALREADY_ANSWERED",
                };
                refused(reason, answer.to_string(), &[("rule", "R40".to_owned())])
            }
            CommandError::Append(AppendError::StaleRevision) => internal(&error),
            CommandError::Append(AppendError::Store(cause)) | CommandError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}
