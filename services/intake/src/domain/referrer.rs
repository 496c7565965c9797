//! Who raises a contact, and what is told of them (R2, R28).

use std::mem::replace;

use access::Personal;
use thiserror::Error;
use uuid::Uuid;

use super::{
    codes::{ANONYMOUS, UNKNOWN, is_public},
    matching::words,
};

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
    /// Who was taken off it since (R20): who on it is meant is not known any more.
    TakenOff(Uuid),
}

/// Who of a contact a referrer is, by id.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Who {
    /// Nobody of it.
    Nobody,
    /// A child.
    Child(Uuid),
    /// An adult.
    Adult(Uuid),
}

/// What a referrer said of themselves, as far as a correction is about it: as it ought to be, or
/// as it stood before. `None` for what it is not about.
#[derive(Default)]
pub struct Said {
    /// National referral-source code.
    pub source: Option<String>,
    /// Name.
    pub name: Option<Personal<String>>,
    /// Organisation.
    pub organisation: Option<Personal<String>>,
    /// Role or job.
    pub role: Option<Personal<String>>,
    /// Where to be told of the outcome.
    pub contact_details: Option<Personal<String>>,
    /// Who of the contact they are.
    pub person: Option<Who>,
}

impl Said {
    /// Whether the correction is about none of it.
    pub fn is_nothing(&self) -> bool {
        let words = [&self.name, &self.organisation, &self.role, &self.contact_details];
        let no_words = words.into_iter().all(Option::is_none);
        no_words && self.source.is_none() && self.person.is_none()
    }
}

/// What of a referrer is corrected.
pub struct ReferrerCorrection {
    /// What they said of themselves.
    pub said: Said,
    /// They are sealed from now on (R2). Nothing takes that back.
    pub protect: bool,
}

/// Why a referrer cannot be corrected so.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CannotCorrect {
    /// They cannot be a child who is not on the contact.
    #[error("a child named is not on this contact")]
    OtherChild,
    /// They cannot be an adult who is not on the contact.
    #[error("an adult named is not on this contact")]
    OtherAdult,
    /// A professional has a name.
    #[error("is missing: a professional gives a name")]
    Unnamed,
}

