//! What leaves the hub with a check, and on which basis (R38, R44).

use access::Personal;
use uuid::Uuid;

use super::check::CheckedChild;

/// What allows a disclosure (R38); intake decides it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "partner_checks.basis", rename_all = "snake_case")]
pub enum Basis {
    /// Consent of the family.
    Consent,
    /// A manager's override.
    Override,
    /// Necessary and proportionate in the public interest.
    PublicInterest,
    /// Reasonable cause to suspect significant harm.
    #[sqlx(rename = "section_47")]
    Section47,
    /// An order of a court.
    CourtOrder,
}

/// A basis on record at intake that was ended (R38).
pub struct EndedBasis {
    /// Its id.
    pub id: Uuid,
    /// Which.
    pub kind: Basis,
    /// The children whom it covered; `None` where it was not said.
    pub children: Option<Vec<Uuid>>,
}

/// The identity to be disclosed and what allows it, as intake answered.
pub struct Identity {
    /// The contact's revision at which it was read.
    pub contact_revision: i64,
    /// The contact's short reference.
    pub reference: String,
    /// The children.
    pub children: Vec<CheckedChild>,
    /// What allows it.
    pub basis: Basis,
}

/// One disclosure, to one agency (R44).
pub struct Disclosure {
    /// Its id.
    pub id: Uuid,
    /// The check that it is made with.
    pub check: Uuid,
    /// The contact.
    pub contact: Uuid,
    /// Code of the agency.
    pub agency: String,
    /// The children it is about.
    pub child_ids: Vec<Uuid>,
    /// Names of the fields disclosed.
    pub fields: Vec<String>,
    /// For what purpose.
    pub purpose: Personal<String>,
    /// On what basis.
    pub basis: Basis,
    /// The contact's revision at which identity and basis were read.
    pub contact_revision: i64,
    /// Which effects on the child and others were weighed.
    pub effects_weighed: Personal<String>,
    /// Why it was sent although the agreement had lapsed (R37).
    pub lapsed_agreement_reason: Option<Personal<String>>,
    /// Who decided, an opaque id.
    pub decided_by: String,
    /// When.
    pub decided_at: jiff::Timestamp,
}

/// Names of what a check discloses (R44): what every check says, and what is known of
/// at least one child. The date of one that is not born yet is the expected one (R4).
pub fn fields(children: &[CheckedChild]) -> Vec<String> {
    let any = |known: fn(&CheckedChild) -> bool| children.iter().any(known);
    let fields = [
        ("reference", true),
        ("purpose", true),
        ("context", true),
        ("name", any(|child| !child.name.open().is_empty())),
        ("birth_date", any(|child| child.birth_date.is_some() && !child.unborn)),
        ("expected_date", any(|child| child.birth_date.is_some() && child.unborn)),
        ("address", any(|child| !child.address.open().is_empty())),
        ("school", any(|child| !child.school.open().is_empty())),
        ("nhs_number", any(|child| !child.nhs_number.open().is_empty())),
    ];
    fields
        .into_iter()
        .filter(|(_, disclosed)| *disclosed)
        .map(|(name, _)| name.to_owned())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r44_only_fields_that_hold_something_are_disclosed() {
        let child = |name: &str, school: &str| CheckedChild {
            id: Uuid::from_u128(1),
            name: Personal::new(name.to_owned()),
            birth_date: None,
            address: Personal::new(String::new()),
            school: Personal::new(school.to_owned()),
            nhs_number: Personal::new(String::new()),
            unborn: false,
        };
        let children = [child("Ada", ""), child("", "Example Primary")];
        assert_eq!(fields(&children), ["reference", "purpose", "context", "name", "school"]);
    }
}
