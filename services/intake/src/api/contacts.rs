//! The gRPC edge of contacts: received, corrected, shown, and what allows information about
//! them to be shared (R1–R7, R12, R38).

use access::Caller;
use messaging::store_failure;
use proto::{
    convert::to_timestamp,
    intake::v1::{
        AmendContactRequest, AmendContactResponse, EndBasisRequest, EndBasisResponse,
        GetContactRequest, GetContactResponse, GetDisclosureRequest, GetDisclosureResponse,
        RecordBasisRequest, RecordBasisResponse, SubmitContactRequest, SubmitContactResponse,
        intake_service_server::IntakeService,
    },
};
use runtime::refusal::{internal, not_found, refusal};
use service::edge::{self, OwnPurpose, Shown, Unread};
use sqlx::PgConnection;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use super::{
    Api, a_managers,
    advised::advised,
    answer,
    consents::{adopter, not_adopted},
    not_on_contact, parse,
    parse::Wanted,
};
use crate::{
    commands::{
        amend_contact::amend_contact,
        disclose::{DisclosureError, disclose},
        end_basis::{EndingError, end_basis},
        record::load,
        record_basis::{BasisError, record_basis},
        submit_contact::{Receipt, submit_contact},
    },
    domain::{advice::advice, basis::BasisRefusal, codes::is_public, reference::Reference},
    store::contacts,
    wire,
};

/// The fields of a child's record that a contact shows, for the read log (R61).
const CONTACT_FIELDS: &[&str] = &["contact", "referrer", "children", "adults", "consents", "bases"];
/// The fields of a child's record that a check discloses.
const DISCLOSED_FIELDS: &[&str] =
    &["name", "birth_date", "expected_date", "address", "school", "nhs_number"];

#[tonic::async_trait]
impl IntakeService for Api {
    async fn submit_contact(
        &self,
        request: Request<SubmitContactRequest>,
    ) -> Result<Response<SubmitContactResponse>, Status> {
        let now = self.log.clock().now();
        let in_danger = request.get_ref().immediate_danger;
        let parse = |asked| parse::contact(asked, &self.rules.codes, now);
        let submitted = edge::command(&self.log, request, parse, async |tx, contact| {
            Ok(submitted(&submit_contact(tx, contact, &self.rules).await?))
        });
        submitted.await.map_err(|refused| {
            let is_open = self.rules.calendar().is_open(now);
            advised(refused, &advice(in_danger, is_open, &self.rules.intake.texts))
        })
    }

    async fn get_contact(
        &self,
        request: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        edge::read(&self.log, request, parse::get_contact, async |db, (wanted, purpose)| {
            let id = match wanted {
                Wanted::Id(id) => id,
                Wanted::Reference(reference) => named(db, &reference).await?,
            };
            let record = load(db, id).await.map_err(|error| Status::from(&error))?;
            let subjects = [&*record.contact.child_ids, &*record.taken_off].concat();
            let contact = answer::contact(record, &self.rules).map_err(|error| internal(&error))?;
            let shown = Shown { subjects, purpose: purpose.as_str_name(), fields: CONTACT_FIELDS };
            Ok((GetContactResponse { contact: Some(contact) }, shown))
        })
        .await
    }

    async fn amend_contact(
        &self,
        request: Request<AmendContactRequest>,
    ) -> Result<Response<AmendContactResponse>, Status> {
        let now = self.log.clock().now();
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        let parse = |asked| parse::amendment(asked, &self.rules.codes, now);
        edge::command(&self.log, request, parse, async |tx, (contact, correction, reason)| {
            let amended = amend_contact(tx, contact, correction, reason, by).await?;
            Ok(AmendContactResponse {
                amendment_id: amended.id.to_string(),
                revision: amended.revision,
                advice: amended.advice,
                added_id: amended.added.map(|id| id.to_string()).unwrap_or_default(),
            })
        })
        .await
    }

    async fn record_basis(
        &self,
        request: Request<RecordBasisRequest>,
    ) -> Result<Response<RecordBasisResponse>, Status> {
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        edge::command(&self.log, request, parse::basis, async |tx, (contact, basis)| {
            let (id, revision) = record_basis(tx, contact, basis, by).await?;
            Ok(RecordBasisResponse { basis_id: id.to_string(), revision })
        })
        .await
    }

    async fn end_basis(
        &self,
        request: Request<EndBasisRequest>,
    ) -> Result<Response<EndBasisResponse>, Status> {
        let by = (adopter(Caller::of(&request)?), &*self.rules);
        edge::command(&self.log, request, parse::basis_ending, async |tx, (contact, ending)| {
            let revision = end_basis(tx, contact, ending, by).await?;
            Ok(EndBasisResponse { revision })
        })
        .await
    }

