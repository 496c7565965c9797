//! The national code lists, as data (R2, R4, R5).

use std::collections::HashSet;

use serde::Deserialize;

const FILE: &str =
    include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/../../deploy/protocol/codelists.json"));

/// A code and what it means.
#[derive(Debug, Deserialize)]
struct Entry {
    code: String,
}

#[derive(Debug, Deserialize)]
struct Lists {
    referral_source: Vec<Entry>,
    ethnicity: Vec<Entry>,
    sex: Vec<Entry>,
    assessment_factor: Vec<Entry>,
}

/// The codes that a contact may use.
#[derive(Clone, Debug)]
pub struct Codes {
    referral_sources: HashSet<String>,
    ethnicities: HashSet<String>,
    sexes: HashSet<String>,
    factors: HashSet<String>,
    agencies: HashSet<String>,
}

impl Codes {
    /// The lists of `deploy/protocol/codelists.json`, and the agencies of the protocol
    /// file (R36).
    ///
    /// # Errors
    /// Where the file that was built in is not such a file.
    pub fn embedded(agencies: impl Iterator<Item = String>) -> Result<Self, serde_json::Error> {
        let lists: Lists = serde_json::from_str(FILE)?;
        let codes = |entries: Vec<Entry>| entries.into_iter().map(|entry| entry.code).collect();
        Ok(Self {
            referral_sources: codes(lists.referral_source),
            ethnicities: codes(lists.ethnicity),
            sexes: codes(lists.sex),
            factors: codes(lists.assessment_factor),
            agencies: agencies.collect(),
        })
    }

    /// Whether it is a national referral-source code (R2).
    pub fn is_referral_source(&self, code: &str) -> bool {
        self.referral_sources.contains(code)
    }

    /// Whether it is an ethnicity code of the DfE (R4).
    pub fn is_ethnicity(&self, code: &str) -> bool {
        self.ethnicities.contains(code)
    }

    /// Whether it is a sex code of the CIN census (R4).
    pub fn is_sex(&self, code: &str) -> bool {
        self.sexes.contains(code)
    }

    /// Whether it is the code of an agency (R36). A refusal of consent that named an
    /// agency in other words would be passed over (R6).
    pub fn is_agency(&self, code: &str) -> bool {
        self.agencies.contains(code)
    }

    /// Whether it is an assessment factor of the CIN census (R5).
    pub fn is_factor(&self, code: &str) -> bool {
        self.factors.contains(code)
    }
}

/// Whether a referral source is the public, who may stay anonymous (R2): family,
/// acquaintances, the child, strangers, and callers who say nothing of themselves.
pub fn is_public(referral_source: &str) -> bool {
    matches!(referral_source, "1A" | "1B" | "1C" | "1D" | "9" | "10")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r2_the_national_lists_are_there() {
        let codes = Codes::embedded(std::iter::empty()).unwrap();
        assert!(codes.is_referral_source("2A") && !codes.is_referral_source("2C"));
        assert!(codes.is_ethnicity("BAFR") && !codes.is_ethnicity("bafr"));
        assert!(codes.is_sex("U") && !codes.is_sex("X"));
        assert!(codes.is_factor("1A") && !codes.is_factor(""));
    }

    #[test]
    fn r2_professionals_are_not_the_public() {
        assert!(is_public("1B") && is_public("9"));
        assert!(!is_public("2A") && !is_public("6"));
    }
}
