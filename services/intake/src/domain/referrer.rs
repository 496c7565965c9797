//! Who raises a contact, and what is told of them (R2, R28).

use access::Personal;
use thiserror::Error;

use super::codes::{ANONYMOUS, UNKNOWN, is_public};

/// Who raises a contact (R2).
pub struct Referrer {
    /// National referral-source code.
    pub source: String,
    /// Name; empty where not given.
    pub name: Personal<String>,
    /// Organisation; empty for the public.
    pub organisation: Personal<String>,
    /// Role or job; empty where not given.
    pub role: Personal<String>,
    /// Where to be told of the outcome; empty where not given.
    pub contact_details: Personal<String>,
    /// Gave no name, or wants none known.
    pub anonymous: bool,
    /// Their identity is protected.
    pub protected: bool,
    /// Who on the contact is the same human, by place.
    pub person: Option<PersonPlace>,
}

/// Somebody on a contact, by place.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum PersonPlace {
    /// A child.
    Child(usize),
    /// An adult.
    Adult(usize),
}

impl Referrer {
    /// Whether what they said of themselves is sealed: in no answer, check or event (R2).
    pub fn is_sealed(&self) -> bool {
        self.anonymous || self.protected
    }

    /// The source that answers show and events tell (R2). With one child on a contact, "self"
    /// is a name, and so is "school nurse" in a small school: under seal it is unknown, and
    /// only that somebody gave no name stays what it is.
    pub fn shown_source(&self) -> &str {
        if self.is_sealed() && self.source != ANONYMOUS { UNKNOWN } else { &self.source }
    }

    /// Whether there is no way to tell them of the outcome (R28).
    pub fn is_unreachable(&self) -> bool {
        self.contact_details.open().is_empty()
    }
}

/// What keeps somebody from being recorded as the referrer (R2).
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Fault {
    /// Only the public may be.
    #[error("a professional may not be anonymous")]
    Anonymous,
    /// Only the public may leave it out.
    #[error("is missing: a professional gives a name")]
    NoName,
}

/// What keeps somebody of this source from being recorded as the referrer (R2): a professional
/// is not anonymous and gives a name, the public need not.
pub fn faults(source: &str, anonymous: bool, name: &str) -> Vec<Fault> {
    if is_public(source) {
        return Vec::new();
    }
    let anonymous = anonymous.then_some(Fault::Anonymous);
    let unnamed = name.trim().is_empty().then_some(Fault::NoName);
    anonymous.into_iter().chain(unnamed).collect()
}

/// Whether somebody is anonymous: who is said to be is, whether or not it was ticked (R2).
pub fn is_anonymous(source: &str, ticked: bool) -> bool {
    ticked || source == ANONYMOUS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Personal<String> {
        Personal::new(String::new())
    }

    #[test]
    fn r2_under_seal_a_source_is_unknown_or_anonymous() {
        let mut referrer = Referrer {
            source: "1C".to_owned(),
            name: nothing(),
            organisation: nothing(),
            role: nothing(),
            contact_details: nothing(),
            anonymous: false,
            protected: false,
            person: None,
        };
        assert_eq!(referrer.shown_source(), "1C");
        referrer.protected = true;
        assert_eq!(referrer.shown_source(), "10");
        referrer.source = "9".to_owned();
        assert_eq!(referrer.shown_source(), "9");
    }

    #[test]
    fn r2_a_professional_gives_a_name_and_the_public_need_not() {
        assert_eq!(faults("2A", true, " "), [Fault::Anonymous, Fault::NoName]);
        assert_eq!(faults("2A", false, "Ayşe Yılmaz"), []);
        assert_eq!(faults("1B", true, ""), []);
        assert!(is_anonymous("9", false) && !is_anonymous("1B", false));
    }
}
