//! What allows information to be shared (R38), and the override of missing consent
//! (R7). RAG or concern alone is no basis.

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::consent::{Consent, ConsentGap, allows_sharing, gaps_to_share};

/// What a manager records as the basis.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.basis_kind", rename_all = "snake_case")]
pub enum BasisKind {
    /// Support without consent, on both grounds (R7).
    Override,
    /// Necessary and proportionate in the public interest.
    PublicInterest,
    /// Reasonable cause to suspect significant harm.
    #[sqlx(rename = "section_47")]
    Section47,
    /// An order of a court.
    CourtOrder,
}

/// A basis that a manager records.
pub struct NewBasis {
    /// Which.
    pub kind: BasisKind,
    /// The children it covers; empty for every child.
    pub child_ids: Vec<Uuid>,
    /// The reasons; for an override the urgent concerns.
    pub reasons: Personal<String>,
    /// What some kinds demand besides: the risk of telling the family, or whether
    /// consent was refused or why it was not sought.
    pub further: Option<Personal<String>>,
}

/// A basis on record.
pub struct Basis {
    /// Its id.
    pub id: Uuid,
    /// Which.
    pub kind: BasisKind,
    /// The children it covers.
    pub child_ids: Vec<Uuid>,
    /// The reasons.
    pub reasons: Personal<String>,
    /// What some kinds demand besides.
    pub further: Option<Personal<String>>,
    /// When it was recorded.
    pub recorded_at: Timestamp,
    /// Of an override: when it is to be looked at again (R7).
    pub next_review_due: Option<Timestamp>,
    /// Of an override: when the family was told (R7).
    pub family_told_at: Option<Timestamp>,
}

/// What a disclosure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharingBasis {
    /// Consent of the family.
    Consent,
    /// What a manager recorded.
    Recorded(BasisKind),
}

/// A disclosure that nothing allows.
#[derive(Clone, Debug, Error, PartialEq, Eq)]
pub enum BasisRefusal {
    /// No basis was named, and there is no consent for each child and agency; what the
    /// agreements lack that are claimed (R6).
    #[error(
        "there is no consent to share this with each agency named, and no other basis was named"
    )]
    Required(Vec<ConsentGap>),
    /// The basis named is not on this contact.
    #[error("there is no such basis on this contact")]
    Unknown,
    /// The basis named does not cover each child asked about.
    #[error("the basis does not cover each child asked about")]
    OtherChildren,
}

/// What a disclosure of `children` to `agencies` rests on (R38): the basis named,
/// or else consent for each child and agency (R6).
///
/// # Errors
/// Where nothing allows it.
pub fn basis_to_share(
    named: Option<Uuid>,
    bases: &[Basis],
    consents: &[Consent<Uuid>],
    children: &[Uuid],
    agencies: &[String],
) -> Result<SharingBasis, BasisRefusal> {
    let Some(named) = named else {
        if allows_sharing(consents, children, agencies) {
            return Ok(SharingBasis::Consent);
        }
        return Err(BasisRefusal::Required(gaps_to_share(consents, children, agencies)));
    };
    let basis = bases.iter().find(|basis| basis.id == named).ok_or(BasisRefusal::Unknown)?;
    if !children.iter().all(|child| basis.child_ids.contains(child)) {
        return Err(BasisRefusal::OtherChildren);
    }
    Ok(SharingBasis::Recorded(basis.kind))
}

#[cfg(test)]
mod tests {
    use super::*;

    const CHILD: Uuid = Uuid::from_u128(1);
    const OTHER: Uuid = Uuid::from_u128(2);
    const BASIS: Uuid = Uuid::from_u128(3);

    fn section_47() -> Basis {
        Basis {
            id: BASIS,
            kind: BasisKind::Section47,
            child_ids: vec![CHILD],
            reasons: Personal::new("bruises".to_owned()),
            further: None,
            recorded_at: Timestamp::UNIX_EPOCH,
            next_review_due: None,
            family_told_at: None,
        }
    }

    fn basis(named: Option<Uuid>, children: &[Uuid]) -> Result<SharingBasis, BasisRefusal> {
        basis_to_share(named, &[section_47()], &[], children, &["police".to_owned()])
    }

    #[test]
    fn r38_without_consent_and_basis_nothing_is_shared() {
        assert_eq!(basis(None, &[CHILD]), Err(BasisRefusal::Required(Vec::new())));
    }

    #[test]
    fn r38_a_recorded_basis_allows_its_children_only() {
        let recorded = SharingBasis::Recorded(BasisKind::Section47);
        assert_eq!(basis(Some(BASIS), &[CHILD]), Ok(recorded));
        assert_eq!(basis(Some(BASIS), &[CHILD, OTHER]), Err(BasisRefusal::OtherChildren));
        assert_eq!(basis(Some(OTHER), &[CHILD]), Err(BasisRefusal::Unknown));
    }
}
