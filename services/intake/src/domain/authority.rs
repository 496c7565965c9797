//! Another local authority (R3), by the three digits that the DfE gives to each.

/// The number of a local authority in England or Wales.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Authority(String);

impl Authority {
    /// The authority of a number such as 211; `None` for what cannot be one.
    pub fn parse(number: &str) -> Option<Self> {
        let digits = number.len() == 3 && number.bytes().all(|byte| byte.is_ascii_digit());
        let given_out = !number.starts_with(['0', '1']);
        (digits && given_out).then(|| Self(number.to_owned()))
    }

    /// As it is written.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r3_an_authority_is_three_digits() {
        assert_eq!(Authority::parse("211").unwrap().as_str(), "211");
        for bad in ["", "21", "2111", "021", "111", "2A1", "E09", "٢١١"] {
            assert_eq!(Authority::parse(bad), None, "{bad}");
        }
    }
}
