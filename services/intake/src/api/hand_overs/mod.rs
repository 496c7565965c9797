//! The gRPC edge of hand-overs between the hub and the Emergency Duty Team.

mod answer;
mod parse;

use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        HandOverFromEdtRequest, HandOverFromEdtResponse, HandOverToEdtRequest,
        HandOverToEdtResponse, ListHandOversRequest, ListHandOversResponse, ReceiveHandOverRequest,
        ReceiveHandOverResponse, ReviewHandOverRequest, ReviewHandOverResponse, UndoReceiptRequest,
        UndoReceiptResponse, hand_over_service_server::HandOverService,
    },
};
use runtime::refusal::{not_found, refusal, stale_revision};
use service::edge;
use tonic::{Code, Request, Response, Status};

use crate::{
    api::{Api, page::Listed},
    commands::hand_over::{HandOverError, hand_over, take, undo_receipt},
    domain::{
        hand_over::Direction,
        turn::{InTurn, List},
    },
    store::hand_overs,
};

/// The fields of a child's record that the list shows, for the read log (R61).
const LISTED_FIELDS: &[&str] =
    &["reference", "asked", "done", "left_to_do", "review", "undone_receipts"];

#[tonic::async_trait]
impl HandOverService for Api {
    async fn hand_over_to_edt(
        &self,
        request: Request<HandOverToEdtRequest>,
    ) -> Result<Response<HandOverToEdtResponse>, Status> {
        edge::command(&self.log, request, parse::to_edt, async |tx, (contact, content)| {
            let made = hand_over(tx, contact, content, &self.rules).await?;
            let (hand_over_id, revision) = (made.id.to_string(), made.revision);
            Ok(HandOverToEdtResponse { hand_over_id, revision })
        })
        .await
    }

    async fn receive_hand_over(
        &self,
        request: Request<ReceiveHandOverRequest>,
    ) -> Result<Response<ReceiveHandOverResponse>, Status> {
        edge::command(&self.log, request, parse::receipt, async |tx, hand_over| {
            Ok(ReceiveHandOverResponse { revision: take(tx, hand_over, None).await? })
        })
        .await
    }

    async fn undo_receipt(
        &self,
        request: Request<UndoReceiptRequest>,
    ) -> Result<Response<UndoReceiptResponse>, Status> {
        edge::command(&self.log, request, parse::undoing, async |tx, (hand_over, reason)| {
            let (revision, due_at) = undo_receipt(tx, hand_over, reason, &self.rules).await?;
            Ok(UndoReceiptResponse { revision, due_at: Some(to_timestamp(due_at)) })
        })
        .await
    }

    async fn hand_over_from_edt(
        &self,
        request: Request<HandOverFromEdtRequest>,
    ) -> Result<Response<HandOverFromEdtResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::from_edt(asked, now);
        edge::command(&self.log, request, parse, async |tx, (contact, content)| {
            let made = hand_over(tx, contact, content, &self.rules).await?;
            let (hand_over_id, revision) = (made.id.to_string(), made.revision);
            Ok(HandOverFromEdtResponse { hand_over_id, revision })
        })
        .await
    }

    async fn review_hand_over(
        &self,
        request: Request<ReviewHandOverRequest>,
    ) -> Result<Response<ReviewHandOverResponse>, Status> {
        edge::command(&self.log, request, parse::review, async |tx, (hand_over, review)| {
            Ok(ReviewHandOverResponse { revision: take(tx, hand_over, Some(review)).await? })
        })
        .await
    }

    async fn list_hand_overs(
        &self,
        request: Request<ListHandOversRequest>,
    ) -> Result<Response<ListHandOversResponse>, Status> {
        edge::read(&self.log, request, parse::list, async |db, (direction, purpose, page)| {
            let list = match direction {
                Direction::ToEdt => List::ToEdt,
                Direction::FromEdt => List::FromEdt,
            };
            let listed = Listed::of(db, list, page).await?;
            let shown = listed.shown(purpose, LISTED_FIELDS);
            let hand_overs = hand_overs::with_ids(db, &listed.ids()).await?;
            let undone = hand_overs::undone_receipts(db, &listed.ids()).await?;
            let show = |it, line: InTurn| answer::hand_over(it, line.reference, &undone);
            let (hand_overs, next_page_token) = listed.with(hand_overs, |it| it.id, show);
            Ok((ListHandOversResponse { hand_overs, next_page_token }, shown))
        })
        .await
    }
}

impl From<HandOverError> for Status {
    fn from(error: HandOverError) -> Self {
        match &error {
            HandOverError::NoSuchContact => not_found("contact"),
            HandOverError::NoSuchHandOver => not_found("hand-over"),
            HandOverError::StaleRevision(current) => stale_revision(*current),
            HandOverError::NotReceived => refusal(
                Code::FailedPrecondition,
                "NOT_RECEIVED",
                &error.to_string(),
                &[("rule", "R10".to_owned())],
            ),
            HandOverError::OwnRecord => refusal(
                Code::FailedPrecondition,
                "OWN_RECORD",
                &error.to_string(),
                &[("rule", "R10".to_owned())],
            ),
            HandOverError::Append(cause) => cause.into(),
            HandOverError::Store(cause) => store_failure(cause),
        }
    }
}
