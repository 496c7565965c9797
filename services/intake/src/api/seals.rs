//! The gRPC edge of what is sealed (R2, R4): each opening is recorded with its reason, and
//! stands in the read log besides, before anything is answered.

use access::{Caller, Personal, Read, log_read};
use messaging::{EventLog, store_failure};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        ListSealOpeningsRequest, ListSealOpeningsResponse, OpenSealedFieldsRequest,
        OpenSealedFieldsResponse, OpenSealedReferrerRequest, OpenSealedReferrerResponse,
        SealOpening, SealedAsker, seal_service_server::SealService,
    },
};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::parse;
use crate::{
    commands::{CommandError, disclose::load},
    domain::hand_over::Turn,
    store::{consents, people, referrers, seals},
    wire,
};

/// The purpose that the read log holds of an opening; its reason stands beside it.
const PURPOSE: &str = "SEAL_OPENED";

/// The API of seals.
pub struct Api {
    log: EventLog,
}

/// An opening as it is noted.
struct Opening<'a> {
    contact: Uuid,
    child: Option<Uuid>,
    reason: &'a Personal<String>,
    action: &'static str,
    fields: &'static [&'static str],
}

impl Api {
    /// The API over a log.
    pub fn new(log: EventLog) -> Self {
        Self { log }
    }

    async fn note(
        &self,
        connection: &mut PgConnection,
        caller: &Caller,
        opening: Opening<'_>,
    ) -> Result<(), sqlx::Error> {
        let at = self.log.clock().now();
        let Opening { contact, child, reason, action, fields } = opening;
        seals::note_opening(connection, (contact, child), reason, (&caller.actor(), at)).await?;
        let subjects = &[child.unwrap_or(contact)];
        log_read(connection, &Read { at, caller, action, subjects, purpose: PURPOSE, fields }).await
    }
}

#[tonic::async_trait]
impl SealService for Api {
    async fn open_sealed_referrer(
        &self,
        request: Request<OpenSealedReferrerRequest>,
    ) -> Result<Response<OpenSealedReferrerResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (contact, reason) = parse::sealed_referrer(request.into_inner())?;
        let failed = |error: sqlx::Error| store_failure(&error);
        let mut tx = self.log.begin_read().await.map_err(failed)?;
        let record = load(&mut tx, contact).await?.contact;
        let identity = people::find_sealed_referrer(&mut tx, contact).await.map_err(failed)?;
        let identity = identity.ok_or(CommandError::NothingSealed)?;
        let earlier = referrers::earlier_details(&mut tx, contact).await.map_err(failed)?;
        let askers = consents::sealed_askers(&mut tx, contact).await.map_err(failed)?;
        let opening = Opening {
            contact,
            child: None,
            reason: &reason,
            action: "SealService.OpenSealedReferrer",
            fields: &["referrer", "consents"],
        };
        self.note(&mut tx, &caller, opening).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let held = record.content.referrer;
        let role = (held.source, held.anonymous, held.protected);
        let referrer = identity.into_referrer(role, &record.child_ids, &record.adult_ids);
        let referrer = Some(wire::referrer(referrer));
        let askers = askers.into_iter().map(|(consent, asked_by)| SealedAsker {
            consent_id: consent.to_string(),
            asked_by: asked_by.into_open(),
        });
        let askers = askers.collect();
        let earlier_contact_details =
            earlier.into_iter().map(|(_, details)| details.into_open()).collect();
        let opened = OpenSealedReferrerResponse { referrer, askers, earlier_contact_details };
        Ok(Response::new(opened))
    }

    async fn open_sealed_fields(
        &self,
        request: Request<OpenSealedFieldsRequest>,
    ) -> Result<Response<OpenSealedFieldsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (contact, child, reason) = parse::sealed_fields(request.into_inner())?;
        let failed = |error: sqlx::Error| store_failure(&error);
        let mut tx = self.log.begin_read().await.map_err(failed)?;
        let sealed = people::find_sealed_fields(&mut tx, contact, child).await.map_err(failed)?;
        let sealed = sealed.ok_or(CommandError::NothingSealed)?;
        let opening = Opening {
            contact,
            child: Some(child),
            reason: &reason,
            action: "SealService.OpenSealedFields",
            fields: &["sexual_orientation", "gender_identity", "trans_history"],
        };
        self.note(&mut tx, &caller, opening).await.map_err(failed)?;
        tx.commit().await.map_err(failed)?;
        let sealed = Some(wire::sealed_fields(sealed));
        Ok(Response::new(OpenSealedFieldsResponse { sealed }))
    }

    async fn list_seal_openings(
        &self,
        request: Request<ListSealOpeningsRequest>,
    ) -> Result<Response<ListSealOpeningsResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (purpose, page) = parse::list_openings(request.get_ref())?;
        let failed = |error: sqlx::Error| store_failure(&error);
        let mut tx = self.log.begin_read().await.map_err(failed)?;
        let behind = page.behind.map(Turn::from);
        let mut opened = seals::page(&mut tx, behind, page.look_for()).await.map_err(failed)?;
        let next_page_token = page.cut(&mut opened, |one| one.turn.into());
        let shown = opened.iter().map(|one| one.child.unwrap_or(one.contact));
        let subjects: Vec<Uuid> = shown.collect();
        // What shows nothing of anybody leaves no row.
        if !subjects.is_empty() {
            let read = Read {
                at: self.log.clock().now(),
                caller: &caller,
                action: "SealService.ListSealOpenings",
                subjects: &subjects,
                purpose: purpose.as_str_name(),
                fields: &["seal_openings"],
            };
            log_read(&mut tx, &read).await.map_err(failed)?;
        }
        tx.commit().await.map_err(failed)?;
        let openings = opened.into_iter().map(|one| SealOpening {
            opening_id: one.id.to_string(),
            contact_id: one.contact.to_string(),
            child_id: one.child.map(|child| child.to_string()).unwrap_or_default(),
            reason: one.reason.into_open(),
            opened_by: one.by,
            opened_at: Some(to_timestamp(one.at)),
        });
        let openings = openings.collect();
        Ok(Response::new(ListSealOpeningsResponse { openings, next_page_token }))
    }
}
