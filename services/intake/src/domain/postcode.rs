//! The postcode (R4), by its shape: whether one exists is known to the Post Office only.

/// The postcode as it is written, `E8 1EA`: capitals, one space before the last three
/// characters; `None` for what cannot be one.
pub fn parse(text: &str) -> Option<String> {
    let code: String =
        text.chars().filter(|c| !c.is_whitespace()).map(|c| c.to_ascii_uppercase()).collect();
    if !code.is_ascii() || !(5..=7).contains(&code.len()) {
        return None;
    }
    let (outward, inward) = code.split_at(code.len() - 3);
    (is_outward(outward.as_bytes()) && is_inward(inward.as_bytes()))
        .then(|| format!("{outward} {inward}"))
}

/// One or two letters for the area, then a digit, and another digit or, in the middle of
/// London and the like, a letter. `GIR` is the one exception there ever was.
fn is_outward(outward: &[u8]) -> bool {
    if outward == b"GIR" {
        return true;
    }
    let letters = outward.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    let district = match outward.get(letters..) {
        Some([first]) => first.is_ascii_digit(),
        Some([first, second]) => first.is_ascii_digit() && second.is_ascii_alphanumeric(),
        _ => false,
    };
    (1..=2).contains(&letters) && district
}

/// A digit and two letters; C, I, K, M, O, V are not among them, for they are misread.
fn is_inward(inward: &[u8]) -> bool {
    let letter = |byte: &u8| byte.is_ascii_uppercase() && !b"CIKMOV".contains(byte);
    matches!(inward, [digit, first, second]
        if digit.is_ascii_digit() && letter(first) && letter(second))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r4_a_postcode_is_known_by_its_shape_and_written_one_way() {
        for (given, written) in [
            ("e81ea", "E8 1EA"),
            (" E8  1EA ", "E8 1EA"),
            ("m1 1ae", "M1 1AE"),
            ("B33 8TH", "B33 8TH"),
            ("CR2 6XH", "CR2 6XH"),
            ("DN55 1PT", "DN55 1PT"),
            ("W1A 1HQ", "W1A 1HQ"),
            ("EC1A1BB", "EC1A 1BB"),
            ("GIR 0AA", "GIR 0AA"),
        ] {
            assert_eq!(parse(given).as_deref(), Some(written));
        }
    }

    #[test]
    fn r4_what_cannot_be_a_postcode_is_none() {
        for bad in ["", "E8", "E8 1E", "E8 1EAA", "8E 1EA", "EEE 1EA", "E8 1CA", "E8-1EA", "Ё8 1EA"]
        {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
