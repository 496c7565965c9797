//! The gRPC edge of the consultation line (R51–R53).

mod left_out;
mod lenient;
mod parse;

use access::{Caller, Role};
use jiff::Timestamp;
use messaging::{
    command::{Begun, BodyHash, CommandKey},
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
use service::edge::{self, OwnPurpose, Shown};
use tonic::{Code, Request, Response, Status};

use self::parse::Opening;
use crate::{
    api::{Api, contacts::submitted},
    commands::{
        consultation::{ConsultationError, begin, begin_in_danger, end},
        open_case::{LookedUp, open_cases},
        submit_contact::Receipt,
    },
    domain::{
        advice::{Advice as Told, advice},
        consultation::{
            Call,
            counts::{by_month, whole, without_small},
        },
    },
    protocol::{Rules, Texts},
    store::consultations,
};

/// What a look-up shows of somebody, for the read log (R52, R61).
const LOOKED_UP: &[&str] = &["open_case", "unit"];

#[tonic::async_trait]
impl ConsultationService for Api {
    async fn begin_consultation(
        &self,
        request: Request<BeginConsultationRequest>,
    ) -> Result<Response<BeginConsultationResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let body = BodyHash::of(request.get_ref());
        let (lists, now) = (&self.rules.intake.consultation, self.log.clock().now());
        let request = request.into_inner();
        let (request_id, opening) = parse::begin(request, lists, &self.rules.codes, now)?;
        // What is kept of the command names the contact: it is no call's (R53).
        let rpc = match &opening {
            Opening::Danger { .. } => "SubmitContact",
            Opening::Calm(..) => "BeginConsultation",
        };
        let key = CommandKey::new(&caller, rpc, request_id, body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let reply = match opening {
            Opening::Danger { caller, contact, is_whole } => {
                let (receipt, all_known) =
                    begin_in_danger(&mut tx, caller, *contact, &self.rules).await?;
                in_danger(&receipt, is_whole && all_known, &self.rules.intake.texts)
            }
            Opening::Calm(beginning, caller) => {
                begun(&begin(&mut tx, beginning, caller).await?, told(&self.rules, now))
            }
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn end_consultation(
        &self,
        request: Request<EndConsultationRequest>,
    ) -> Result<Response<EndConsultationResponse>, Status> {
        let parse = |asked| parse::end(asked, &self.rules.intake.consultation);
        let Told { lines: advice, edt_telephone } = told(&self.rules, self.log.clock().now());
        edge::command(&self.log, request, parse, async |tx, (call, ending)| {
            let revision = end(tx, call, &ending).await?;
            let keep_own_record = true;
            Ok(EndConsultationResponse { revision, keep_own_record, advice, edt_telephone })
        })
        .await
    }

    async fn look_up_open_case(
        &self,
        request: Request<LookUpOpenCaseRequest>,
    ) -> Result<Response<LookUpOpenCaseResponse>, Status> {
        let now = self.log.clock().now();
        let today = self.rules.calendar().local_date(now);
        let parse = |asked: LookUpOpenCaseRequest| match asked.called_back {
            true => parse::look_up(asked, now),
            false => Err(not_called_back()),
        };
        edge::read(&self.log, request, parse, async |db, subject| {
            let subject = std::iter::once(&subject);
            let found = open_cases(db, subject, (today, &self.rules.matcher)).await?;
            let subjects = found.shown();
            let LookedUp { open, units, perhaps, .. } = found;
            let Told { lines: advice, edt_telephone } = told(&self.rules, now);
            let told = LookUpOpenCaseResponse { open, units, perhaps, advice, edt_telephone };
            let purpose = OwnPurpose::Consultation.code();
            let shown = Shown { subjects, purpose, fields: LOOKED_UP };
            Ok((told, shown))
        })
        .await
    }

    async fn count_consultations(
        &self,
        request: Request<CountConsultationsRequest>,
    ) -> Result<Response<CountConsultationsResponse>, Status> {
        let is_board = Caller::of(&request)?.has_role(&Role::Board);
        edge::read(&self.log, request, parse::count, async |db, wanted| {
            let (from, until) = wanted.months.instants();
            let counted = consultations::count(db, wanted.by, from, until).await?;
            let counted =
                counted.into_iter().map(|row| (row.begun_at.to_jiff(), row.code, row.calls));
            let counts = by_month(counted, wanted.months, self.rules.calendar());
            let shown = if is_board { without_small(counts) } else { whole(counts) };
            let counts = shown.into_iter().map(|((month, code), calls)| ConsultationCount {
                month: Some(to_date(month)),
                code,
                calls,
            });
            Ok((CountConsultationsResponse { counts: counts.collect() }, Shown::nobody()))
        })
        .await
    }
}

/// The reply to a call in danger: it names the contact, and no call (R53). Significant harm is
/// danger here too: the words to the caller say 999 as the step does (R51).
fn in_danger(receipt: &Receipt, is_whole: bool, texts: &Texts) -> BeginConsultationResponse {
    let mut contact = submitted(receipt);
    contact.call_999 = true;
    contact.advice = advice(true, !receipt.call_edt, texts).lines;
    BeginConsultationResponse {
        step: ConsultationStep::Call999.into(),
        contact: Some(contact),
        contact_is_whole: is_whole,
        keep_own_record: true,
        ..BeginConsultationResponse::default()
    }
}

/// What every caller without danger is told besides: outside hours EDT's number (R10).
fn told(rules: &Rules, now: Timestamp) -> Told {
    advice(false, rules.calendar().is_open(now), &rules.intake.texts)
}

/// The reply to a call without danger; outside hours it gives EDT's number (R10).
fn begun(call: &Call, told: Told) -> BeginConsultationResponse {
    let keep_own_record = true;
    let Told { lines: advice, edt_telephone } = told;
    match call.beginning.goes_on() {
        true => BeginConsultationResponse {
            step: ConsultationStep::Advise.into(),
            consultation_id: call.id.to_string(),
            revision: 1,
            keep_own_record,
            advice,
            edt_telephone,
            ..BeginConsultationResponse::default()
        },
        false => BeginConsultationResponse {
            step: ConsultationStep::CallBack.into(),
            keep_own_record,
            advice,
            edt_telephone,
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
