//! Whether somebody of the register is whom a caller or a request asks about (R52, R54).

use super::matching::{Band, BirthDate, Names, Number, Score, Spelling, What};

/// How sure it is that somebody is whom is asked about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Finding {
    /// It may be them: a person must look.
    Perhaps,
    /// It is them, as far as anybody can say.
    Them,
}

/// What a comparison says; `None` where it says nothing (R52, R54).
///
/// A look-up has a name, a birth date and perhaps a number: less than a contact. So the
/// same whole name and birth date are enough, however many bear the name, where no number
/// says otherwise: an open case that is missed leaves its unit unaware.
pub fn finding(score: &Score) -> Option<Finding> {
    let has = |what| score.reasons.iter().any(|reason| reason.what == what);
    let same_name = has(What::Names(Names::All)) && has(What::Spelling(Spelling::Same));
    let same_day = has(What::BirthDate(BirthDate::Same));
    match score.band {
        Band::Certain | Band::Likely => Some(Finding::Them),
        Band::Possible if same_name && same_day && !has(What::NhsNumber(Number::Different)) => {
            Some(Finding::Them)
        }
        Band::Possible => Some(Finding::Perhaps),
        Band::None => None,
    }
}

/// Whether somebody may be whom a request asks about at all, so that what they told the hub
/// themselves is a manager's to answer (R2): whoever is found, and whoever has the whole name, or
/// all of it that was given, where no birth date and no number says otherwise. A request may have
/// no birth date, and a common name says nothing by itself: here doubt costs a manager's look
/// only.
pub fn may_be(score: &Score) -> bool {
    let has = |what| score.reasons.iter().any(|reason| reason.what == what);
    let named = has(What::Names(Names::All)) || has(What::Names(Names::Contained));
    let another =
        has(What::BirthDate(BirthDate::Different)) || has(What::NhsNumber(Number::Different));
    finding(score).is_some() || (named && !another)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::matching::{Matcher, Reason, Written};

    const ALI: Written<'_> = Written {
        name: "Mohammed Ali",
        birth_date: Some(jiff::civil::date(2016, 5, 17)),
        nhs_number: "9434765919",
        upn: "",
        sex: "",
        address: "",
        school: "",
        household: &[],
    };

    #[test]
    fn r52_r54_the_same_name_and_birth_date_are_enough_unless_a_number_says_otherwise() {
        let matcher = Matcher::embedded().unwrap();
        let asked = |written: Written<'_>| {
            finding(&matcher.compare(&matcher.person(&written), &matcher.person(&ALI)))
        };
        let unnumbered = Written { nhs_number: "", ..ALI };
        assert_eq!(asked(unnumbered), Some(Finding::Them));
        assert_eq!(asked(Written { name: "ALI, Mohammed", ..unnumbered }), Some(Finding::Them));
        assert_eq!(asked(Written { name: "", birth_date: None, ..ALI }), Some(Finding::Them));
        assert_ne!(asked(Written { nhs_number: "9434765870", ..ALI }), Some(Finding::Them));
        assert_eq!(asked(Written { birth_date: None, ..unnumbered }), None);
    }

    #[test]
    fn r2_r54_of_whom_no_birth_date_was_given_whoever_has_the_name_may_be_them() {
        let matcher = Matcher::embedded().unwrap();
        let may = |written: Written<'_>| {
            may_be(&matcher.compare(&matcher.person(&written), &matcher.person(&ALI)))
        };
        let named = Written { birth_date: None, nhs_number: "", ..ALI };
        assert!(may(named) && may(ALI));
        assert!(!may(Written { name: "Mohammed Khan", ..named }));
        assert!(!may(Written { nhs_number: "9434765870", ..named }));
        let other_day = Some(jiff::civil::date(2009, 11, 2));
        assert!(!may(Written { birth_date: other_day, ..named }));
    }

    #[test]
    fn r52_r54_who_only_may_be_them_is_for_a_person_to_look_at() {
        let judged = |band, what: &[What]| {
            let reasons = what.iter().map(|what| Reason { what: *what, bits: 1.0 }).collect();
            finding(&Score { band, bits: 5.0, reasons })
        };
        let same = [
            What::BirthDate(BirthDate::Same),
            What::Names(Names::All),
            What::Spelling(Spelling::Same),
        ];
        let other_number = [&[What::NhsNumber(Number::Different)], &same[..]].concat();
        assert_eq!(judged(Band::Possible, &same), Some(Finding::Them));
        assert_eq!(judged(Band::Possible, &other_number), Some(Finding::Perhaps));
        assert_eq!(judged(Band::Possible, &same[..2]), Some(Finding::Perhaps));
        assert_eq!(judged(Band::Possible, &same[1..]), Some(Finding::Perhaps));
        assert_eq!(judged(Band::Likely, &[]), Some(Finding::Them));
        assert_eq!(judged(Band::None, &same), None);
    }
}
