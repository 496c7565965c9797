//! The gRPC edge of the consultation line (R51–R53).

mod left_out;
mod lenient;
mod parse;

use access::{Caller, Read, Role, log_read};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
};
use proto::{
    convert::to_date,
    intake::v1::{
        BeginConsultationRequest, BeginConsultationResponse, ConsultationCount, ConsultationStep,
        CountConsultationsRequest, CountConsultationsResponse, EndConsultationRequest,
        EndConsultationResponse, LookUpOpenCaseRequest, LookUpOpenCaseResponse,
        consultation_service_server::ConsultationService,
    },
};
use runtime::refusal::{not_found, refusal, stale_revision};
use tonic::{Code, Request, Response, Status};

use self::parse::Opening;
use crate::{
    commands::{
        consultation::{ConsultationError, begin, begin_in_danger, end},
        open_case::{Found, open_cases},
        submit_contact::{Receipt, Rules},
    },
    domain::{
        codes::Codes,
        consultation::{
            Call,
            counts::{by_month, whole, without_small},
        },
    },
    store::consultations,
};

/// What a look-up shows of somebody, for the read log (R52, R61).
const LOOKED_UP: &[&str] = &["open_case", "unit"];

/// The consultation line's API.
pub struct Api {
    log: EventLog,
    rules: Rules,
    codes: Codes,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules, codes: Codes) -> Self {
        Self { log, rules, codes }
    }
}

#[tonic::async_trait]
impl ConsultationService for Api {
    async fn begin_consultation(
        &self,
        request: Request<BeginConsultationRequest>,
    ) -> Result<Response<BeginConsultationResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let lists = &self.rules.intake.consultation;
        let now = self.log.clock().now();
        let (request_id, opening) = parse::begin(request, lists, &self.codes, now)?;
        // What is kept of the command names the contact: it is no call's (R53).
        let rpc = match &opening {
            Opening::Danger { .. } => "SubmitContact",
            Opening::Calm(..) => "BeginConsultation",
        };
        let key = CommandKey::new(&caller, rpc, request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let reply = match opening {
            Opening::Danger { caller, contact, is_whole } => {
                let (receipt, all_known) =
                    begin_in_danger(&mut tx, caller, *contact, &self.rules).await?;
                in_danger(&receipt, is_whole && all_known)
            }
            Opening::Calm(beginning, caller) => begun(&begin(&mut tx, beginning, caller).await?),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn end_consultation(
        &self,
        request: Request<EndConsultationRequest>,
    ) -> Result<Response<EndConsultationResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let end_of = parse::end(&request, &self.rules.intake.consultation)?;
        let key = CommandKey::new(&caller, "EndConsultation", end_of.request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = end(&mut tx, end_of.call, end_of.revision, &end_of.ending).await?;
        let reply = EndConsultationResponse { revision, keep_own_record: true };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn look_up_open_case(
        &self,
        request: Request<LookUpOpenCaseRequest>,
    ) -> Result<Response<LookUpOpenCaseResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let request = request.into_inner();
        if !request.called_back {
            return Err(not_called_back());
        }
        let now = self.log.clock().now();
        let subject = parse::look_up(request, now)?;
        let today = self.rules.protocol.calendar().local_date(now);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let subject = std::iter::once(&subject);
        let found = open_cases(&mut tx, subject, (today, &*self.rules.matcher))
            .await
            .map_err(|error| store_failure(&error))?;
        let read = Read {
            at: now,
            caller: &caller,
            action: "ConsultationService.LookUpOpenCase",
            subjects: &found.shown(),
            purpose: "CONSULTATION",
            fields: LOOKED_UP,
        };
        log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let Found { open, units, perhaps, .. } = found;
        Ok(Response::new(LookUpOpenCaseResponse { open, units, perhaps }))
    }

    async fn count_consultations(
        &self,
        request: Request<CountConsultationsRequest>,
    ) -> Result<Response<CountConsultationsResponse>, Status> {
        let is_board = Caller::of(&request)?.has_role(&Role::Board);
        let wanted = parse::count(request.get_ref())?;
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let (from, until) = wanted.months.instants();
        let counted = consultations::count(&mut tx, wanted.by, from, until)
            .await
            .map_err(|error| store_failure(&error))?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let counted = counted.into_iter().map(|row| (row.begun_at.to_jiff(), row.code, row.calls));
        let counts = by_month(counted, wanted.months, self.rules.protocol.calendar());
        let shown = if is_board { without_small(counts) } else { whole(counts) };
        let counts = shown.into_iter().map(|((month, code), calls)| ConsultationCount {
            month: Some(to_date(month)),
            code,
            calls,
        });
        Ok(Response::new(CountConsultationsResponse { counts: counts.collect() }))
    }
}

/// The reply to a call in danger: it names the contact, and no call (R53).
fn in_danger(receipt: &Receipt, is_whole: bool) -> BeginConsultationResponse {
    let mut contact = super::submitted(receipt);
    contact.call_999 = true;
    BeginConsultationResponse {
        step: ConsultationStep::Call999.into(),
        contact: Some(contact),
        contact_is_whole: is_whole,
        keep_own_record: true,
        ..BeginConsultationResponse::default()
    }
}

fn begun(call: &Call) -> BeginConsultationResponse {
    let keep_own_record = true;
    match call.beginning.goes_on() {
        true => BeginConsultationResponse {
            step: ConsultationStep::Advise.into(),
            consultation_id: call.id.to_string(),
            revision: 1,
            keep_own_record,
            ..BeginConsultationResponse::default()
        },
        false => BeginConsultationResponse {
            step: ConsultationStep::CallBack.into(),
            keep_own_record,
            ..BeginConsultationResponse::default()
        },
    }
}

fn not_called_back() -> Status {
    let facts = [("rule", "R52".to_owned()), ("field", "called_back".to_owned())];
    let why = "nothing is told before the caller was called back at a number that is known";
    refusal(Code::FailedPrecondition, "CALLER_NOT_VERIFIED", why, &facts)
}

impl From<ConsultationError> for Status {
    fn from(error: ConsultationError) -> Self {
        match error {
            ConsultationError::NoSuchCall => not_found("consultation"),
            ConsultationError::StaleRevision(current) => stale_revision(current),
            ConsultationError::Over => {
                let facts = [("rule", "R53".to_owned())];
                let why = "the call was ended before, and its log is never changed";
                refusal(Code::FailedPrecondition, "CONSULTATION_IS_OVER", why, &facts)
            }
            ConsultationError::Contact(cause) => cause.into(),
            ConsultationError::Store(cause) => store_failure(&cause),
        }
    }
}
