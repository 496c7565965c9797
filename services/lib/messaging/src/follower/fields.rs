//! Reading the fields of an event. The owner has checked them: one that cannot be used is a
//! fault of the event, which is then parked, and its error names the field and no value.

use jiff::Timestamp;
use proto::convert::{from_id, from_timestamp};
use uuid::Uuid;

use super::HandlerError;

/// An id.
///
/// # Errors
/// `Refused` where there is none.
pub fn id(field: &str, text: &str) -> Result<Uuid, HandlerError> {
    from_id(text).ok_or_else(|| unusable(field))
}

/// Ids, in the event's order.
///
/// # Errors
/// `Refused` where one of them is none.
pub fn ids(field: &str, texts: &[String]) -> Result<Vec<Uuid>, HandlerError> {
    texts.iter().map(|text| id(field, text)).collect()
}

/// An instant.
///
/// # Errors
/// `Refused` where there is none.
pub fn instant(
    field: &str,
    at: Option<&prost_types::Timestamp>,
) -> Result<Timestamp, HandlerError> {
    at.and_then(from_timestamp).ok_or_else(|| unusable(field))
}

/// A field is missing, or cannot be used.
pub fn unusable(field: &str) -> HandlerError {
    HandlerError::Refused(format!("the event has no usable {field}"))
}