impl Referrer {
    /// Puts them as they ought to be, on a contact with these children and adults, and gives what
    /// stood there before (R2). No correction takes a seal off: who was anonymous and is not, since
    /// they turn out to be a professional, is protected from then on.
    pub fn correct(
        &mut self,
        ReferrerCorrection { said: to, protect }: ReferrerCorrection,
        (children, adults): (&[Uuid], &[Uuid]),
    ) -> Result<Said, CannotCorrect> {
        let place = |people: &[Uuid], id| people.iter().position(|person| *person == id);
        let person = match to.person {
            None => self.person,
            Some(Who::Nobody) => None,
            Some(Who::Child(id)) => {
                let place = place(children, id).ok_or(CannotCorrect::OtherChild)?;
                Some(PersonPlace::Child(place))
            }
            Some(Who::Adult(id)) => {
                let place = place(adults, id).ok_or(CannotCorrect::OtherAdult)?;
                Some(PersonPlace::Adult(place))
            }
        };
        let source = to.source.as_ref().unwrap_or(&self.source);
        let name = to.name.as_ref().unwrap_or(&self.name);
        let anonymous = is_anonymous(source, self.anonymous && is_public(source));
        let says_who = to.source.is_some() || to.name.is_some();
        if says_who && !faults(source, anonymous, name.open()).is_empty() {
            return Err(CannotCorrect::Unnamed);
        }
        self.protected |= protect || (self.is_sealed() && !anonymous);
        self.anonymous = anonymous;
        let before = to.person.map(|_| match self.person {
            None => Who::Nobody,
            Some(PersonPlace::Child(place)) => {
                children.get(place).copied().map_or(Who::Nobody, Who::Child)
            }
            Some(PersonPlace::Adult(place)) => {
                adults.get(place).copied().map_or(Who::Nobody, Who::Adult)
            }
            // Nearly always a child; the id says who.
            Some(PersonPlace::TakenOff(id)) => Who::Child(id),
        });
        self.person = person;
        Ok(Said {
            source: put(&mut self.source, to.source),
            name: put(&mut self.name, to.name),
            organisation: put(&mut self.organisation, to.organisation),
            role: put(&mut self.role, to.role),
            contact_details: put(&mut self.contact_details, to.contact_details),
            person: before,
        })
    }

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

/// Puts what is corrected, and gives what stood there.
fn put<T>(held: &mut T, to: Option<T>) -> Option<T> {
    to.map(|to| replace(held, to))
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

/// Whether these words name somebody of this name, so that they go under their seal (R2): any
/// word of the name is among them, as it sounds in Latin letters. Words of one or two letters
/// stand in other words too, and count only where the whole name is there.
pub fn is_named_in(name: &Personal<String>, said: &Personal<String>) -> bool {
    let (name, said) = (words(name.open()), words(said.open()));
    let telling = |word: &String| word.len() > 2 && said.contains(word);
    let whole = !name.is_empty() && name.iter().all(|word| said.contains(word));
    whole || name.iter().any(telling)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn nothing() -> Personal<String> {
        Personal::new(String::new())
    }

    fn of(source: &str) -> Referrer {
        Referrer {
            source: source.to_owned(),
            name: nothing(),
            organisation: nothing(),
            role: nothing(),
            contact_details: nothing(),
            anonymous: source == ANONYMOUS,
            protected: false,
            person: None,
        }
    }

    #[test]
    fn r2_a_caller_who_turns_out_to_be_the_child_is_and_nobody_who_is_not_on_the_contact() {
        let (child, adult) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let people = (&[child][..], &[adult][..]);
        let mut caller = of("1D");
        let is = |who| ReferrerCorrection {
            said: Said { person: Some(who), ..Said::default() },
            protect: false,
        };
        let before = caller.correct(is(Who::Child(child)), people).unwrap();
        assert_eq!(
            (caller.person, before.person),
            (Some(PersonPlace::Child(0)), Some(Who::Nobody))
        );
        let before = caller.correct(is(Who::Nobody), people).unwrap();
        assert_eq!((caller.person, before.person), (None, Some(Who::Child(child))));
        let stranger = caller.correct(is(Who::Adult(child)), people).err();
        assert_eq!(stranger, Some(CannotCorrect::OtherAdult));
        assert_eq!(
            caller.correct(is(Who::Child(adult)), people).err(),
            Some(CannotCorrect::OtherChild)
        );
    }

    #[test]
    fn r2_no_correction_takes_a_seal_off() {
        let to = |source: &str, name: &str| {
            let source = Some(source.to_owned());
            let name = Some(Personal::new(name.to_owned()));
            ReferrerCorrection { said: Said { source, name, ..Said::default() }, protect: false }
        };
        let nobody = (&[][..], &[][..]);
        let mut referrer = of("9");
        assert!(referrer.correct(to("2A", " "), nobody).err() == Some(CannotCorrect::Unnamed));
        referrer.correct(to("2A", "Ayşe Yılmaz"), nobody).unwrap();
        assert!(!referrer.anonymous && referrer.protected);
        assert_eq!(referrer.shown_source(), "10");
        referrer.correct(to("9", ""), nobody).unwrap();
        assert!(referrer.anonymous && referrer.protected);
        let mut open = of("1B");
        open.correct(to("9", ""), nobody).unwrap();
        assert!(open.anonymous && open.is_sealed());
    }

    #[test]
    fn r2_under_seal_a_source_is_unknown_or_anonymous() {
        let mut referrer = of("1C");
        assert_eq!(referrer.shown_source(), "1C");
        referrer.protected = true;
        assert_eq!(referrer.shown_source(), "10");
        referrer.source = "9".to_owned();
        assert_eq!(referrer.shown_source(), "9");
    }

    #[test]
    fn r2_part_of_a_name_is_enough_to_seal_who_asked() {
        let named = |name: &str, said: &str| {
            let [name, said] = [name, said].map(|text| Personal::new(text.to_owned()));
            is_named_in(&name, &said)
        };
        for said in ["Nurse Yılmaz", "AYSE", "Ms Yilmaz, head of year", "ayşe yılmaz"] {
            assert!(named("Ayşe Yılmaz", said), "{said}");
        }
        for said in ["the school nurse", "Mr Ay", ""] {
            assert!(!named("Ayşe Yılmaz", said), "{said}");
        }
        assert!(named("Li Wu", "Wu Li") && !named("Li Wu", "Ms Li"));
        assert!(!named("", "the school nurse"));
    }

    #[test]
    fn r2_a_professional_gives_a_name_and_the_public_need_not() {
        assert_eq!(faults("2A", true, " "), [Fault::Anonymous, Fault::NoName]);
        assert_eq!(faults("2A", false, "Ayşe Yılmaz"), []);
        assert_eq!(faults("1B", true, ""), []);
        assert!(is_anonymous("9", false) && !is_anonymous("1B", false));
    }
}
