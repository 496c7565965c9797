//! The code lists, as data (R2, R4, R5): the national ones, and the finer local list of
//! ethnicities, each of which stands for a national code.

use std::collections::HashMap;

use serde::Deserialize;

const FILE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocol/codelists.json"));

/// What is said of a code that its national list does not hold.
pub const NO_CODE: &str = "is not a national code";

/// One of the lists. They are shown in this order.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum List {
    /// Who raises a contact (R2).
    ReferralSource,
    /// Ethnicity, DfE codes (R4).
    Ethnicity,
    /// Ethnicity, the authority's own and finer codes (R4).
    LocalEthnicity,
    /// Sex (R4).
    Sex,
    /// Gender, apart from sex (R4).
    Gender,
    /// Disability (R4).
    Disability,
    /// Why there is no UPN (R4).
    UpnUnknown,
    /// Factors assessed (R5).
    Factor,
    /// Factors that the national list has only as "other", the authority's own codes (R5).
    LocalFactor,
    /// Agencies of the protocol file (R36).
    Agency,
}

impl Entry {
    /// A code of the protocol file.
    pub fn of(code: &str, label: &str) -> Self {
        Self { code: code.to_owned(), label: label.to_owned(), national: None, retired: false }
    }
}

impl List {
    /// All of them, in the order in which they are shown.
    pub const ALL: [Self; 10] = [
        Self::ReferralSource,
        Self::Ethnicity,
        Self::LocalEthnicity,
        Self::Sex,
        Self::Gender,
        Self::Disability,
        Self::UpnUnknown,
        Self::Factor,
        Self::LocalFactor,
        Self::Agency,
    ];

    /// Its name, as callers see it.
    pub fn name(self) -> &'static str {
        match self {
            Self::ReferralSource => "referral_source",
            Self::Ethnicity => "ethnicity",
            Self::LocalEthnicity => "local_ethnicity",
            Self::Sex => "sex",
            Self::Gender => "gender",
            Self::Disability => "disability",
            Self::UpnUnknown => "upn_unknown",
            Self::Factor => "factor",
            Self::LocalFactor => "local_factor",
            Self::Agency => "agency",
        }
    }
}

/// A code and what it means.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// The code.
    pub code: String,
    /// What it means, in words for a form.
    pub label: String,
    /// The national code that a local one stands for.
    pub national: Option<String>,
    /// Stands in old records only, and is refused in a new one.
    #[serde(skip)]
    pub retired: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    referral_source: Vec<Entry>,
    ethnicity: Vec<Entry>,
    ethnicity_local: Vec<Entry>,
    sex: Vec<Entry>,
    gender_ssd: Vec<Entry>,
    disability: Vec<Entry>,
    upn_unknown: Vec<Entry>,
    assessment_factor: Vec<Entry>,
    assessment_factor_retired: Vec<Entry>,
    assessment_factor_local: Vec<Entry>,
}

impl File {
    fn into_lists(mut self) -> HashMap<List, Vec<Entry>> {
        let retired = |entry| Entry { retired: true, ..entry };
        self.assessment_factor.extend(self.assessment_factor_retired.into_iter().map(retired));
        HashMap::from([
            (List::ReferralSource, self.referral_source),
            (List::Ethnicity, self.ethnicity),
            (List::LocalEthnicity, self.ethnicity_local),
            (List::Sex, self.sex),
            (List::Gender, self.gender_ssd),
            (List::Disability, self.disability),
            (List::UpnUnknown, self.upn_unknown),
            (List::Factor, self.assessment_factor),
            (List::LocalFactor, self.assessment_factor_local),
        ])
    }
}

/// The codes that a contact may use.
#[derive(Clone, Debug)]
pub struct Codes {
    lists: HashMap<List, Vec<Entry>>,
}

impl Codes {
    /// The lists of `deploy/protocol/codelists.json`, and the agencies of the protocol
    /// file (R36).
    ///
    /// # Errors
    /// Where the file that was built in is not such a file.
    pub fn embedded(agencies: impl Iterator<Item = Entry>) -> Result<Self, serde_json::Error> {
        let file: File = serde_json::from_str(FILE)?;
        let mut lists = file.into_lists();
        lists.insert(List::Agency, agencies.collect());
        Ok(Self { lists })
    }

    /// The entries of a list, retired ones at its end.
    pub fn entries(&self, list: List) -> &[Entry] {
        self.lists.get(&list).map_or(&[], Vec::as_slice)
    }

    /// Whether a new record may use the code: it is on the list and not retired.
    pub fn has(&self, list: List, code: &str) -> bool {
        self.entries(list).iter().any(|entry| entry.code == code && !entry.retired)
    }

    /// Whether it is a national referral-source code (R2).
    pub fn is_referral_source(&self, code: &str) -> bool {
        self.has(List::ReferralSource, code)
    }

    /// Whether it is an ethnicity code of the DfE (R4).
    pub fn is_ethnicity(&self, code: &str) -> bool {
        self.has(List::Ethnicity, code)
    }

    /// Whether it is a sex code of the CIN census (R4).
    pub fn is_sex(&self, code: &str) -> bool {
        self.has(List::Sex, code)
    }

    /// Whether it is the code of an agency (R36). A refusal of consent that named an
    /// agency in other words would be passed over (R6).
    pub fn is_agency(&self, code: &str) -> bool {
        self.has(List::Agency, code)
    }

    /// Whether it is an assessment factor that a new record may name (R5): one of the CIN
    /// census, of which 18A and 19A, which do not say by whom, are retired; or one of the
    /// authority's own, racism and hate among them, which the census counts as "other".
    pub fn is_factor(&self, code: &str) -> bool {
        self.has(List::Factor, code) || self.has(List::LocalFactor, code)
    }

