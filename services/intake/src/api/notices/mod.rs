//! The gRPC edge of notices in bulk.

mod answer;
mod batch;
mod parse;
mod reading;

use access::{Caller, Read, log_read};
use jiff::{SignedDuration, Timestamp};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
    tx::AppendError,
};
use prometheus::IntCounterVec;
use proto::intake::v1::{
    ConfirmPriorityRequest, ConfirmPriorityResponse, GetBacklogRequest, GetBacklogResponse,
    ListNoticesRequest, ListNoticesResponse, SubmitNoticesRequest, SubmitNoticesResponse,
    notice_service_server::NoticeService,
};
use runtime::refusal::{internal, not_found, refusal, stale_revision};
use tonic::{Code, Request, Response, Status, Streaming, codegen::BoxStream};
use uuid::Uuid;

use self::batch::Batch;
use crate::{
    commands::{
        notices::{ConfirmError, confirm_priority},
        submit_contact::Rules,
    },
    domain::{codes::Codes, notice::by_day},
    store::notices,
};

/// The fields of a notice that the list shows, for the read log (R61).
const LISTED_FIELDS: &[&str] = &["reference", "priority", "reasons"];

/// The API of notices.
pub struct Api {
    log: EventLog,
    rules: Rules,
    codes: Codes,
    refused: IntCounterVec,
}

impl Api {
    /// The API over a log, under a protocol, with the counter of what is refused.
    pub fn new(log: EventLog, rules: Rules, codes: Codes, refused: IntCounterVec) -> Self {
        Self { log, rules, codes, refused }
    }
}

#[tonic::async_trait]
impl NoticeService for Api {
    /// Both ways at once, because a call must begin to be answered within seconds, and
    /// ten thousand notices take longer.
    type SubmitNoticesStream = BoxStream<SubmitNoticesResponse>;

    async fn submit_notices(
        &self,
        request: Request<Streaming<SubmitNoticesRequest>>,
    ) -> Result<Response<Self::SubmitNoticesStream>, Status> {
        let caller = Caller::of(&request)?.actor();
        let work = (self.log.clone(), self.rules.clone(), self.codes.clone());
        let (refused, parts) = (self.refused.clone(), request.into_inner());
        Ok(Response::new(Batch::answers(work, refused, caller, parts).await?))
    }

    async fn list_notices(
        &self,
        request: Request<ListNoticesRequest>,
    ) -> Result<Response<ListNoticesResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (page, behind) = parse::list(request.get_ref())?;
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let mut lines = notices::page(&mut tx, behind, page.look_for())
            .await
            .map_err(|error| store_failure(&error))?;
        let next_page_token = page.cut(&mut lines, |(notice, _)| answer::place(notice));
        let subjects: Vec<Uuid> =
            lines.iter().flat_map(|(_, children)| children).copied().collect();
        if !subjects.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "NoticeService.ListNotices",
                subjects: &subjects,
                purpose: "WORKLIST",
                fields: LISTED_FIELDS,
            };
            log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        }
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let notices = lines.into_iter().map(|(notice, _)| answer::listed(notice)).collect();
        Ok(Response::new(ListNoticesResponse { notices, next_page_token }))
    }

    async fn confirm_priority(
        &self,
        request: Request<ConfirmPriorityRequest>,
    ) -> Result<Response<ConfirmPriorityResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, notice, priority, reason) = parse::confirmation(request)?;
        let key = CommandKey::new(&caller, "ConfirmPriority", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = confirm_priority(&mut tx, notice, priority, reason, &self.rules).await?;
        let reply = ConfirmPriorityResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn get_backlog(
        &self,
        request: Request<GetBacklogRequest>,
    ) -> Result<Response<GetBacklogResponse>, Status> {
        let days = parse::backlog(request.get_ref())?;
        let calendar = self.rules.protocol.calendar();
        let now = self.log.clock().now();
        // A day more than asked for: the hub's days do not begin with those of UTC.
        let back = SignedDuration::from_hours(24 * (i64::from(days) + 1));
        let since = now.saturating_sub(back).unwrap_or(Timestamp::MIN);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let waiting = notices::waiting(&mut tx).await.map_err(|error| store_failure(&error))?;
        let hours =
            notices::hours_since(&mut tx, since).await.map_err(|error| store_failure(&error))?;
        let days = by_day(&hours, calendar.local_date(now), days, calendar);
        Ok(Response::new(answer::backlog(&waiting, &days)))
    }
}

impl From<ConfirmError> for Status {
    fn from(error: ConfirmError) -> Self {
        match &error {
            ConfirmError::NoSuchNotice => not_found("notice"),
            ConfirmError::StaleRevision(current) => stale_revision(*current),
            ConfirmError::ReasonRequired => refusal(
                Code::FailedPrecondition,
                "REASON_REQUIRED",
                &error.to_string(),
                &[("rule", "R14".to_owned()), ("field", "reason".to_owned())],
            ),
            ConfirmError::Append(AppendError::StaleRevision) => internal(&error),
            ConfirmError::Append(AppendError::Store(cause)) | ConfirmError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}
