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
    command::{BeginError, Begun, BodyHash, CommandKey},
    store_failure,
};
use proto::partner_checks::v1::{
    ConfirmAgreementRequest, ConfirmAgreementResponse, ListChecksRequest, ListChecksResponse,
    ListDisclosuresRequest, ListDisclosuresResponse, RequestChecksRequest, RequestChecksResponse,
    partner_checks_service_server::PartnerChecksService,
};
use runtime::refusal::{not_found, refusal};
use service::edge;
use tonic::{Code, Request, Response, Status};

use self::parse::Wanted;
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
        let body = BodyHash::of(request.get_ref());
        let (request_id, order) = parse::order(request.into_inner(), &self.rules)?;
        let key = CommandKey::new(&caller.actor(), "RequestChecks", request_id, body);
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
        let now = self.log.clock().now();
        edge::read(&self.log, request, parse::list_checks, async |db, (wanted, purpose)| {
            let read = (&self.rules, purpose.as_str_name(), now);
            match wanted {
                Wanted::OfContact(contact) => reading::of_contact(db, contact, read).await,
                Wanted::NeedingAttention(page) => reading::needing_attention(db, &page, read).await,
            }
        })
        .await
    }

    async fn list_disclosures(
        &self,
        request: Request<ListDisclosuresRequest>,
    ) -> Result<Response<ListDisclosuresResponse>, Status> {
        edge::read(&self.log, request, parse::list_disclosures, async |db, (contact, purpose)| {
            reading::disclosures(db, contact, purpose.as_str_name()).await
        })
        .await
    }

    async fn confirm_agreement(
        &self,
        request: Request<ConfirmAgreementRequest>,
    ) -> Result<Response<ConfirmAgreementResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::agreement(asked, &self.rules, now);
        edge::command(&self.log, request, parse, async |tx, (agency, lapses_at)| {
            let id = confirm_agreement(tx, &agency, lapses_at).await?;
            Ok(ConfirmAgreementResponse { agreement_id: id.to_string() })
        })
        .await
    }
}

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        let refused = |reason, why: String, facts: &[(&str, String)]| {
            refusal(Code::FailedPrecondition, reason, &why, facts)
        };
        match &error {
            CommandError::NoSuchCheck => not_found("check"),
            CommandError::TakenOff => {
                let ways = "leave the child out: it was put on the contact by mistake".to_owned();
                let facts = [
                    ("rule", "R20".to_owned()),
                    ("field", "child_ids".to_owned()),
                    ("ways_forward", ways),
                ];
                refusal(Code::FailedPrecondition, "TAKEN_OFF", &error.to_string(), &facts)
            }
            CommandError::BasisEnded => {
                let ways = "seek consent; record an override; record another basis".to_owned();
                let facts = [
                    ("rule", "R38".to_owned()),
                    ("field", "basis_id".to_owned()),
                    ("ways_forward", ways),
                ];
                refusal(Code::FailedPrecondition, "BASIS_ENDED", &error.to_string(), &facts)
            }
            CommandError::ConsentChanged => {
                let ways = "send it again: intake says then what may be shared, and on which basis";
                let facts = [("rule", "R38".to_owned()), ("ways_forward", ways.to_owned())];
                refusal(Code::Aborted, "CONSENT_CHANGED", &error.to_string(), &facts)
            }
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
            CommandError::Append(cause) => cause.into(),
            CommandError::Store(cause) => store_failure(cause),
        }
    }
}
