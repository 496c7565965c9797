//! The gRPC edge of what is sealed (R2, R4): each opening is recorded with its reason, and
//! stands in the read log besides, before anything is answered.

use access::Caller;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        ListSealOpeningsRequest, ListSealOpeningsResponse, OpenSealedFieldsRequest,
        OpenSealedFieldsResponse, OpenSealedReferrerRequest, OpenSealedReferrerResponse,
        SealOpening, SealedAsker, seal_service_server::SealService,
    },
};
use service::edge::{self, OwnPurpose, Shown};
use tonic::{Request, Response, Status};

use super::{
    Api,
    page::{self, Paged},
    parse,
};
use crate::{
    commands::{CommandError, disclose::load},
    domain::turn::Turn,
    store::{consents, people, referrers, seals},
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
        let by = (Caller::of(&request)?.actor(), self.log.clock().now());
        edge::read(&self.log, request, parse::sealed_referrer, async |db, (contact, reason)| {
            let record = load(db, contact).await.map_err(Status::from)?.contact;
            let identity = people::find_sealed_referrer(db, contact).await?;
            let identity = identity.ok_or(CommandError::NothingSealed).map_err(Status::from)?;
            let earlier = referrers::earlier(db, contact, &record.child_ids).await?;
            let askers = consents::sealed_askers(db, contact).await?;
            seals::note_opening(db, (contact, None), &reason, (&by.0, by.1)).await?;
            let held = record.content.referrer;
            let role = (held.source, held.anonymous, held.protected);
            let referrer = identity.into_referrer(role, &record.child_ids, &record.adult_ids);
            let askers = askers.into_iter().map(|(consent, asked_by)| SealedAsker {
                consent_id: consent.to_string(),
                asked_by: asked_by.into_open(),
            });
            let opened = OpenSealedReferrerResponse {
                referrer: Some(wire::referrer(referrer)),
                askers: askers.collect(),
                earlier_contact_details: earlier
                    .iter()
                    .filter_map(|(_, before)| before.contact_details.as_ref())
                    .map(|details| details.open().clone())
                    .collect(),
                earlier: earlier.iter().map(|(_, one)| wire::said_before(one)).collect(),
            };
            let subjects = vec![contact];
            Ok((opened, Shown { subjects, purpose: PURPOSE, fields: REFERRER_FIELDS }))
        })
        .await
    }

    async fn open_sealed_fields(
        &self,
        request: Request<OpenSealedFieldsRequest>,
    ) -> Result<Response<OpenSealedFieldsResponse>, Status> {
        let by = (Caller::of(&request)?.actor(), self.log.clock().now());
        edge::read(&self.log, request, parse::sealed_fields, async |db, asked| {
            let (contact, child, reason) = asked;
            let sealed = people::find_sealed_fields(db, contact, child).await?;
            let sealed = sealed.ok_or(CommandError::NothingSealed).map_err(Status::from)?;
            seals::note_opening(db, (contact, Some(child)), &reason, (&by.0, by.1)).await?;
            let opened = OpenSealedFieldsResponse { sealed: Some(wire::sealed_fields(sealed)) };
            let subjects = vec![child];
            Ok((opened, Shown { subjects, purpose: PURPOSE, fields: SEALED_FIELDS }))
        })
        .await
    }

    async fn list_seal_openings(
        &self,
        request: Request<ListSealOpeningsRequest>,
    ) -> Result<Response<ListSealOpeningsResponse>, Status> {
        let parse = |asked: ListSealOpeningsRequest| {
            page::wanted(Paged::Openings, asked.purpose, (asked.page_size, &asked.page_token))
        };
        edge::read(&self.log, request, parse, async |db, (purpose, page)| {
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
