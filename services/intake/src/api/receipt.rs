//! A receipt of what was passed on, as it is told, shown and refused.

use access::Personal;
use jiff::Timestamp;
use proto::convert::to_timestamp;
use runtime::{fields::Fields, refusal::refusal};
use tonic::{Code, Status};

use super::widths;
use crate::domain::receipt::{BeforePassing, Receipt};

/// Reads a receipt that is told at `now` from the field with its instant, which has this
/// name, and from `received_by`.
pub fn told(
    fields: &mut Fields,
    rule: &str,
    (field, at): (&str, Option<&prost_types::Timestamp>),
    by: String,
    now: Timestamp,
) -> Option<Receipt> {
    let at = fields.past(field, rule, at, now);
    let by = fields.text("received_by", rule, by, 1..=widths::NAME);
    Some(Receipt { at: at?, by: Personal::new(by?) })
}

/// Since when whoever has it has it, and who they are; nothing while there is no receipt.
pub fn shown(receipt: Option<Receipt>) -> (Option<prost_types::Timestamp>, String) {
    match receipt {
        Some(Receipt { at, by }) => (Some(to_timestamp(at)), by.into_open()),
        None => (None, String::new()),
    }
}

/// Refuses a receipt whose instant, in the field with this name, cannot be (R13).
pub fn refused(error: BeforePassing, field: &str) -> Status {
    let facts = [("rule", "R13".to_owned()), ("field", field.to_owned())];
    refusal(Code::FailedPrecondition, "RECEIPT_BEFORE_PASSING", &error.to_string(), &facts)
}
