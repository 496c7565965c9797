//! The gRPC edge of hand-overs between the hub and the Emergency Duty Team.

mod answer;
mod parse;

use access::{Caller, Read, log_read};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
    tx::AppendError,
};
use proto::intake::v1::{
    HandOverFromEdtRequest, HandOverFromEdtResponse, HandOverToEdtRequest, HandOverToEdtResponse,
    ListHandOversRequest, ListHandOversResponse, ReceiveHandOverRequest, ReceiveHandOverResponse,
    ReviewHandOverRequest, ReviewHandOverResponse, hand_over_service_server::HandOverService,
};
use runtime::refusal::{internal, not_found, refusal, stale_revision};
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use crate::{
    commands::{
        hand_over::{HandOverError, hand_over, take},
        submit_contact::Rules,
    },
    domain::hand_over::Turn,
    store::hand_overs,
};

/// The fields of a child's record that the list shows, for the read log (R61).
const LISTED_FIELDS: &[&str] = &["reference", "asked", "done", "left_to_do", "review"];

/// The API of hand-overs.
pub struct Api {
    log: EventLog,
    rules: Rules,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules) -> Self {
        Self { log, rules }
    }
}

#[tonic::async_trait]
impl HandOverService for Api {
    async fn hand_over_to_edt(
        &self,
        request: Request<HandOverToEdtRequest>,
    ) -> Result<Response<HandOverToEdtResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, contact, content) = parse::to_edt(request)?;
        let key = CommandKey::new(&caller, "HandOverToEdt", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let made = hand_over(&mut tx, contact, content, &self.rules).await?;
        let reply =
            HandOverToEdtResponse { hand_over_id: made.id.to_string(), revision: made.revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn receive_hand_over(
        &self,
        request: Request<ReceiveHandOverRequest>,
    ) -> Result<Response<ReceiveHandOverResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let (request_id, hand_over) = parse::receipt(request.get_ref())?;
        let key = CommandKey::new(&caller, "ReceiveHandOver", request_id, request.get_ref());
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let reply = ReceiveHandOverResponse { revision: take(&mut tx, hand_over, None).await? };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn hand_over_from_edt(
        &self,
        request: Request<HandOverFromEdtRequest>,
    ) -> Result<Response<HandOverFromEdtResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, contact, content) = parse::from_edt(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "HandOverFromEdt", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let made = hand_over(&mut tx, contact, content, &self.rules).await?;
        let reply =
            HandOverFromEdtResponse { hand_over_id: made.id.to_string(), revision: made.revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn review_hand_over(
        &self,
        request: Request<ReviewHandOverRequest>,
    ) -> Result<Response<ReviewHandOverResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, hand_over, review) = parse::review(request)?;
        let key = CommandKey::new(&caller, "ReviewHandOver", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = take(&mut tx, hand_over, Some(review)).await?;
        let reply = ReviewHandOverResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn list_hand_overs(
        &self,
        request: Request<ListHandOversRequest>,
    ) -> Result<Response<ListHandOversResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (direction, purpose, page) = parse::list(request.get_ref())?;
        let behind = page.behind.map(Turn::from);
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let mut lines = hand_overs::page(&mut tx, direction, behind, page.look_for())
            .await
            .map_err(|error| store_failure(&error))?;
        let next_page_token = page.cut(&mut lines, |line| line.turn.into());
        let subjects: Vec<Uuid> = lines.iter().flat_map(|line| &line.children).copied().collect();
        if !subjects.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "HandOverService.ListHandOvers",
                subjects: &subjects,
                purpose: purpose.as_str_name(),
                fields: LISTED_FIELDS,
            };
            log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        }
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let hand_overs = lines.into_iter().map(answer::hand_over).collect();
        Ok(Response::new(ListHandOversResponse { hand_overs, next_page_token }))
    }
}

impl From<HandOverError> for Status {
    fn from(error: HandOverError) -> Self {
        match &error {
            HandOverError::NoSuchContact => not_found("contact"),
            HandOverError::NoSuchHandOver => not_found("hand-over"),
            HandOverError::StaleRevision(current) => stale_revision(*current),
            HandOverError::OwnRecord => refusal(
                Code::FailedPrecondition,
                "OWN_RECORD",
                &error.to_string(),
                &[("rule", "R10".to_owned())],
            ),
            HandOverError::Append(AppendError::StaleRevision) => internal(&error),
            HandOverError::Append(AppendError::Store(cause)) | HandOverError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}
