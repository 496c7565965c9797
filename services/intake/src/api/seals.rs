//! The gRPC edge of what is sealed (R2, R4): each opening is recorded with its reason, and
//! stands in the read log besides, before anything is answered.

use access::{Caller, Personal, Read, log_read};
use messaging::{EventLog, store_failure};
use proto::intake::v1::{
    OpenSealedFieldsRequest, OpenSealedFieldsResponse, OpenSealedReferrerRequest,
    OpenSealedReferrerResponse, SealedAsker, seal_service_server::SealService,
};
use sqlx::PgConnection;
use tonic::{Request, Response, Status};
use uuid::Uuid;

use super::parse;
use crate::{
    commands::{CommandError, disclose::load},
    store::{consents, people, seals},
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
        Ok(Response::new(OpenSealedReferrerResponse { referrer, askers }))
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
}
