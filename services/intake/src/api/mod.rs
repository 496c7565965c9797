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

use std::sync::Arc;

use messaging::{EventLog, store_failure};
use prometheus::IntCounterVec;
use proto::intake::v1::ListCodesResponse;
use runtime::{
    fields::Fields,
    refusal::{not_found, refusal, stale_revision},
};
use tonic::{Code, Status};

use crate::{
    commands::{CommandError, submit_contact::SubmitError},
    domain::{amendment::NotTakenOff, basis::BasisRefusal, referrer::CannotCorrect},
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

impl From<CommandError> for Status {
    fn from(error: CommandError) -> Self {
        match &error {
            CommandError::NoSuchContact => not_found("contact"),
            CommandError::NoSuchChild => not_found("child on this contact"),
            CommandError::NoSuchAdult => not_found("adult on this contact"),
            CommandError::NotOnContact { field, rule } => {
                let facts = [("rule", (*rule).to_owned()), ("field", (*field).to_owned())];
                refusal(Code::NotFound, "NOT_FOUND", &error.to_string(), &facts)
            }
            CommandError::NoSuchConsent => not_found("consent on this contact that still holds"),
            CommandError::NoReviewDue => {
                not_found("override on this contact that is to be looked at again")
            }
            CommandError::NothingSealed => not_found("seal on this contact"),
            CommandError::NoSuchSubject => not_found("place, group or online space"),
            CommandError::SubjectLinked => {
                let mut fields = Fields::new();
                fields.violation("correction.link_subject.subject_id", "R5", &error.to_string());
                fields.refuse()
            }
            CommandError::TooManySubjects => {
                let facts =
                    [("rule", "R5".to_owned()), ("field", "correction.link_subject".to_owned())];
                refusal(Code::FailedPrecondition, "TOO_MANY_SUBJECTS", &error.to_string(), &facts)
            }
            CommandError::NotTakenOff(why) => not_taken_off(why),
            CommandError::Register(cause) => cause.into(),
            CommandError::ReceivedAfterRecorded(why) => {
                let mut fields = Fields::new();
                fields.violation("correction.received_at", "R13", &why.to_string());
                fields.refuse()
            }
            CommandError::Referrer(why) => match why {
                CannotCorrect::OtherChild => not_found("child on this contact"),
                CannotCorrect::OtherAdult => not_found("adult on this contact"),
                CannotCorrect::Unnamed => {
                    let mut fields = Fields::new();
                    fields.violation("correction.referrer.name", "R2", &why.to_string());
                    fields.refuse()
                }
            },
            CommandError::WithdrawnBeforeAsked(why) => {
                let mut fields = Fields::new();
                fields.violation("withdrawn_at", "R6", &why.to_string());
                fields.refuse()
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
            CommandError::Append(cause) => cause.into(),
            CommandError::Store(cause) => store_failure(cause),
        }
    }
}
