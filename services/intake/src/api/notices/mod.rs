//! The gRPC edge of notices in bulk.

mod answer;
mod batch;
mod parse;
mod reading;

use access::Caller;
use jiff::{SignedDuration, Timestamp};
use messaging::store_failure;
use proto::intake::v1::{
    ConfirmPriorityRequest, ConfirmPriorityResponse, GetBacklogRequest, GetBacklogResponse,
    ListNoticesRequest, ListNoticesResponse, SubmitNoticesRequest, SubmitNoticesResponse,
    notice_service_server::NoticeService,
};
use runtime::refusal::{not_found, refusal, stale_revision};
use service::edge::{self, OwnPurpose, Shown};
use tonic::{Code, Request, Response, Status, Streaming, codegen::BoxStream};

use self::batch::Batch;
use crate::{
    api::Api,
    commands::notices::{ConfirmError, confirm_priority},
    domain::notice::by_day,
    store::notices,
};

/// The fields of a notice that the list shows, for the read log (R61).
const LISTED_FIELDS: &[&str] = &["reference", "priority", "reasons"];

#[tonic::async_trait]
impl NoticeService for Api {
    /// Both ways at once, because a call must begin to be answered within seconds, and
    /// ten thousand notices take longer.
    type SubmitNoticesStream = BoxStream<SubmitNoticesResponse>;

    async fn submit_notices(
        &self,
        request: Request<Streaming<SubmitNoticesRequest>>,
    ) -> Result<Response<Self::SubmitNoticesStream>, Status> {
        let sender = Caller::of(&request)?.actor();
        Ok(Response::new(Batch::answers(self.clone(), sender, request.into_inner()).await?))
    }

    async fn list_notices(
        &self,
        request: Request<ListNoticesRequest>,
    ) -> Result<Response<ListNoticesResponse>, Status> {
        edge::read(&self.log, request, parse::list, async |db, (page, behind)| {
            let mut lines = notices::page(db, behind, page.look_for()).await?;
            let next_page_token = page.cut(&mut lines, |(notice, _)| answer::place(notice));
            let subjects = lines.iter().flat_map(|(_, children)| children).copied().collect();
            let notices = lines.into_iter().map(|(notice, _)| answer::listed(notice)).collect();
            let purpose = OwnPurpose::Worklist.code();
            let shown = Shown { subjects, purpose, fields: LISTED_FIELDS };
            Ok((ListNoticesResponse { notices, next_page_token }, shown))
        })
        .await
    }

    async fn confirm_priority(
        &self,
        request: Request<ConfirmPriorityRequest>,
    ) -> Result<Response<ConfirmPriorityResponse>, Status> {
        edge::command(&self.log, request, parse::confirmation, async |tx, asked| {
            let (notice, priority, reason) = asked;
            let revision = confirm_priority(tx, notice, priority, reason, &self.rules).await?;
            Ok(ConfirmPriorityResponse { revision })
        })
        .await
    }

    async fn get_backlog(
        &self,
        request: Request<GetBacklogRequest>,
    ) -> Result<Response<GetBacklogResponse>, Status> {
        let (calendar, now) = (self.rules.calendar(), self.log.clock().now());
        edge::read(&self.log, request, parse::backlog, async |db, days| {
            // A day more than asked for: the hub's days do not begin with those of UTC.
            let back = SignedDuration::from_hours(24 * (i64::from(days) + 1));
            let since = now.saturating_sub(back).unwrap_or(Timestamp::MIN);
            let waiting = notices::waiting(db).await?;
            let hours = notices::hours_since(db, since).await?;
            let days = by_day(&hours, calendar.local_date(now), days, calendar);
            Ok((answer::backlog(&waiting, &days), Shown::nobody()))
        })
        .await
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
            ConfirmError::Append(cause) => cause.into(),
            ConfirmError::Store(cause) => store_failure(cause),
        }
    }
}
