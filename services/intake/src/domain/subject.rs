//! Places, peer groups and online spaces (R5): subjects of their own, which several
//! contacts can share.

use access::Personal;
use uuid::Uuid;

/// The most subjects of one contact.
pub const MOST_SUBJECTS: usize = 50;

/// Which kind.
#[derive(Clone, Copy, Debug, PartialEq, Eq, sqlx::Type)]
#[sqlx(type_name = "intake.subject_kind", rename_all = "snake_case")]
pub enum SubjectKind {
    /// A park, a street, a shop, a school gate.
    Place,
    /// A group of young people.
    PeerGroup,
    /// A chat, a game, a site.
    OnlineSpace,
}

/// A place, peer group or online space.
pub struct Subject {
    /// Which kind.
    pub kind: SubjectKind,
    /// Name by which it is known.
    pub name: Personal<String>,
    /// What it is.
    pub description: Personal<String>,
    /// Address of a place, or of an online space.
    pub address: Personal<String>,
}

/// A subject that a contact names.
pub enum Named {
    /// One on record.
    Known(Uuid),
    /// One that no contact was about so far.
    New(Subject),
}

impl Named {
    /// The id of one on record.
    pub fn known(&self) -> Option<Uuid> {
        match self {
            Self::Known(id) => Some(*id),
            Self::New(_) => None,
        }
    }
}

/// A subject on a contact that comes in.
pub struct ContactSubject {
    /// Which.
    pub subject: Named,
    /// The children whom it concerns, by their place.
    pub children: Vec<usize>,
}

/// A subject of a contact, with the contact's children whom it concerns.
pub struct Linked {
    /// Its id.
    pub id: Uuid,
    /// As it is on record.
    pub subject: Subject,
    /// The children.
    pub child_ids: Vec<Uuid>,
}
