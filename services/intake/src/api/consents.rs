//! The gRPC edge of consent after a contact, and of the second look at an override (R6, R7).

use access::{Caller, Role};
use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        DueOverrideReview, ListOverrideReviewsRequest, ListOverrideReviewsResponse,
        RecordConsentRequest, RecordConsentResponse, ReviewOverrideRequest, ReviewOverrideResponse,
        WithdrawConsentRequest, WithdrawConsentResponse, consent_service_server::ConsentService,
    },
};
use runtime::{
    fields::Fields,
    refusal::{not_found, refusal},
};
use service::edge;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{
    Api, not_on_contact,
    page::{self, Listed},
    parse,
};
use crate::{
    commands::{
        keep_consent::{ConsentError, record_consent, withdraw_consent},
        review_override::{ReviewError, review_override},
    },
    domain::{
        basis::{Adopter, DueReview, NotAdopted},
        turn::{InTurn, List},
    },
    store::override_reviews,
};

/// The fields of a child's record that the list of overrides shows, for the read log (R61).
const REVIEW_FIELDS: &[&str] = &["reference", "override"];

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

    async fn list_override_reviews(
        &self,
        request: Request<ListOverrideReviewsRequest>,
    ) -> Result<Response<ListOverrideReviewsResponse>, Status> {
        edge::read(&self.log, request, page::wanted, async |db, (purpose, page)| {
            let listed = Listed::of(db, List::OverrideReview, page).await?;
            let shown = listed.shown(purpose, REVIEW_FIELDS);
            let due = override_reviews::due(db, &listed.ids()).await?;
            let (reviews, next_page_token) = listed.with(due, |it| it.basis, due_review);
            Ok((ListOverrideReviewsResponse { reviews, next_page_token }, shown))
        })
        .await
    }
}

/// An override that is to be looked at again, on the list.
fn due_review(due: DueReview, line: InTurn) -> DueOverrideReview {
    DueOverrideReview {
        contact_id: due.contact.to_string(),
        revision: due.revision,
        reference: line.reference,
        basis_id: due.basis.to_string(),
        child_ids: due.child_ids.iter().map(Uuid::to_string).collect(),
        adopted_at: Some(to_timestamp(due.adopted_at)),
        number: due.number,
        due_at: Some(to_timestamp(due.due_at)),
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

/// An override is not theirs to adopt, or to look at again (R7).
pub fn not_adopted(why: NotAdopted) -> Status {
    let ways = "a MASH Manager adopts it; while the hub is closed EDT's duty manager; \
                Section 47 or the public interest is another basis";
    let facts = [("rule", "R7".to_owned()), ("ways_forward", ways.to_owned())];
    refusal(Code::PermissionDenied, "OVERRIDE_IS_A_MANAGERS", &why.to_string(), &facts)
}

impl From<ConsentError> for Status {
    fn from(error: ConsentError) -> Self {
        match &error {
            ConsentError::Contact(cause) => cause.into(),
            ConsentError::NotOnContact(field) => not_on_contact(field, "R6"),
            ConsentError::NoSuchConsent => not_found("consent on this contact that still holds"),
            ConsentError::WithdrawnBeforeAsked(why) => {
                let mut fields = Fields::new();
                fields.violation("withdrawn_at", "R6", &why.to_string());
                fields.refuse()
            }
            ConsentError::Append(cause) => cause.into(),
            ConsentError::Store(cause) => store_failure(cause),
        }
    }
}

impl From<ReviewError> for Status {
    fn from(error: ReviewError) -> Self {
        match &error {
            ReviewError::Contact(cause) => cause.into(),
            ReviewError::NotAdopted(why) => not_adopted(*why),
            ReviewError::NoReviewDue => {
                not_found("override on this contact that is to be looked at again")
            }
            ReviewError::Append(cause) => cause.into(),
            ReviewError::Store(cause) => store_failure(cause),
        }
    }
}