    /// What is wrong with the factors of a contact, by their places (R5): a code of no list, one
    /// that is there twice, and "no factors identified", which stands alone (the census's rule
    /// 8869).
    pub fn factor_faults(&self, factors: &[String]) -> Vec<(usize, &'static str)> {
        let fault = |(place, factor): (usize, &String)| {
            let why = if !self.is_factor(factor) {
                NO_CODE
            } else if factors[..place].contains(factor) {
                "is there twice"
            } else if factor == NO_FACTOR && factors.len() > 1 {
                "says that there is no factor, and stands alone"
            } else {
                return None;
            };
            Some((place, why))
        };
        factors.iter().enumerate().filter_map(fault).collect()
    }

    /// The DfE code of an ethnicity that is given by that, or by the authority's own and
    /// finer code (R4). The mapping is the hub's own: no published one joins the two lists.
    pub fn dfe_ethnicity<'a>(&'a self, code: &'a str) -> Option<&'a str> {
        if self.is_ethnicity(code) {
            return Some(code);
        }
        let entry = self.entries(List::LocalEthnicity).iter().find(|entry| entry.code == code)?;
        entry.national.as_deref()
    }
}

/// The national code of "no factors identified" (R5), which is no reason to look closer (R14).
pub const NO_FACTOR: &str = "21";
/// The source of a referrer who gave no name (R2).
pub const ANONYMOUS: &str = "9";
/// The source of a referrer of whom nothing is known (R2).
pub const UNKNOWN: &str = "10";
/// The source of somebody who raises a contact about themselves (R2).
pub const SELF: &str = "1C";

/// Whether a referral source is the public, who may stay anonymous (R2): family,
/// acquaintances, the child, strangers, and callers who say nothing of themselves.
pub fn is_public(referral_source: &str) -> bool {
    matches!(referral_source, "1A" | "1B" | SELF | "1D" | ANONYMOUS | UNKNOWN)
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;

    fn codes() -> Codes {
        Codes::embedded(std::iter::once(Entry::of("police", "Police"))).unwrap()
    }

    #[test]
    fn r2_the_national_lists_are_there() {
        let codes = codes();
        assert!(codes.is_referral_source("2A") && !codes.is_referral_source("2C"));
        assert!(codes.is_ethnicity("BAFR") && !codes.is_ethnicity("bafr"));
        assert!(codes.is_sex("U") && !codes.is_sex("X"));
        assert!(codes.is_factor("1A") && !codes.is_factor(""));
        assert!(codes.has(List::Gender, "09") && !codes.has(List::Gender, "9"));
        assert!(codes.has(List::Disability, "AUT") && !codes.has(List::Disability, "AUTI"));
        assert!(codes.has(List::UpnUnknown, "UN7") && !codes.has(List::UpnUnknown, "UN8"));
    }

    #[test]
    fn r2_professionals_are_not_the_public() {
        assert!(is_public("1B") && is_public("9"));
        assert!(!is_public("2A") && !is_public("6"));
    }

    #[test]
    fn r4_every_local_ethnicity_stands_for_one_of_the_dfe() {
        let codes = codes();
        for entry in codes.entries(List::LocalEthnicity) {
            let national = codes.dfe_ethnicity(&entry.code).unwrap();
            assert!(codes.is_ethnicity(national), "{}", entry.code);
        }
        assert_eq!(codes.entries(List::LocalEthnicity).len(), 54);
        assert_eq!(codes.dfe_ethnicity("D.D3"), Some("BAFR"));
        assert_eq!(codes.dfe_ethnicity("BAFR"), Some("BAFR"));
        assert_eq!(codes.dfe_ethnicity("D.D99"), None);
    }

    #[test]
    fn r5_racism_and_hate_are_factors_and_each_stands_for_a_national_one() {
        let codes = codes();
        for code in ["L.RACISM", "L.HATE"] {
            assert!(codes.is_factor(code) && !codes.has(List::Factor, code), "{code}");
        }
        for entry in codes.entries(List::LocalFactor) {
            let national = entry.national.as_deref().unwrap();
            assert!(codes.has(List::Factor, national), "{}", entry.code);
        }
    }

    #[test]
    fn r5_no_factor_stands_alone_and_each_is_there_once() {
        let faults = |factors: &[&str]| {
            let factors: Vec<_> = factors.iter().map(|factor| factor.to_string()).collect();
            let places = codes().factor_faults(&factors).into_iter().map(|(place, _)| place);
            places.collect::<Vec<_>>()
        };
        assert!(faults(&[]).is_empty() && faults(&["21"]).is_empty());
        assert!(faults(&["1A", "L.HATE"]).is_empty());
        assert_eq!(faults(&["1A", "21"]), [1]);
        assert_eq!(faults(&["1A", "1B", "1A"]), [2]);
        assert_eq!(faults(&["hungry", "21", "21"]), [0, 1, 2]);
    }

    #[test]
    fn r5_a_factor_that_does_not_say_by_whom_is_refused_and_still_has_its_label() {
        let codes = codes();
        for retired in ["18A", "19A"] {
            assert!(!codes.is_factor(retired));
            let shown = codes.entries(List::Factor).iter().find(|entry| entry.code == retired);
            assert!(shown.unwrap().retired);
        }
        assert!(codes.is_factor("18B") && codes.is_factor("19C"));
    }

    #[test]
    fn every_code_stands_once_in_its_list_and_has_a_label() {
        let codes = codes();
        for list in List::ALL {
            let entries = codes.entries(list);
            let once: HashSet<_> = entries.iter().map(|entry| &entry.code).collect();
            assert!(!entries.is_empty() && once.len() == entries.len(), "{}", list.name());
            assert!(entries.iter().all(|entry| !entry.label.is_empty()), "{}", list.name());
        }
    }
}
