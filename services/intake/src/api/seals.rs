//! The gRPC edge of what is sealed (R2, R4): each opening is recorded with its reason, and
//! stands in the read log besides, before anything is answered.

use access::Caller;
use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        ListSealOpeningsRequest, ListSealOpeningsResponse, OpenSealedFieldsRequest,
        OpenSealedFieldsResponse, OpenSealedReferrerRequest, OpenSealedReferrerResponse,
        SealOpening, SealedAsker, seal_service_server::SealService,
    },
};
use runtime::refusal::not_found;
use service::edge::{self, OwnPurpose, Shown};
use tonic::{Request, Response, Status};

use super::{Api, page, parse};
use crate::{
    commands::open_seal::{OpenedReferrer, SealError, Unsealing, open_fields, open_referrer},
    domain::turn::Turn,
    store::seals,
    wire,
};

/// The purpose that the read log holds of an opening; its reason stands beside it.
const PURPOSE: &str = OwnPurpose::SealOpened.code();
/// What is opened of a referrer, for the read log (R61).
const REFERRER_FIELDS: &[&str] = &["referrer", "consents"];
/// What is opened of a child.
const SEALED_FIELDS: &[&str] = &["sexual_orientation", "gender_identity", "trans_history"];
/// What the list of openings shows.
const OPENING_FIELDS: &[&str] = &["seal_openings"];

#[tonic::async_trait]
impl SealService for Api {
    async fn open_sealed_referrer(
        &self,
        request: Request<OpenSealedReferrerRequest>,
    ) -> Result<Response<OpenSealedReferrerResponse>, Status> {
        let (by, at) = (Caller::of(&request)?.actor(), self.log.clock().now());
        edge::read(&self.log, request, parse::sealed_referrer, async |db, (contact, reason)| {
            let opening = Unsealing { reason: &reason, by: &by, at };
            let opened = open_referrer(db, contact, &opening).await.map_err(Status::from)?;
            let subjects = vec![contact];
            let shown = Shown { subjects, purpose: PURPOSE, fields: REFERRER_FIELDS };
            Ok((answer(opened), shown))
        })
        .await
    }

    async fn open_sealed_fields(
        &self,
        request: Request<OpenSealedFieldsRequest>,
    ) -> Result<Response<OpenSealedFieldsResponse>, Status> {
        let (by, at) = (Caller::of(&request)?.actor(), self.log.clock().now());
        edge::read(&self.log, request, parse::sealed_fields, async |db, (of, reason)| {
            let opening = Unsealing { reason: &reason, by: &by, at };
            let (sealed, earlier) = open_fields(db, of, &opening).await.map_err(Status::from)?;
            let (_, child) = of;
            let before = |it| wire::sealed_before(child, it);
            let opened = OpenSealedFieldsResponse {
                sealed: Some(wire::sealed_fields(sealed)),
                earlier: earlier.into_iter().map(before).collect(),
            };
            let shown = Shown { subjects: vec![child], purpose: PURPOSE, fields: SEALED_FIELDS };
            Ok((opened, shown))
        })
        .await
    }

    async fn list_seal_openings(
        &self,
        request: Request<ListSealOpeningsRequest>,
    ) -> Result<Response<ListSealOpeningsResponse>, Status> {
        edge::read(&self.log, request, page::wanted, async |db, (purpose, page)| {
            let behind = page.behind.map(Turn::from);
            let mut opened = seals::page(db, behind, page.look_for()).await?;
            let next_page_token = page.cut(&mut opened, |one| one.turn.into());
            let subjects = opened.iter().map(|one| one.child.unwrap_or(one.contact)).collect();
            let shown = Shown { subjects, purpose: purpose.as_str_name(), fields: OPENING_FIELDS };
            let openings = opened.into_iter().map(|one| SealOpening {
                opening_id: one.id.to_string(),
                contact_id: one.contact.to_string(),
                child_id: one.child.map(|child| child.to_string()).unwrap_or_default(),
                reason: one.reason.into_open(),
                opened_by: one.by,
                opened_at: Some(to_timestamp(one.at)),
            });
            let openings = openings.collect();
            Ok((ListSealOpeningsResponse { openings, next_page_token }, shown))
        })
        .await
    }
}

/// What lay under seal of a referrer, opened.
fn answer(opened: OpenedReferrer) -> OpenSealedReferrerResponse {
    let OpenedReferrer { referrer, askers, earlier } = opened;
    let askers = askers.into_iter().map(|(consent, asked_by)| SealedAsker {
        consent_id: consent.to_string(),
        asked_by: asked_by.into_open(),
    });
    let details = earlier.iter().filter_map(|before| before.contact_details.as_ref());
    OpenSealedReferrerResponse {
        referrer: Some(wire::referrer(referrer)),
        askers: askers.collect(),
        earlier_contact_details: details.map(|details| details.open().clone()).collect(),
        earlier: earlier.iter().map(wire::said_before).collect(),
    }
}

impl From<SealError> for Status {
    fn from(error: SealError) -> Self {
        match &error {
            SealError::Contact(cause) => cause.into(),
            SealError::NothingSealed => not_found("seal on this contact"),
            SealError::Store(cause) => store_failure(cause),
        }
    }
}
