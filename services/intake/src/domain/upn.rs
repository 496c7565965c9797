//! The unique pupil number (R4): thirteen characters, the first of which checks the
//! others, so that a number that was misread shows.

/// The check letters, by the remainder that each stands for: no I, O, S.
const CHECK_LETTERS: [u8; 23] = *b"ABCDEFGHJKLMNPQRTUVWXYZ";

/// The number in capitals and without spaces, where it is one (R4).
///
/// A letter, eleven digits, and a digit; or, while it is temporary, a letter in the last
/// place. The national rule checks permanent numbers only.
pub fn parse(text: &str) -> Option<String> {
    let upn: Vec<u8> =
        text.bytes().filter(|byte| *byte != b' ').map(|byte| byte.to_ascii_uppercase()).collect();
    let [first, digits @ .., last] = upn.as_slice() else { return None };
    let shape = digits.len() == 11
        && CHECK_LETTERS.contains(first)
        && digits.iter().all(u8::is_ascii_digit)
        && (last.is_ascii_digit() || CHECK_LETTERS.contains(last));
    let checked = last.is_ascii_alphabetic() || check_letter(&upn[1..]) == *first;
    if shape && checked { String::from_utf8(upn).ok() } else { None }
}

/// The letter that checks the second to thirteenth characters, all of them digits: each
/// times its place, modulo 23.
fn check_letter(digits: &[u8]) -> u8 {
    let value = |digit: &u8| usize::from(digit.wrapping_sub(b'0'));
    let sum: usize = digits.iter().zip(2..).map(|(digit, place)| value(digit) * place).sum();
    CHECK_LETTERS[sum % CHECK_LETTERS.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_a_upn_has_a_right_check_letter() {
        assert_eq!(parse("A950000178301").as_deref(), Some("A950000178301"));
        assert_eq!(parse(" h2432785 44154 ").as_deref(), Some("H243278544154"));
        assert_eq!(parse("B950000178301"), None);
        assert_eq!(parse("A950000178302"), None);
        assert_eq!(parse("A950000187301"), None, "two digits changed places");
    }

    #[test]
    fn r4_a_temporary_upn_ends_in_a_letter_and_has_the_shape() {
        assert_eq!(parse("X95000017830A").as_deref(), Some("X95000017830A"));
        for bad in ["X95000017830I", "X95000017830O", "X95000017830S", "X9500001783AA"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }

    #[test]
    fn r4_what_is_no_upn_is_none() {
        for bad in ["", "A", "A95000017830", "A9500001783011", "I950000178301", "Ａ950000178301"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
