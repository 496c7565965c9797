//! Reading a batch of notices, part by part, in the order in which they are sent.

use std::collections::HashSet;

use jiff::Timestamp;
use proto::{
    intake::v1::{
        Notice, NoticeProblem, SubmitContactRequest, SubmitNoticesRequest,
        submit_notices_request::Part,
    },
    terms::v1::Channel,
};
use runtime::refusal::{refusal, violations};
use sha2::{Digest, Sha256};
use tonic::{Code, Status, Streaming};
use uuid::{Builder, Uuid};

use super::parse::{self, Header};
use crate::{
    api::{Api, parse::contact, parts::Parts},
    domain::{contact::NewContact, urgency::Urgency},
};

/// The highest number in a batch, and the most notices of a stream.
const MOST_NOTICES: i32 = 20_000;

/// A notice that was read.
pub struct Read {
    /// Its number, as given.
    pub number: i32,
    /// What is marked on it, whether it can be taken or not (R18).
    pub urgency: Urgency,
    /// What it says, or every field that is wrong.
    pub content: Result<Box<Sound>, Vec<NoticeProblem>>,
}

/// A notice that can be taken.
pub struct Sound {
    /// The id under which it is a command: the same for the same batch and number.
    pub request_id: Uuid,
    /// What the sender gave, with what the batch says of it.
    pub given: SubmitContactRequest,
    /// The same, read.
    pub contact: NewContact,
    /// An earlier notice of this stream is about one of the children.
    pub repeats: bool,
}

/// A batch that is being read.
pub struct Reading {
    parts: Parts<SubmitNoticesRequest>,
    header: Header,
    api: Api,
    read: i32,
    /// The numbers met so far: of two under one number that are under way at once, either
    /// could be the first.
    numbers: HashSet<i32>,
    /// The NHS numbers met so far; they do not outlive the stream.
    seen: HashSet<String>,
}

impl Reading {
    /// Opens a batch with its header, which comes first.
    pub async fn open(parts: Streaming<SubmitNoticesRequest>, api: Api) -> Result<Self, Status> {
        let mut parts = Parts::of(parts);
        let header = match next_part(&mut parts).await? {
            Some(Part::Header(header)) => parse::header(header, &api.rules.codes)?,
            Some(Part::Notice(_)) | None => return Err(out_of_order()),
        };
        let (numbers, seen) = (HashSet::new(), HashSet::new());
        Ok(Self { parts, header, api, read: 0, numbers, seen })
    }

    /// The batch, as its sender names it.
    pub fn batch(&self) -> Uuid {
        self.header.batch
    }

    /// The next notice; `None` at the end.
    pub async fn next(&mut self) -> Result<Option<Read>, Status> {
        let notice = match next_part(&mut self.parts).await? {
            None => return Ok(None),
            Some(Part::Header(_)) => return Err(out_of_order()),
            Some(Part::Notice(notice)) => notice,
        };
        if self.read >= MOST_NOTICES {
            return Err(too_many());
        }
        self.read += 1;
        let (number, now) = (notice.number, self.api.log.clock().now());
        let marks = notice.contact.as_ref();
        let urgency = Urgency {
            significant_harm: marks.is_some_and(|contact| contact.significant_harm),
            immediate_danger: marks.is_some_and(|contact| contact.immediate_danger),
        };
        Ok(Some(Read { number, urgency, content: self.sound(notice, now) }))
    }

    fn sound(&mut self, notice: Notice, now: Timestamp) -> Result<Box<Sound>, Vec<NoticeProblem>> {
        if !(1..=MOST_NOTICES).contains(&notice.number) {
            return Err(vec![problem("number", "must be 1 to 20000 (R14)")]);
        }
        if !self.numbers.insert(notice.number) {
            return Err(vec![problem("number", "was on this stream before (R14)")]);
        }
        let request_id = request_id(self.header.batch, notice.number);
        let given = complete(notice, request_id, &self.header.referral_source)?;
        let (_, contact) = contact(given.clone(), &self.api.rules.codes, now)
            .map_err(|refused| problems_of(&refused))?;
        let numbers = contact.children.iter().filter_map(|child| child.nhs_number.as_ref());
        let mut repeats = false;
        for number in numbers {
            repeats |= !self.seen.insert(number.open().clone());
        }
        Ok(Box::new(Sound { request_id, given, contact, repeats }))
    }
}

/// The contact of a notice, with what its batch says of it.
fn complete(
    notice: Notice,
    request_id: Uuid,
    source: &String,
) -> Result<SubmitContactRequest, Vec<NoticeProblem>> {
    let Some(mut contact) = notice.contact else {
        return Err(vec![problem("contact", "is missing (R14)")]);
    };
    let mut problems = Vec::new();
    if !contact.request_id.is_empty() {
        problems.push(problem("contact.request_id", "is the batch's to say (R14)"));
    }
    if ![0, Channel::System as i32].contains(&contact.channel) {
        problems.push(problem("contact.channel", "is always SYSTEM (R1)"));
    }
    if let Some(referrer) = &mut contact.referrer {
        if !referrer.source.is_empty() && referrer.source != *source {
            problems.push(problem("contact.referrer.source", "is not the batch's (R14)"));
        }
        referrer.source.clone_from(source);
    }
    if !problems.is_empty() {
        return Err(problems);
    }
    contact.request_id = request_id.to_string();
    contact.set_channel(Channel::System);
    Ok(contact)
}

/// The next part of a batch; `None` at its end.
async fn next_part(parts: &mut Parts<SubmitNoticesRequest>) -> Result<Option<Part>, Status> {
    match parts.next().await? {
        None => Ok(None),
        Some(SubmitNoticesRequest { part: Some(part) }) => Ok(Some(part)),
        Some(SubmitNoticesRequest { part: None }) => Err(out_of_order()),
    }
}

fn request_id(batch: Uuid, number: i32) -> Uuid {
    let hash = Sha256::new().chain_update(batch).chain_update(number.to_be_bytes()).finalize();
    let mut bytes = [0; 16];
    bytes.copy_from_slice(&hash[..16]);
    Builder::from_custom_bytes(bytes).into_uuid()
}

/// A field of a notice that is wrong; `why` names no value.
pub fn problem(field: &str, why: &str) -> NoticeProblem {
    NoticeProblem { field: field.to_owned(), description: why.to_owned() }
}

/// The fields that the contact was refused for.
fn problems_of(refused: &Status) -> Vec<NoticeProblem> {
    let named = violations(refused).into_iter();
    named.map(|one| problem(&format!("contact.{}", one.field), &one.description)).collect()
}

fn out_of_order() -> Status {
    let text = "a batch is one header, and then notices";
    refusal(Code::InvalidArgument, "BATCH_OUT_OF_ORDER", text, &[("rule", "R14".to_owned())])
}

fn too_many() -> Status {
    refusal(
        Code::ResourceExhausted,
        "BATCH_TOO_LARGE",
        "the batch has more notices than one may have; those answered are safe",
        &[("most", MOST_NOTICES.to_string())],
    )
}
