//! The gRPC edge of intake, a file or folder for each of its services. An RPC goes through
//! `service::edge`: it reads a request, does one command or one look, and answers. Streams, and
//! a call in danger, whose command is kept as a contact's (R53), use the parts of it.

mod advised;
mod answer;
mod code_lists;
mod consents;
mod consultation;
mod contacts;
mod hand_overs;
mod information_request;
mod notices;
mod page;
mod parse;
mod parts;
mod receipt;
mod register;
pub mod register_import;
mod remit;
mod seals;
mod subjects;
mod widths;

use std::{fmt::Display, sync::Arc};

use messaging::{EventLog, store_failure};
use prometheus::IntCounterVec;
use proto::intake::v1::ListCodesResponse;
use runtime::{
    fields::Fields,
    refusal::{not_found, refusal, stale_revision},
};
use tonic::{Code, Status};

use crate::{
    commands::{AmendError, ContactError, submit_contact::SubmitError},
    domain::{amendment::NotTakenOff, referrer::CannotCorrect},
    protocol::Rules,
};

/// Intake's API: what each of its gRPC services works with.
#[derive(Clone)]
pub struct Api {
    log: EventLog,
    rules: Arc<Rules>,
    code_lists: Arc<ListCodesResponse>,
    refused_notices: IntCounterVec,
}

impl Api {
    /// The API over a log, under a protocol, with the counter of notices that are refused.
    pub fn new(log: EventLog, rules: Arc<Rules>, refused_notices: IntCounterVec) -> Self {
        let code_lists = Arc::new(code_lists::all(&rules));
        Self { log, rules, code_lists, refused_notices }
    }
}

/// What takes something from a child is a manager's, and while the hub is closed EDT's duty
/// manager's too (R31); `does` is what they do with it.
fn a_managers(reason: &str, (rule, does): (&str, &str), why: &dyn Display) -> Status {
    let ways = format!("a MASH Manager {does} it; while the hub is closed EDT's duty manager");
    let facts = [("rule", rule.to_owned()), ("ways_forward", ways)];
    refusal(Code::PermissionDenied, reason, &why.to_string(), &facts)
}

/// A child stays on a contact (R20).
fn not_taken_off(why: &NotTakenOff) -> Status {
    let (code, reason, ways) = match why {
        NotTakenOff::NoManager => (
            Code::PermissionDenied,
            "TAKING_OFF_IS_A_MANAGERS",
            "a MASH Manager takes the child off; while the hub is closed EDT's duty manager",
        ),
        NotTakenOff::LastChild => (
            Code::FailedPrecondition,
            "LAST_CHILD",
            "correct the child, or add the one whom the contact is about first",
        ),
    };
    let facts = [
        ("rule", "R20".to_owned()),
        ("field", "correction.taken_off_child".to_owned()),
        ("ways_forward", ways.to_owned()),
    ];
    refusal(code, reason, &why.to_string(), &facts)
}

impl From<SubmitError> for Status {
    fn from(error: SubmitError) -> Self {
        match &error {
            SubmitError::UnknownSubject(place) => {
                let field = format!("subjects[{place}].subject_id");
                let facts = [("rule", "R5".to_owned()), ("field", field)];
                refusal(Code::NotFound, "NOT_FOUND", &error.to_string(), &facts)
            }
            SubmitError::Append(cause) => cause.into(),
            SubmitError::Store(cause) => store_failure(cause),
        }
    }
}

impl From<&ContactError> for Status {
    fn from(error: &ContactError) -> Self {
        match error {
            ContactError::NoSuchContact => not_found("contact"),
            ContactError::StaleRevision(current) => stale_revision(*current),
            ContactError::Store(cause) => store_failure(cause),
        }
    }
}

/// A field names somebody who is not on the contact; whether they are anywhere is not told.
fn not_on_contact(field: &str, rule: &str) -> Status {
    let why = format!("{field} names nobody on this contact");
    let facts = [("rule", rule.to_owned()), ("field", field.to_owned())];
    refusal(Code::NotFound, "NOT_FOUND", &why, &facts)
}

impl From<AmendError> for Status {
    fn from(error: AmendError) -> Self {
        match &error {
            AmendError::Contact(cause) => cause.into(),
            AmendError::NotOnContact { field, rule } => not_on_contact(field, rule),
            AmendError::NoSuchSubject => not_found("place, group or online space"),
            AmendError::SubjectLinked => {
                let mut fields = Fields::new();
                fields.violation("correction.link_subject.subject_id", "R5", &error.to_string());
                fields.refuse()
            }
            AmendError::TooManySubjects => {
                let facts =
                    [("rule", "R5".to_owned()), ("field", "correction.link_subject".to_owned())];
                refusal(Code::FailedPrecondition, "TOO_MANY_SUBJECTS", &error.to_string(), &facts)
            }
            AmendError::NotTakenOff(why) => not_taken_off(why),
            AmendError::Register(cause) => cause.into(),
            AmendError::Ending(cause) => cause.into(),
            AmendError::ReceivedAfterRecorded(why) => {
                let mut fields = Fields::new();
                fields.violation("correction.received_at", "R13", &why.to_string());
                fields.refuse()
            }
            AmendError::Referrer(why) => match why {
                CannotCorrect::OtherChild => not_on_contact("correction.referrer.child_id", "R2"),
                CannotCorrect::OtherAdult => not_on_contact("correction.referrer.adult_id", "R2"),
                CannotCorrect::Unnamed => {
                    let mut fields = Fields::new();
                    fields.violation("correction.referrer.name", "R2", &why.to_string());
                    fields.refuse()
                }
            },
            AmendError::TooManyPeople(field) => {
                let facts = [("rule", "R4".to_owned()), ("field", (*field).to_owned())];
                refusal(Code::FailedPrecondition, "TOO_MANY_PEOPLE", &error.to_string(), &facts)
            }
            AmendError::Append(cause) => cause.into(),
            AmendError::Store(cause) => store_failure(cause),
        }
    }
}
