//! The gRPC edge of intake: reads a request, opens the transaction, does one
//! command, commits, answers.

mod advised;
mod answer;
pub mod code_lists;
pub mod consents;
pub mod consultation;
pub mod hand_overs;
pub mod information_request;
pub mod notices;
mod page;
mod parse;
mod parts;
pub mod register;
pub mod register_import;
pub mod remit;
pub mod seals;
pub mod subjects;

use access::{Caller, Read, log_read};
use messaging::{
    EventLog,
    command::{Begun, CommandKey},
    store_failure,
    tx::AppendError,
};
use proto::{
    convert::to_timestamp,
    intake::v1::{
        AmendContactRequest, AmendContactResponse, GetContactRequest, GetContactResponse,
        GetDisclosureRequest, GetDisclosureResponse, RecordBasisRequest, RecordBasisResponse,
        SubmitContactRequest, SubmitContactResponse, intake_service_server::IntakeService,
    },
};
use runtime::refusal::{internal, not_found, refusal, stale_revision};
use sqlx::PgConnection;
use tonic::{Code, Request, Response, Status};
use uuid::Uuid;

use self::{advised::advised, parse::Wanted};
use crate::{
    commands::{
        CommandError,
        amend_contact::amend_contact,
        disclose::{disclose, load},
        record_basis::record_basis,
        submit_contact::{Receipt, Rules, submit_contact},
    },
    domain::{
        advice::advice,
        basis::BasisRefusal,
        codes::{Codes, is_public},
        reference::Reference,
    },
    store::contacts,
    wire,
};

/// The fields of a child's record that a contact shows, for the read log (R61).
const CONTACT_FIELDS: &[&str] = &["contact", "referrer", "children", "adults", "consents", "bases"];
/// The fields of a child's record that a check discloses.
const DISCLOSED_FIELDS: &[&str] =
    &["name", "birth_date", "expected_date", "address", "school", "nhs_number"];

/// Intake's API.
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

    async fn submit(
        &self,
        caller: &str,
        request: SubmitContactRequest,
    ) -> Result<SubmitContactResponse, Status> {
        let body = request.clone();
        let (request_id, contact) = parse::contact(request, &self.codes, self.log.clock().now())?;
        let key = CommandKey::new(caller, "SubmitContact", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(reply),
        };
        let receipt = submit_contact(&mut tx, contact, &self.rules).await?;
        let reply = submitted(&receipt);
        tx.commit_reply(&reply).await?;
        Ok(reply)
    }
}

