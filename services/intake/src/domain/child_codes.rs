//! The codes of a child, each of its list, and what of them cannot be together (R4).

use super::codes::{Codes, List, NO_CODE};

/// What of a child is told in codes.
pub struct Coded<'a> {
    /// Not born yet.
    pub unborn: bool,
    /// Sex.
    pub sex: &'a str,
    /// Ethnicity, national or local.
    pub ethnicity: &'a str,
    /// Gender; empty where not told.
    pub gender: &'a str,
    /// Why there is no UPN; empty where not told.
    pub upn_unknown: &'a str,
    /// Disabilities.
    pub disabilities: &'a [String],
    /// There is a UPN.
    pub has_upn: bool,
    /// There is an NHS number.
    pub has_nhs_number: bool,
}

/// A field that breaks R4.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Which.
    pub field: String,
    /// Why, without its value.
    pub why: &'static str,
}

impl Coded<'_> {
    /// Everything that breaks R4: a code of no list; NONE beside a disability; why there is no
    /// UPN beside one; of an unborn child what nobody can know yet.
    pub fn faults(&self, codes: &Codes) -> Vec<Fault> {
        let mut faults = Vec::new();
        let mut holds = |field: &str, why, condition: bool| {
            if !condition {
                faults.push(Fault { field: field.to_owned(), why });
            }
        };
        let optional = |list, code: &str| code.is_empty() || codes.has(list, code);
        holds("sex", NO_CODE, codes.is_sex(self.sex));
        let ethnicity = codes.dfe_ethnicity(self.ethnicity).is_some();
        holds("ethnicity", "is neither a national nor a local code", ethnicity);
        holds("gender", NO_CODE, optional(List::Gender, self.gender));
        holds("upn_unknown", NO_CODE, optional(List::UpnUnknown, self.upn_unknown));
        let either = !self.has_upn || self.upn_unknown.is_empty();
        holds("upn_unknown", "is given beside a UPN", either);
        for (place, code) in self.disabilities.iter().enumerate() {
            let known = codes.has(List::Disability, code);
            holds(&format!("disabilities[{place}]"), NO_CODE, known);
        }
        let none = self.disabilities.iter().any(|code| code == "NONE");
        holds("disabilities", "NONE stands alone", !none || self.disabilities.len() == 1);
        if self.unborn {
            let none = "must be empty for an unborn child";
            holds("disabilities", none, self.disabilities.is_empty());
            holds("nhs_number", none, !self.has_nhs_number);
            holds("upn", none, !self.has_upn);
            let unknown = !matches!(self.sex, "M" | "F");
            holds("sex", "is not known of an unborn child: U", unknown);
        }
        faults
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn born<'a>() -> Coded<'a> {
        Coded {
            unborn: false,
            sex: "F",
            ethnicity: "NOBT",
            gender: "",
            upn_unknown: "",
            disabilities: &[],
            has_upn: true,
            has_nhs_number: true,
        }
    }

    fn of(coded: &Coded<'_>) -> Vec<String> {
        let codes = Codes::embedded(std::iter::empty()).unwrap();
        coded.faults(&codes).into_iter().map(|fault| fault.field).collect()
    }

    #[test]
    fn r4_of_an_unborn_child_nothing_is_given_that_nobody_can_know() {
        assert!(of(&born()).is_empty());
        assert_eq!(of(&Coded { unborn: true, ..born() }), ["nhs_number", "upn", "sex"]);
        let unborn = Coded { sex: "U", has_upn: false, has_nhs_number: false, ..born() };
        assert!(of(&Coded { unborn: true, ..unborn }).is_empty());
    }

    #[test]
    fn r4_none_stands_alone_and_every_code_is_of_its_list() {
        let disabilities = ["NONE".to_owned(), "nonsense".to_owned()];
        let both = Coded { disabilities: &disabilities, sex: "X9", ..born() };
        assert_eq!(of(&both), ["sex", "disabilities[1]", "disabilities"]);
        assert_eq!(of(&Coded { upn_unknown: "UN1", ..born() }), ["upn_unknown"]);
    }
}
