//! National numbers: what of them identifies anybody.

use crate::domain::{nhs_number, upn};

/// The NHS number, where it is one that somebody can have: ten equal digits pass the check
/// of 0000000000 and are written by systems that know none.
pub fn nhs(text: &str) -> Option<String> {
    let digits = nhs_number::parse(text)?;
    let first = digits.chars().next()?;
    digits.chars().any(|digit| digit != first).then_some(digits)
}

/// The Unique Pupil Number. A temporary one, which ends in a letter, is none: nothing checks
/// it, and a pupil may have several.
pub fn upn(text: &str) -> Option<String> {
    upn::parse(text).filter(|upn| upn.ends_with(|last: char| last.is_ascii_digit()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r8_ten_equal_digits_are_the_number_of_nobody() {
        assert_eq!(nhs("943 476 5919").as_deref(), Some("9434765919"));
        assert_eq!(nhs("0000000000"), None);
        assert_eq!(nhs("4444444444"), None);
        assert_eq!(nhs("9434765918"), None);
    }

    #[test]
    fn r8_a_temporary_upn_is_the_number_of_nobody() {
        assert_eq!(upn("a950000178301").as_deref(), Some("A950000178301"));
        assert_eq!(upn("B950000178301"), None);
        assert_eq!(upn("X95000017830A"), None);
    }
}
