//! What allows information to be shared, how that ends, and which identity is to be disclosed on
//! it.

use access::Personal;
use proto::intake::v1::{self as pb, record_basis_request};
use runtime::fields::{Fields, optional, unless_empty};
use service::edge::Asked;
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{parse::reason, widths},
    domain::{
        basis::{BasisKind, NewBasis},
        contact::OverrideGrounds,
    },
};

/// Reads a basis to record: contact and revision, basis.
pub fn basis(request: pb::RecordBasisRequest) -> Asked<((Uuid, i64), NewBasis)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.target("contact_id", "R38", (&request.contact_id, request.revision));
    let children = fields.ids("child_ids", "R38", &request.child_ids);
    let grounds = basis_words(&mut fields, request.basis);
    let evidence = fields.text("evidence", "R7", request.evidence, 0..=widths::NAME);
    let whole = || {
        let (kind, reasons, further) = grounds?;
        let evidence = Personal::new(evidence?);
        let basis = NewBasis { kind, child_ids: children?, reasons, further, evidence };
        Some((request_id?, (contact?, basis)))
    };
    fields.whole(whole())
}

/// A basis that is to end, and why.
type Ending = (Uuid, Personal<String>);

/// Reads which basis ends: contact and revision, basis, and why.
pub fn basis_ending(request: pb::EndBasisRequest) -> Asked<((Uuid, i64), Ending)> {
    let mut fields = Fields::new();
    let request_id = fields.request_id(&request.request_id);
    let contact = fields.target("contact_id", "R38", (&request.contact_id, request.revision));
    let basis = fields.id("basis_id", "R38", &request.basis_id);
    let why = reason(&mut fields, "reason", "R31", request.reason);
    fields.whole(request_id.zip(contact.zip(basis.zip(why))))
}

type BasisWords = (BasisKind, Personal<String>, Option<Personal<String>>);

/// What each kind of basis demands. An override demands both its grounds (R7).
fn basis_words(
    fields: &mut Fields,
    basis: Option<record_basis_request::Basis>,
) -> Option<BasisWords> {
    use record_basis_request::Basis;
    let length = 1..=widths::REASON;
    match fields.check("basis", "R38", "is missing", basis)? {
        Basis::Override(grounds) => {
            let grounds = grounds_of(fields, "override", grounds)?;
            Some((BasisKind::Override, grounds.urgent_concerns, Some(grounds.risk_of_telling)))
        }
        Basis::PublicInterest(interest) => {
            let reasons =
                fields.text("public_interest.reasons", "R38", interest.reasons, length.clone());
            let position = fields.text(
                "public_interest.consent_position",
                "R38",
                interest.consent_position,
                length,
            );
            Some((
                BasisKind::PublicInterest,
                Personal::new(reasons?),
                Some(Personal::new(position?)),
            ))
        }
        Basis::Section47(cause) => {
            let reasons = fields.text("section_47.reasons", "R38", cause.reasons, length)?;
            Some((BasisKind::Section47, Personal::new(reasons), None))
        }
        Basis::CourtOrder(order) => {
            let order = fields.text("court_order.order", "R38", order.order, 1..=widths::NAME)?;
            Some((BasisKind::CourtOrder, Personal::new(order), None))
        }
    }
}

/// Which identity is to be disclosed, to whom, on what.
pub struct Identity {
    /// The contact.
    pub contact: Uuid,
    /// The children.
    pub children: Vec<Uuid>,
    /// Codes of the agencies.
    pub agencies: Vec<String>,
    /// A basis on record; `None` to rest on consent.
    pub basis: Option<Uuid>,
}

/// Reads a question for an identity to disclose.
pub fn disclosure(request: pb::GetDisclosureRequest) -> Result<Identity, Status> {
    let mut fields = Fields::new();
    let contact = fields.id("contact_id", "R38", &request.contact_id);
    let children = fields.ids("child_ids", "R38", &request.child_ids);
    fields.holds("child_ids", "R38", "is empty", !request.child_ids.is_empty());
    fields.holds("agencies", "R38", "is empty", !request.agencies.is_empty());
    let named = unless_empty(request.basis_id);
    let basis = optional(named, |named| fields.id("basis_id", "R38", &named));
    let whole = || {
        Some(Identity {
            contact: contact?,
            children: children?,
            agencies: request.agencies,
            basis: basis?,
        })
    };
    fields.whole(whole())
}

/// Both grounds of an override must hold; one alone is refused, and the refusal
/// says which is missing (R7).
pub fn grounds_of(
    fields: &mut Fields,
    path: &str,
    grounds: pb::OverrideGrounds,
) -> Option<OverrideGrounds> {
    let length = 1..=widths::REASON;
    let urgent = fields.text(
        &format!("{path}.urgent_concerns"),
        "R7",
        grounds.urgent_concerns,
        length.clone(),
    );
    let risk =
        fields.text(&format!("{path}.risk_of_telling"), "R7", grounds.risk_of_telling, length);
    Some(OverrideGrounds {
        urgent_concerns: Personal::new(urgent?),
        risk_of_telling: Personal::new(risk?),
    })
}