    async fn get_disclosure(
        &self,
        request: Request<GetDisclosureRequest>,
    ) -> Result<Response<GetDisclosureResponse>, Status> {
        edge::read(&self.log, request, parse::disclosure, async |db, asked| {
            let (contact, children) = (asked.contact, &asked.children);
            let disclosed = disclose(db, contact, children, &asked.agencies, asked.basis).await;
            let disclosed = disclosed.map_err(Status::from)?;
            let subjects = asked.children;
            let purpose = OwnPurpose::Disclosure.code();
            let shown = Shown { subjects, purpose, fields: DISCLOSED_FIELDS };
            Ok((answer::disclosure(disclosed), shown))
        })
        .await
    }
}

/// The contact with a reference (R11).
async fn named(db: &mut PgConnection, reference: &Reference) -> Result<Uuid, Unread> {
    let found = contacts::find_id(db, reference).await?;
    Ok(found.ok_or_else(|| not_found("contact"))?)
}

/// What is told of a contact that was received.
pub fn submitted(receipt: &Receipt) -> SubmitContactResponse {
    let contact = &receipt.contact;
    let professional = !is_public(&contact.content.referrer.source);
    SubmitContactResponse {
        contact_id: contact.id.to_string(),
        reference: contact.reference.to_string(),
        revision: contact.revision,
        child_ids: contact.child_ids.iter().map(Uuid::to_string).collect(),
        call_999: contact.content.immediate_danger,
        call_edt: receipt.call_edt,
        received_at: Some(to_timestamp(contact.received_at)),
        adult_ids: contact.adult_ids.iter().map(Uuid::to_string).collect(),
        subject_ids: receipt.subject_ids.iter().map(Uuid::to_string).collect(),
        gaps: wire::gaps(contact.content.groundwork.gaps(professional)),
        advice: receipt.advice.lines.clone(),
        edt_telephone: receipt.advice.edt_telephone.clone(),
    }
}

impl From<BasisError> for Status {
    fn from(error: BasisError) -> Self {
        match &error {
            BasisError::Contact(cause) => cause.into(),
            BasisError::NoSuchChild => not_on_contact("child_ids", "R38"),
            BasisError::NotAdopted(why) => not_adopted(*why),
            BasisError::Append(cause) => cause.into(),
            BasisError::Store(cause) => store_failure(cause),
        }
    }
}

impl From<EndingError> for Status {
    fn from(error: EndingError) -> Self {
        Self::from(&error)
    }
}

impl From<&EndingError> for Status {
    fn from(error: &EndingError) -> Self {
        match error {
            EndingError::Contact(cause) => cause.into(),
            EndingError::NotTheirs(why) => a_managers("ENDING_IS_A_MANAGERS", ("R38", "ends"), why),
            EndingError::NoSuchBasis => not_found("basis on this contact"),
            EndingError::EndedBefore => {
                let facts = [("rule", "R38".to_owned()), ("field", "basis_id".to_owned())];
                refusal(Code::FailedPrecondition, "BASIS_ENDED", &error.to_string(), &facts)
            }
            EndingError::Append(cause) => cause.into(),
            EndingError::Store(cause) => store_failure(cause),
        }
    }
}

impl From<DisclosureError> for Status {
    fn from(error: DisclosureError) -> Self {
        match &error {
            DisclosureError::NoSuchContact => not_found("contact"),
            DisclosureError::NoSuchChild => not_on_contact("child_ids", "R38"),
            DisclosureError::Basis(basis) => basis_refused(basis),
            DisclosureError::Store(cause) => store_failure(cause),
        }
    }
}

/// Nothing allows a disclosure: what would (R21), and what the record of consent lacks where
/// somebody says that there is some (R6, R38).
fn basis_refused(basis: &BasisRefusal) -> Status {
    let (reason, gaps) = match basis {
        BasisRefusal::Required(gaps) => ("BASIS_REQUIRED", gaps.as_slice()),
        BasisRefusal::Unknown => ("BASIS_UNKNOWN", [].as_slice()),
        BasisRefusal::Ended => ("BASIS_ENDED", [].as_slice()),
        BasisRefusal::OtherChildren => ("BASIS_DOES_NOT_COVER_CHILD", [].as_slice()),
    };
    let ways = "seek consent; record an override; record another basis".to_owned();
    let mut facts = vec![("rule", "R38".to_owned()), ("ways_forward", ways)];
    if !gaps.is_empty() {
        let gaps: Vec<_> = gaps.iter().map(|gap| gap.code()).collect();
        facts.push(("consent_lacks", gaps.join(",")));
    }
    refusal(Code::FailedPrecondition, reason, &basis.to_string(), &facts)
}
