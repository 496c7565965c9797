//! Pieces of evidence, and the odds that each stands for.

use std::collections::BTreeMap;

use serde::Deserialize;

use super::{MatchingError, birth::BirthDate};

/// What two national numbers say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Number {
    /// The same number.
    Same,
    /// Two numbers.
    Different,
}

/// What two names say, whatever their order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Names {
    /// Every part agrees, two at least.
    All,
    /// One has parts that the other leaves out; two at least agree.
    Contained,
    /// The first names agree, later ones do not.
    First,
    /// One is a first name only, and the other's.
    FirstAlone,
    /// One is a family name only, and the other's.
    LastAlone,
    /// A family name agrees, the first names do not: what brothers and sisters have.
    Family,
    /// Nothing agrees.
    None,
}

impl Names {
    /// Whether two adults of households with such names are one.
    pub(super) fn are_of_one_adult(self) -> bool {
        match self {
            Self::All | Self::Contained => true,
            Self::First | Self::FirstAlone | Self::LastAlone | Self::Family | Self::None => false,
        }
    }
}

/// How alike the parts that agree are written, by the least alike of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Spelling {
    /// The same letters.
    Same,
    /// Short forms and spellings that the lists know.
    Variant,
    /// Alike by sound, or but for a slip; an initial.
    Near,
}

/// What two addresses say.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Home {
    /// One home.
    Same,
    /// Other doors of one postcode, or doors unknown.
    Postcode,
    /// Elsewhere.
    Different,
}

/// What two values say that are the same or not.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Agreement {
    /// The same.
    Same,
    /// Not the same.
    Different,
}

/// A piece of evidence: what was compared, and what it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum What {
    /// NHS numbers.
    NhsNumber(Number),
    /// Unique Pupil Numbers.
    Upn(Number),
    /// Names.
    Names(Names),
    /// How the names are written.
    Spelling(Spelling),
    /// Birth dates.
    BirthDate(BirthDate),
    /// Sexes.
    Sex(Agreement),
    /// Addresses.
    Home(Home),
    /// Schools or nurseries.
    School(Agreement),
    /// Other people of the household.
    Household(Agreement),
}

impl What {
    /// Every piece of evidence that there is.
    pub const ALL: [Self; 28] = [
        Self::NhsNumber(Number::Same),
        Self::NhsNumber(Number::Different),
        Self::Upn(Number::Same),
        Self::Upn(Number::Different),
        Self::Names(Names::All),
        Self::Names(Names::Contained),
        Self::Names(Names::First),
        Self::Names(Names::FirstAlone),
        Self::Names(Names::LastAlone),
        Self::Names(Names::Family),
        Self::Names(Names::None),
        Self::Spelling(Spelling::Same),
        Self::Spelling(Spelling::Variant),
        Self::Spelling(Spelling::Near),
        Self::BirthDate(BirthDate::Same),
        Self::BirthDate(BirthDate::SameFirstOfJanuary),
        Self::BirthDate(BirthDate::Swapped),
        Self::BirthDate(BirthDate::Near),
        Self::BirthDate(BirthDate::Different),
        Self::Sex(Agreement::Same),
        Self::Sex(Agreement::Different),
        Self::Home(Home::Same),
        Self::Home(Home::Postcode),
        Self::Home(Home::Different),
        Self::School(Agreement::Same),
        Self::School(Agreement::Different),
        Self::Household(Agreement::Same),
        Self::Household(Agreement::Different),
    ];

    /// A stable code, under which it is kept and shown.
    pub fn code(self) -> &'static str {
        match self {
            Self::NhsNumber(Number::Same) => "nhs_number_same",
            Self::NhsNumber(Number::Different) => "nhs_number_different",
            Self::Upn(Number::Same) => "upn_same",
            Self::Upn(Number::Different) => "upn_different",
            Self::Names(Names::All) => "names_all",
            Self::Names(Names::Contained) => "names_contained",
            Self::Names(Names::First) => "names_first",
            Self::Names(Names::FirstAlone) => "names_first_alone",
            Self::Names(Names::LastAlone) => "names_last_alone",
            Self::Names(Names::Family) => "names_family",
            Self::Names(Names::None) => "names_none",
            Self::Spelling(Spelling::Same) => "spelling_same",
            Self::Spelling(Spelling::Variant) => "spelling_variant",
            Self::Spelling(Spelling::Near) => "spelling_near",
            Self::BirthDate(BirthDate::Same) => "birth_date_same",
            Self::BirthDate(BirthDate::SameFirstOfJanuary) => "birth_date_same_1_january",
            Self::BirthDate(BirthDate::Swapped) => "birth_date_day_and_month_swapped",
            Self::BirthDate(BirthDate::Near) => "birth_date_near",
            Self::BirthDate(BirthDate::Different) => "birth_date_different",
            Self::Sex(Agreement::Same) => "sex_same",
            Self::Sex(Agreement::Different) => "sex_different",
            Self::Home(Home::Same) => "home_same",
            Self::Home(Home::Postcode) => "home_postcode",
            Self::Home(Home::Different) => "home_different",
            Self::School(Agreement::Same) => "school_same",
            Self::School(Agreement::Different) => "school_different",
            Self::Household(Agreement::Same) => "household_same",
            Self::Household(Agreement::Different) => "household_different",
        }
    }
}

/// How often a piece of evidence is found, each more than 0 and at most 1.
#[derive(Clone, Copy, Debug, Deserialize)]
#[serde(try_from = "[f64; 3]")]
pub struct Odds {
    same: f64,
    stranger: f64,
    relative: f64,
}

impl TryFrom<[f64; 3]> for Odds {
    type Error = &'static str;

    fn try_from([same, stranger, relative]: [f64; 3]) -> Result<Self, Self::Error> {
        let is_share = |share: f64| share > 0.0 && share <= 1.0;
        if [same, stranger, relative].into_iter().all(is_share) {
            Ok(Self { same, stranger, relative })
        } else {
            Err("each of the three is more than 0 and at most 1")
        }
    }
}

/// Bits for one person, against either of the others.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Bits {
    /// Against a stranger.
    pub stranger: f64,
    /// Against a brother or sister.
    pub relative: f64,
}

impl Odds {
    fn bits(self) -> Bits {
        Bits {
            stranger: (self.same / self.stranger).log2(),
            relative: (self.same / self.relative).log2(),
        }
    }
}

/// `[evidence]`: the odds of each piece, under its code.
#[derive(Clone, Debug)]
pub struct Evidence(BTreeMap<String, Odds>);

impl Evidence {
    /// Checks that every piece of evidence has its odds, and nothing else has.
    pub fn read(table: BTreeMap<String, Odds>) -> Result<Self, MatchingError> {
        if let Some(what) = What::ALL.iter().find(|what| !table.contains_key(what.code())) {
            return Err(MatchingError::NoOdds { code: what.code() });
        }
        let known = |code: &String| What::ALL.iter().any(|what| what.code() == code);
        match table.keys().find(|code| !known(code)) {
            Some(code) => Err(MatchingError::UnknownEvidence { code: code.clone() }),
            None => Ok(Self(table)),
        }
    }

    /// What a piece of evidence weighs.
    pub fn bits(&self, what: What) -> Bits {
        self.0[what.code()].bits()
    }
}
