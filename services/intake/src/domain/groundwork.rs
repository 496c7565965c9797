//! What a professional's form asks before a contact (R6). What it was not told is a gap,
//! which shows and blocks nothing.

use access::Personal;

/// What the form told.
pub struct Groundwork {
    /// Whether the family was spoken to first.
    pub spoken_to_family: Option<bool>,
    /// The children's needs.
    pub needs: Personal<String>,
    /// The service proposed.
    pub proposed_service: Personal<String>,
    /// Whether the Framework was considered.
    pub framework_considered: Option<bool>,
    /// Why the family was not spoken to.
    pub why_not_spoken: Personal<String>,
    /// Why the Framework was not considered.
    pub why_not_considered: Personal<String>,
}

/// What it was not told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gap {
    /// Whether the family was spoken to; or that it was not, and why not.
    SpokenToFamily,
    /// The children's needs.
    Needs,
    /// The service proposed.
    ProposedService,
    /// Whether the Framework was considered; or that it was not, and why not.
    FrameworkConsidered,
}

impl Groundwork {
    /// What a professional was asked and did not tell (R6). The public is not asked.
    pub fn gaps(&self, professional: bool) -> Vec<Gap> {
        let given = |text: &Personal<String>| !text.open().is_empty();
        let told = |answer: Option<bool>, why_not| match answer {
            Some(yes) => yes || given(why_not),
            None => false,
        };
        let asked = [
            (Gap::SpokenToFamily, told(self.spoken_to_family, &self.why_not_spoken)),
            (Gap::Needs, given(&self.needs)),
            (Gap::ProposedService, given(&self.proposed_service)),
            (Gap::FrameworkConsidered, told(self.framework_considered, &self.why_not_considered)),
        ];
        let missing = asked.into_iter().filter(|(_, told)| professional && !told);
        missing.map(|(gap, _)| gap).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn groundwork(spoken: Option<bool>, why_not: &str) -> Groundwork {
        let text = |text: &str| Personal::new(text.to_owned());
        Groundwork {
            spoken_to_family: spoken,
            needs: text("food"),
            proposed_service: text("early help"),
            framework_considered: Some(true),
            why_not_spoken: text(why_not),
            why_not_considered: text(""),
        }
    }

    #[test]
    fn r6_a_reason_for_one_gap_fills_no_other() {
        let framework_considered = Some(false);
        let spoken = "It would endanger her.";
        let told = Groundwork { framework_considered, ..groundwork(Some(false), spoken) };
        assert_eq!(told.gaps(true), [Gap::FrameworkConsidered]);
        let why_not_considered = Personal::new("There was no time.".to_owned());
        assert_eq!(Groundwork { why_not_considered, ..told }.gaps(true), []);
    }

    #[test]
    fn r6_a_professional_says_whether_the_family_was_spoken_to_or_why_not() {
        assert_eq!(groundwork(None, "").gaps(true), [Gap::SpokenToFamily]);
        assert_eq!(groundwork(Some(false), "").gaps(true), [Gap::SpokenToFamily]);
        assert_eq!(groundwork(Some(false), "It would endanger her.").gaps(true), []);
        assert_eq!(groundwork(Some(true), "").gaps(true), []);
    }

    #[test]
    fn r6_the_public_is_asked_nothing_of_it() {
        assert_eq!(groundwork(None, "").gaps(false), []);
    }
}
