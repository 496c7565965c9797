//! What is to be opened, and why (R2, R4).

use access::Personal;
use proto::intake::v1 as pb;
use runtime::fields::Fields;
use tonic::Status;
use uuid::Uuid;

use super::reason;

/// Reads whose identity is to be opened, and why (R2).
pub fn sealed_referrer(
    request: pb::OpenSealedReferrerRequest,
) -> Result<(Uuid, Personal<String>), Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R2", &request.contact_id);
    let reason = reason(&mut fields, "reason", "R2", request.reason);
    fields.whole(contact.zip(reason))
}

/// Reads which child's fields are to be opened, and why (R4).
pub fn sealed_fields(
    request: pb::OpenSealedFieldsRequest,
) -> Result<((Uuid, Uuid), Personal<String>), Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R4", &request.contact_id);
    let child = fields.id("child_id", "R4", &request.child_id);
    let reason = reason(&mut fields, "reason", "R4", request.reason);
    let whole = || Some(((contact?, child?), reason?));
    fields.whole(whole())
}
