//! The NHS number (R4): ten digits, the last of which checks the others by the
//! modulus 11 of the NHS Data Dictionary.

/// The ten digits, without spaces or dashes, where the check digit is right.
pub fn parse(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|character| !matches!(character, ' ' | '-')).collect();
    if digits.len() != 10 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let values: Vec<u32> = digits.bytes().map(|byte| u32::from(byte - b'0')).collect();
    let sum: u32 = values.iter().zip((2..=10).rev()).map(|(value, weight)| value * weight).sum();
    // Eleven stands for zero; ten is the check digit of no number.
    let check = (11 - sum % 11) % 11;
    (check == values[9]).then_some(digits)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_an_nhs_number_has_a_right_check_digit() {
        assert_eq!(parse("943 476 5919").as_deref(), Some("9434765919"));
        assert_eq!(parse("943-476-5918"), None);
        assert_eq!(parse("1234567890"), None);
        assert_eq!(parse("0000000000").as_deref(), Some("0000000000"));
        assert_eq!(parse("943476591"), None);
        assert_eq!(parse("٩٤٣٤٧٦٥٩١٩"), None);
    }
}
