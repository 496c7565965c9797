//! What a refusal tells its caller.

use runtime::refusal::violations;
use tonic::{Code, Status};
use tonic_types::StatusExt;

/// Its stable reason; empty where it has none.
pub fn reason_of(refused: &Status) -> String {
    refused.get_details_error_info().map(|info| info.reason).unwrap_or_default()
}

/// One of its facts; empty where it does not tell it.
pub fn fact_of(refused: &Status, name: &str) -> String {
    let facts = refused.get_details_error_info().map(|info| info.metadata).unwrap_or_default();
    facts.get(name).cloned().unwrap_or_default()
}

/// The bad fields that a refusal of bad input names, in their order.
#[track_caller]
pub fn fields_of(refused: &Status) -> Vec<String> {
    assert_eq!(refused.code(), Code::InvalidArgument, "{refused:?}");
    violations(refused).into_iter().map(|bad| bad.field).collect()
}
