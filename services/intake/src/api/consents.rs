//! The gRPC edge of consent after a contact, and of the second look at an override (R6, R7).

use access::{Caller, Role};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        RecordConsentRequest, RecordConsentResponse, ReviewOverrideRequest, ReviewOverrideResponse,
        WithdrawConsentRequest, WithdrawConsentResponse, consent_service_server::ConsentService,
    },
};
use tonic::{Request, Response, Status};

use super::parse;
use crate::{
    commands::{
        keep_consent::{record_consent, withdraw_consent},
        review_override::review_override,
        submit_contact::Rules,
    },
    domain::{basis::Adopter, codes::Codes},
};

/// The API of consent.
pub struct Api {
    log: EventLog,
    rules: Rules,
    codes: Codes,
}

impl Api {
    /// The API over a log, under a protocol.
    pub fn new(log: EventLog, rules: Rules, codes: Codes) -> Self {
        Self { log, rules, codes }
    }
}

/// As what the caller adopts an override (R7).
pub fn adopter(caller: &Caller) -> Adopter {
    let managers = [Role::MashManager, Role::ServiceManager, Role::HeadOfService];
    if managers.iter().any(|role| caller.has_role(role)) {
        Adopter::HubManager
    } else if caller.has_role(&Role::EdtManager) {
        Adopter::EdtManager
    } else {
        Adopter::Other
    }
}

#[tonic::async_trait]
impl ConsentService for Api {
    async fn record_consent(
        &self,
        request: Request<RecordConsentRequest>,
    ) -> Result<Response<RecordConsentResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let now = self.log.clock().now();
        let (change, consent) = parse::consent_later(request, &self.codes, now)?;
        let key = CommandKey::new(&caller, "RecordConsent", change.request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let (id, revision) = record_consent(&mut tx, change.contact, &consent).await?;
        let reply = RecordConsentResponse { consent_id: id.to_string(), revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn withdraw_consent(
        &self,
        request: Request<WithdrawConsentRequest>,
    ) -> Result<Response<WithdrawConsentResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let (change, consent) = parse::withdrawal(&request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "WithdrawConsent", change.request_id, &request);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let revision = withdraw_consent(&mut tx, change.contact, consent).await?;
        let reply = WithdrawConsentResponse { revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn review_override(
        &self,
        request: Request<ReviewOverrideRequest>,
    ) -> Result<Response<ReviewOverrideResponse>, Status> {
        let (adopter, caller) = (adopter(Caller::of(&request)?), Caller::of(&request)?.actor());
        let request = request.into_inner();
        let body = request.clone();
        let (change, review) = parse::override_review(request, self.log.clock().now())?;
        let key = CommandKey::new(&caller, "ReviewOverride", change.request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let by = (adopter, &self.rules);
        let reviewed = review_override(&mut tx, change.contact, review, by).await?;
        let (revision, next) = reviewed;
        let reply = ReviewOverrideResponse { revision, next_review_due: next.map(to_timestamp) };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }
}
