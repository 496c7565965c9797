//! The gRPC edge of consent after a contact, and of the second look at an override (R6, R7).

use access::{Caller, Role};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        RecordConsentRequest, RecordConsentResponse, ReviewOverrideRequest, ReviewOverrideResponse,
        WithdrawConsentRequest, WithdrawConsentResponse, consent_service_server::ConsentService,
    },
};
use service::edge;
use tonic::{Request, Response, Status};

use super::{Api, parse};
use crate::{
    commands::{
        keep_consent::{record_consent, withdraw_consent},
        review_override::review_override,
    },
    domain::basis::Adopter,
};

#[tonic::async_trait]
impl ConsentService for Api {
    async fn record_consent(
        &self,
        request: Request<RecordConsentRequest>,
    ) -> Result<Response<RecordConsentResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::consent_later(asked, &self.rules.codes, now);
        edge::command(&self.log, request, parse, async |tx, (contact, consent)| {
            let (id, revision) = record_consent(tx, contact, &consent).await?;
            Ok(RecordConsentResponse { consent_id: id.to_string(), revision })
        })
        .await
    }

    async fn withdraw_consent(
        &self,
        request: Request<WithdrawConsentRequest>,
    ) -> Result<Response<WithdrawConsentResponse>, Status> {
        let now = self.log.clock().now();
        let parse = |asked| parse::withdrawal(asked, now);
        edge::command(&self.log, request, parse, async |tx, (contact, consent)| {
            let revision = withdraw_consent(tx, contact, consent).await?;
            Ok(WithdrawConsentResponse { revision })
        })
        .await
    }

    async fn review_override(
        &self,
        request: Request<ReviewOverrideRequest>,
    ) -> Result<Response<ReviewOverrideResponse>, Status> {
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        let now = self.log.clock().now();
        let parse = |asked| parse::override_review(asked, now);
        edge::command(&self.log, request, parse, async |tx, (contact, review)| {
            let (revision, next) = review_override(tx, contact, review, by).await?;
            Ok(ReviewOverrideResponse { revision, next_review_due: next.map(to_timestamp) })
        })
        .await
    }
}

/// As what the caller adopts an override (R7).
pub fn adopter(caller: &Caller) -> Adopter {
    if caller.is_mash_manager() {
        Adopter::HubManager
    } else if caller.has_role(&Role::EdtManager) {
        Adopter::EdtManager
    } else {
        Adopter::Other
    }
}
