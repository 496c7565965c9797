//! Which contacts are a child's own, or may be: they are shown to no parent without a manager's
//! decision (R2).

use uuid::Uuid;

use super::codes::SELF;

/// Who raised a contact, as it was ever said, and who is on it.
pub struct Raised {
    /// The contact.
    pub contact: Uuid,
    /// The referrer is under seal: nobody can say who they are.
    pub is_sealed: bool,
    /// Who they are said to be now.
    pub now: Who,
    /// What was said of that before corrections, the latest last.
    pub before: Vec<Before>,
    /// The children who are on the contact, in their order.
    pub children: Vec<Uuid>,
    /// The adults who are on it.
    pub adults: Vec<Uuid>,
}

/// Who a referrer is said to be.
pub struct Who {
    /// National referral-source code.
    pub source: String,
    /// Who of the contact is the same human, on it now or taken off since.
    pub person: Option<Uuid>,
}

/// What was said before a correction; `None` for what it was not about.
pub struct Before {
    /// National referral-source code.
    pub source: Option<String>,
    /// Who of the contact was the same human; nobody too can be said.
    pub person: Option<Option<Uuid>>,
}

impl Raised {
    /// The children on it whose own contact it is, in their order: shown to no parent without a
    /// manager's decision (R2). Somebody raised it about themselves and did not say who they are,
    /// or whoever they were was taken off the contact: it may be any child's. What was said once
    /// and corrected counts too: that it was somebody else after all takes nothing from a child
    /// who may have told it. Of a referrer under seal nobody can say.
    pub fn own_contact_of(&self) -> Vec<Uuid> {
        if self.is_sealed {
            return Vec::new();
        }
        let (mut source, mut person) = (self.now.source.as_str(), self.now.person);
        let mut own = self.own_of(source, person);
        for before in self.before.iter().rev() {
            source = before.source.as_deref().unwrap_or(source);
            person = before.person.unwrap_or(person);
            own.extend(self.own_of(source, person));
        }
        self.children.iter().copied().filter(|child| own.contains(child)).collect()
    }

    /// Whether it is, or may be, a child's own contact (R2): under seal too.
    pub fn may_be_own(&self) -> bool {
        self.is_sealed || !self.own_contact_of().is_empty()
    }

    fn own_of(&self, source: &str, person: Option<Uuid>) -> Vec<Uuid> {
        match person {
            Some(adult) if self.adults.contains(&adult) => Vec::new(),
            Some(child) if self.children.contains(&child) => vec![child],
            Some(_taken_off) => self.children.clone(),
            None if source == SELF => self.children.clone(),
            None => Vec::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const AMARA: Uuid = Uuid::from_u128(1);
    const BEN: Uuid = Uuid::from_u128(2);
    const FATHER: Uuid = Uuid::from_u128(3);
    const GONE: Uuid = Uuid::from_u128(4);

    fn raised_by(source: &str, person: Option<Uuid>) -> Raised {
        Raised {
            contact: Uuid::from_u128(9),
            is_sealed: false,
            now: Who { source: source.to_owned(), person },
            before: Vec::new(),
            children: vec![AMARA, BEN],
            adults: vec![FATHER],
        }
    }

    #[test]
    fn r2_a_childs_own_contact_is_marked_and_in_doubt_it_is_any_childs() {
        assert_eq!(raised_by("1C", Some(BEN)).own_contact_of(), [BEN]);
        assert_eq!(raised_by("1D", Some(BEN)).own_contact_of(), [BEN]);
        assert_eq!(raised_by("1C", None).own_contact_of(), [AMARA, BEN]);
        assert!(raised_by("1A", Some(FATHER)).own_contact_of().is_empty());
        assert!(raised_by("2A", None).own_contact_of().is_empty());
        assert_eq!(raised_by("1D", Some(GONE)).own_contact_of(), [AMARA, BEN]);
        let sealed = Raised { is_sealed: true, ..raised_by("10", None) };
        assert!(sealed.may_be_own() && sealed.own_contact_of().is_empty());
    }

    #[test]
    fn r2_no_correction_of_the_referrer_takes_from_a_child_what_may_be_their_own_contact() {
        let before =
            |source: Option<&str>, person| Before { source: source.map(str::to_owned), person };
        let was = |before| Raised { before, ..raised_by("2A", None) }.own_contact_of();
        assert_eq!(was(vec![before(None, Some(Some(AMARA)))]), [AMARA]);
        assert_eq!(was(vec![before(None, Some(Some(GONE)))]), [AMARA, BEN]);
        assert_eq!(was(vec![before(Some("1C"), None)]), [AMARA, BEN]);
        assert_eq!(was(vec![before(Some("1C"), Some(Some(BEN)))]), [BEN]);
        assert!(was(vec![before(Some("1A"), Some(Some(FATHER)))]).is_empty());
        // First of all it was a child who did not say who; then the father was named.
        let twice = vec![before(None, Some(None)), before(Some("1C"), Some(Some(FATHER)))];
        assert_eq!(was(twice), [AMARA, BEN]);
    }
}
