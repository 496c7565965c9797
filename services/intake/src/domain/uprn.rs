//! The unique property reference number (R4), by its shape: one to twelve digits.

/// The number without spaces and leading zeros, which some systems pad it with.
pub fn parse(text: &str) -> Option<String> {
    let digits: String = text.chars().filter(|c| *c != ' ').collect();
    let number = digits.trim_start_matches('0');
    let good = digits.len() <= 12
        && !number.is_empty()
        && number.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| number.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_a_uprn_has_one_to_twelve_digits_and_is_written_one_way() {
        assert_eq!(parse("10008315842").as_deref(), Some("10008315842"));
        assert_eq!(parse("000010008315").as_deref(), Some("10008315"));
        assert_eq!(parse("100 0831 5842").as_deref(), Some("10008315842"));
        for bad in ["", "0", "000000000000", "1000083158421", "10008315A42", "-1", "١٢"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
