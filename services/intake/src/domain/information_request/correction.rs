//! Corrections of a request that was taken down wrong (R31, R55): what was said is put as it ought
//! to be, and what stood there before is kept.

use access::Personal;
use jiff::Timestamp;
use thiserror::Error;

use super::{Kind, RequestStanding, Subject};

/// What of a request is corrected; `None` for what the correction is not about.
#[derive(Default)]
pub struct Correction {
    /// Which kind.
    pub kind: Option<Kind>,
    /// Country of who asks, ISO 3166-1.
    pub country: Option<String>,
    /// When it was received (R13).
    pub received_at: Option<Timestamp>,
    /// What for.
    pub purpose: Option<Personal<String>>,
    /// Whom it is about: everybody, each in their place, and whoever was missed behind them.
    pub subjects: Option<Vec<Subject>>,
}

impl Correction {
    /// Whether it is about none of it.
    pub fn is_nothing(&self) -> bool {
        let Self { kind, country, received_at, purpose, subjects } = self;
        let no_words = country.is_none() && purpose.is_none() && subjects.is_none();
        no_words && kind.is_none() && received_at.is_none()
    }
}

/// What a correction begins with.
pub struct Held<'a> {
    /// When the request was recorded.
    pub recorded_at: Timestamp,
    /// What for.
    pub purpose: &'a Personal<String>,
    /// How many it is about.
    pub subjects: usize,
}

/// Why a request cannot be so.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum CannotBe {
    /// Nothing was received after it was recorded (R13).
    #[error("lies after the request was recorded")]
    ReceivedAfterRecorded,
    /// Only who asks governance need not say what for (R55).
    #[error("is missing: only what goes to information governance needs no purpose")]
    NoPurpose,
    /// Only freedom of information is about nobody.
    #[error("is missing: only freedom of information is about nobody")]
    AboutNobody,
    /// Nobody is dropped unseen.
    #[error("names fewer than the request: who is wrong is corrected in their place")]
    FewerSubjects,
}

/// Whether a request can be as it is corrected to (R55): what is demanded of one that comes in is
/// demanded of one that is corrected.
///
/// # Errors
/// Everything that cannot be.
pub fn fits(
    standing: &RequestStanding,
    held: &Held<'_>,
    to: &Correction,
) -> Result<(), Vec<CannotBe>> {
    let kind = to.kind.unwrap_or(standing.kind);
    let purpose = to.purpose.as_ref().unwrap_or(held.purpose);
    let subjects = to.subjects.as_ref().map_or(held.subjects, Vec::len);
    let about_nobody = subjects == 0 && kind != Kind::FreedomOfInformation;
    let wrong = [
        (CannotBe::ReceivedAfterRecorded, to.received_at.is_some_and(|at| at > held.recorded_at)),
        (CannotBe::NoPurpose, !kind.is_for_governance() && purpose.open().is_empty()),
        (CannotBe::AboutNobody, about_nobody),
        (CannotBe::FewerSubjects, !about_nobody && subjects < held.subjects),
    ];
    let wrong: Vec<CannotBe> =
        wrong.into_iter().filter_map(|(why, is_so)| is_so.then_some(why)).collect();
    if wrong.is_empty() { Ok(()) } else { Err(wrong) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Personal<String> {
        Personal::new(text.to_owned())
    }

    fn somebody() -> Subject {
        Subject { name: text("Kofi Mensah"), birth_date: None, nhs_number: None }
    }

    #[test]
    fn r55_a_request_is_corrected_to_nothing_that_could_not_have_come_in() {
        let recorded_at: Timestamp = "2026-11-24T10:00:00Z".parse().unwrap();
        let freedom = RequestStanding {
            kind: Kind::FreedomOfInformation,
            ..RequestStanding::just_received()
        };
        let nothing = text("");
        let about = |subjects| Held { recorded_at, purpose: &nothing, subjects };
        let routine = || Correction { kind: Some(Kind::Routine), ..Correction::default() };
        let wrong = fits(&freedom, &about(0), &routine());
        assert_eq!(wrong, Err(vec![CannotBe::NoPurpose, CannotBe::AboutNobody]));
        let whole = Correction {
            purpose: Some(text("A move.")),
            subjects: Some(vec![somebody()]),
            ..routine()
        };
        assert_eq!(fits(&freedom, &about(0), &whole), Ok(()));
        let one = Correction { subjects: Some(vec![somebody()]), ..Correction::default() };
        assert_eq!(fits(&freedom, &about(2), &one), Err(vec![CannotBe::FewerSubjects]));
        let later = recorded_at + jiff::SignedDuration::from_secs(1);
        let late = Correction { received_at: Some(later), ..Correction::default() };
        assert_eq!(fits(&freedom, &about(1), &late), Err(vec![CannotBe::ReceivedAfterRecorded]));
    }
}
