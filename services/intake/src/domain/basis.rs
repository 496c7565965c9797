//! What allows information to be shared (R38), the override of missing consent (R7), and how
//! either ends. RAG or concern alone is no basis.

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;
use uuid::Uuid;

use super::consent::{Consent, ConsentGap, allows_sharing, gaps_to_share};

/// What is recorded as the basis, by a manager or by EDT (R38).
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

/// A basis that somebody records.
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
    /// On whose evidence; empty where it is the manager's own.
    pub evidence: Personal<String>,
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
    /// Who recorded it: an opaque id.
    pub recorded_by: String,
    /// On whose evidence; empty where it is the manager's own.
    pub evidence: Personal<String>,
    /// Of an override: the looks at it, the one that is due last (R7).
    pub reviews: Vec<Review>,
    /// How it was ended; `None` while it stands.
    pub ending: Option<BasisEnding>,
}

/// A basis was a mistake, or did not hold any more (R7, R31, R38).
pub struct BasisEnding {
    /// When it was ended.
    pub at: Timestamp,
    /// Who ended it: an opaque id.
    pub by: String,
    /// Why.
    pub reason: Personal<String>,
}

/// A look at an override, done or due (R7).
pub struct Review {
    /// When it is due.
    pub due_at: Timestamp,
    /// When it was done, by whom, and what was found.
    pub done: Option<(Timestamp, String, Finding)>,
}

/// An override that is to be looked at again (R7), for whoever may do so.
pub struct DueReview {
    /// The contact.
    pub contact: Uuid,
    /// The contact's revision.
    pub revision: i64,
    /// The override.
    pub basis: Uuid,
    /// The children whom it covers.
    pub child_ids: Vec<Uuid>,
    /// When it was adopted.
    pub adopted_at: Timestamp,
    /// Which look it is, the first 1.
    pub number: i32,
    /// When it is due.
    pub due_at: Timestamp,
}

/// What was found at a look.
#[derive(Clone)]
pub enum Finding {
    /// The family was told at this instant.
    FamilyTold(Timestamp),
    /// Why the family is still not told.
    Renewed(Personal<String>),
}

impl Basis {
    /// When it is to be looked at again.
    pub fn next_review_due(&self) -> Option<Timestamp> {
        self.reviews.iter().find(|review| review.done.is_none()).map(|review| review.due_at)
    }

    /// When the family was told.
    pub fn family_told_at(&self) -> Option<Timestamp> {
        let told = self.reviews.iter().filter_map(|review| match &review.done {
            Some((_, _, Finding::FamilyTold(at))) => Some(*at),
            Some((_, _, Finding::Renewed(_))) | None => None,
        });
        told.max()
    }

    /// Whether it is an override that still stands and covers nobody of these, who are on its
    /// contact: there is nobody to tell, and no look at it to do (R7, R20). Any other basis of
    /// nobody stands until a manager ends it: Section 47 may have been meant for whoever is put on
    /// the contact in their stead, and what is urgent is not made less so by machine (R18).
    pub fn is_override_of_nobody(&self, on_contact: &[Uuid]) -> bool {
        let covers = self.child_ids.iter().any(|child| on_contact.contains(child));
        self.kind == BasisKind::Override && !self.is_ended() && !covers
    }

    /// Whether it was ended: then it allows nothing (R7, R38).
    pub fn is_ended(&self) -> bool {
        self.ending.is_some()
    }
}

/// As what somebody adopts an override.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Adopter {
    /// A manager of the hub, or who stands in for one.
    HubManager,
    /// The duty manager of the Emergency Duty Team.
    EdtManager,
    /// Somebody else.
    Other,
}

/// An override that is not for them to adopt.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum NotAdopted {
    /// Neither a manager of the hub nor the duty manager of the team.
    #[error("an override is for a manager to adopt")]
    NoManager,
    /// The team's duty manager, while the hub is open.
    #[error("while the hub is open an override is for its own manager to adopt")]
    HubIsOpen,
}

/// Whether somebody may adopt an override, and look at one again (R7): the MASH Manager;
/// while the hub is closed the duty manager of the Emergency Duty Team too.
///
/// # Errors
/// Why not.
pub fn may_adopt(adopter: Adopter, hub_is_open: bool) -> Result<(), NotAdopted> {
    match adopter {
        Adopter::HubManager => Ok(()),
        Adopter::EdtManager if hub_is_open => Err(NotAdopted::HubIsOpen),
        Adopter::EdtManager => Ok(()),
        Adopter::Other => Err(NotAdopted::NoManager),
    }
}

/// A basis that is not for them to end.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
#[error("a basis is ended by a MASH Manager")]
pub struct NotTheirsToEnd;

/// Whether somebody may end a basis (R7, R31, R38): whoever may adopt an override, like every
/// decision that takes something from a child. Plain EDT, which records most bases, ends none.
/// What an ending leaves as it is, for a person to look at, is what was decided on the basis, the
/// page that was raised and the clock that runs since (R18), and what was handed over: none of
/// them ends by machine. What comes later goes without it.
///
/// # Errors
/// It is not theirs to end.
pub fn may_end(by: Adopter, hub_is_open: bool) -> Result<(), NotTheirsToEnd> {
    may_adopt(by, hub_is_open).map_err(|_| NotTheirsToEnd)
}

/// What a disclosure rests on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SharingBasis {
    /// Consent of the family.
    Consent,
    /// What somebody recorded.
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
    /// The basis named was ended (R7, R38).
    #[error("the basis was ended: nothing rests on it any more")]
    Ended,
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
    if basis.is_ended() {
        return Err(BasisRefusal::Ended);
    }
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
            recorded_by: "person/1".to_owned(),
            evidence: Personal::new(String::new()),
            reviews: Vec::new(),
            ending: None,
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

    #[test]
    fn r7_r38_a_basis_that_was_ended_allows_nothing_of_whatever_kind_it_is() {
        let agencies = ["police".to_owned()];
        let kinds = [
            BasisKind::Override,
            BasisKind::PublicInterest,
            BasisKind::Section47,
            BasisKind::CourtOrder,
        ];
        for kind in kinds {
            let mut bases = [Basis { kind, ..section_47() }];
            assert!(basis_to_share(Some(BASIS), &bases, &[], &[CHILD], &agencies).is_ok());
            bases[0].ending = Some(BasisEnding {
                at: Timestamp::UNIX_EPOCH,
                by: "person/2".to_owned(),
                reason: Personal::new("It was another child.".to_owned()),
            });
            let ended = basis_to_share(Some(BASIS), &bases, &[], &[CHILD], &agencies);
            assert_eq!(ended, Err(BasisRefusal::Ended));
        }
    }

    #[test]
    fn r7_while_the_hub_is_closed_the_duty_manager_of_edt_adopts_and_nobody_else_of_it() {
        for open in [true, false] {
            assert_eq!(may_adopt(Adopter::HubManager, open), Ok(()));
            assert_eq!(may_adopt(Adopter::Other, open), Err(NotAdopted::NoManager));
        }
        assert_eq!(may_adopt(Adopter::EdtManager, true), Err(NotAdopted::HubIsOpen));
        assert_eq!(may_adopt(Adopter::EdtManager, false), Ok(()));
    }
}
