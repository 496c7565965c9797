//! A refusal in danger tells what to do at once, in spite of it (R5, R10).

use runtime::refusal::DOMAIN;
use tonic::Status;
use tonic_types::{ErrorDetails, StatusExt};

use crate::domain::advice::Advice;

/// The reason of a refusal that had none but its fields.
const REASON: &str = "CONTACT_REFUSED";

/// The same refusal, with what to tell the caller among the facts of its `ErrorInfo`:
/// `advice`, a line for each thing to do, and `edt_telephone` while the hub is closed.
pub fn advised(refused: Status, advice: &Advice) -> Status {
    if advice.lines.is_empty() {
        return refused;
    }
    let mut details: ErrorDetails = refused.get_error_details();
    let (reason, mut facts) = match details.error_info() {
        Some(info) => (info.reason.clone(), info.metadata.clone()),
        None => (REASON.to_owned(), Default::default()),
    };
    facts.insert("advice".to_owned(), advice.lines.join("\n"));
    if !advice.edt_telephone.is_empty() {
        facts.insert("edt_telephone".to_owned(), advice.edt_telephone.clone());
    }
    details.set_error_info(reason, DOMAIN, facts);
    Status::with_error_details(refused.code(), refused.message(), details)
}