#[tonic::async_trait]
impl IntakeService for Api {
    async fn submit_contact(
        &self,
        request: Request<SubmitContactRequest>,
    ) -> Result<Response<SubmitContactResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let in_danger = request.immediate_danger;
        let reply = self.submit(&caller, request).await.map_err(|refused| {
            let is_open = self.rules.protocol.calendar().is_open(self.log.clock().now());
            advised(refused, &advice(in_danger, is_open, &self.rules.intake.texts))
        })?;
        Ok(Response::new(reply))
    }

    async fn get_contact(
        &self,
        request: Request<GetContactRequest>,
    ) -> Result<Response<GetContactResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let (wanted, purpose) = parse::get_contact(request.get_ref())?;
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let id = match wanted {
            Wanted::Id(id) => id,
            Wanted::Reference(reference) => named(&mut tx, &reference).await?,
        };
        let record = load(&mut tx, id).await?;
        let read = Read {
            at: self.log.clock().now(),
            caller: &caller,
            action: "IntakeService.GetContact",
            subjects: &record.contact.child_ids,
            purpose: purpose.as_str_name(),
            fields: CONTACT_FIELDS,
        };
        log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        let contact = answer::contact(record, &self.rules, &self.codes);
        let contact = Some(contact.map_err(|error| internal(&error))?);
        Ok(Response::new(GetContactResponse { contact }))
    }

    async fn amend_contact(
        &self,
        request: Request<AmendContactRequest>,
    ) -> Result<Response<AmendContactResponse>, Status> {
        let caller = Caller::of(&request)?.actor();
        let request = request.into_inner();
        let body = request.clone();
        let now = self.log.clock().now();
        let (change, reason, correction) = parse::amendment(request, &self.codes, now)?;
        let key = CommandKey::new(&caller, "AmendContact", change.request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let by = (&self.rules, &self.codes);
        let amended = amend_contact(&mut tx, change.contact, correction, reason, by).await?;
        let reply = AmendContactResponse {
            amendment_id: amended.id.to_string(),
            revision: amended.revision,
            advice: amended.advice,
            added_id: amended.added.map(|id| id.to_string()).unwrap_or_default(),
        };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn record_basis(
        &self,
        request: Request<RecordBasisRequest>,
    ) -> Result<Response<RecordBasisResponse>, Status> {
        let caller = Caller::of(&request)?;
        let (adopter, caller) = (consents::adopter(caller), caller.actor());
        let request = request.into_inner();
        let body = request.clone();
        let (request_id, contact, revision, basis) = parse::basis(request)?;
        let key = CommandKey::new(&caller, "RecordBasis", request_id, &body);
        let mut tx = match self.log.begin_command(key).await? {
            Begun::First(tx) => tx,
            Begun::Again(reply) => return Ok(Response::new(reply)),
        };
        let by = (adopter, &self.rules);
        let (id, revision) = record_basis(&mut tx, contact, revision, basis, by).await?;
        let reply = RecordBasisResponse { basis_id: id.to_string(), revision };
        tx.commit_reply(&reply).await?;
        Ok(Response::new(reply))
    }

    async fn get_disclosure(
        &self,
        request: Request<GetDisclosureRequest>,
    ) -> Result<Response<GetDisclosureResponse>, Status> {
        let caller = Caller::of(&request)?.clone();
        let asked = parse::disclosure(request.into_inner())?;
        let mut tx = self.log.begin_read().await.map_err(|error| store_failure(&error))?;
        let disclosure =
            disclose(&mut tx, asked.contact, &asked.children, &asked.agencies, asked.basis).await?;
        let read = Read {
            at: self.log.clock().now(),
            caller: &caller,
            action: "IntakeService.GetDisclosure",
            subjects: &asked.children,
            purpose: "DISCLOSURE",
            fields: DISCLOSED_FIELDS,
        };
        log_read(&mut tx, &read).await.map_err(|error| store_failure(&error))?;
        tx.commit().await.map_err(|error| store_failure(&error))?;
        Ok(Response::new(answer::disclosure(disclosure)))
    }
}

/// The contact with a reference (R11).
async fn named(tx: &mut PgConnection, reference: &Reference) -> Result<Uuid, CommandError> {
    contacts::find_id(tx, reference).await?.ok_or(CommandError::NoSuchContact)
}

fn submitted(receipt: &Receipt) -> SubmitContactResponse {
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

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        match &error {
            CommandError::NoSuchContact => not_found("contact"),
            CommandError::NoSuchChild => not_found("child on this contact"),
            CommandError::NoSuchAdult => not_found("adult on this contact"),
            CommandError::NoSuchConsent => not_found("consent on this contact that still holds"),
            CommandError::NoReviewDue => {
                not_found("override on this contact that is to be looked at again")
            }
            CommandError::NothingSealed => not_found("seal on this contact"),
            CommandError::NoSuchSubject => not_found("place, group or online space"),
            CommandError::UnknownSubject(place) => {
                let facts = [("field", format!("subjects[{place}].subject_id"))];
                refusal(Code::NotFound, "NOT_FOUND", &error.to_string(), &facts)
            }
            CommandError::StaleRevision(current) => stale_revision(*current),
            CommandError::Basis(basis) => basis_refused(basis),
            CommandError::TooManyPeople => {
                let facts = [("rule", "R4".to_owned())];
                refusal(Code::FailedPrecondition, "TOO_MANY_PEOPLE", &error.to_string(), &facts)
            }
            CommandError::NotAdopted(why) => {
                let ways = "a MASH Manager adopts it; while the hub is closed EDT's duty manager; \
                            Section 47 or the public interest is another basis";
                let facts = [("rule", "R7".to_owned()), ("ways_forward", ways.to_owned())];
                let code = Code::PermissionDenied;
                refusal(code, "OVERRIDE_IS_A_MANAGERS", &why.to_string(), &facts)
            }
            CommandError::Append(AppendError::StaleRevision) => internal(&error),
            CommandError::Append(AppendError::Store(cause)) | CommandError::Store(cause) => {
                store_failure(cause)
            }
        }
    }
}
