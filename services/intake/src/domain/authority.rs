//! Another authority that children are passed to (R3): of England and Wales by the three digits
//! that the DfE gives to each, of Scotland by the GSS code of the council. Nobody numbers those of
//! Northern Ireland and of other countries for all: they are the place's ISO 3166 code and a name.

use access::Personal;
use thiserror::Error;

/// Northern Ireland, whose trusts have the duties of an authority.
const NORTHERN_IRELAND: &str = "GB-NIR";

/// An authority that children can be passed to.
pub struct Authority {
    code: String,
    name: Personal<String>,
}

/// Why an authority cannot be named so.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum AuthorityFault {
    /// The code is none.
    #[error("is no authority: three digits, a Scottish council's code, GB-NIR or a country")]
    Code,
    /// A place alone receives nothing.
    #[error("is missing: a country or GB-NIR is no authority by itself")]
    NoName,
    /// The code says which it is; a name could say another.
    #[error("is for an authority without a code of its own")]
    NameToo,
}

impl Authority {
    /// The authority of a code such as 211, S12000033, GB-NIR or FR, and of a name where the code
    /// is the place's only (R3): every child can be passed with a receipt, wherever it lives.
    pub fn parse(code: &str, name: Personal<String>) -> Result<Self, AuthorityFault> {
        let has_name = !name.open().trim().is_empty();
        match (is_council(code), is_place(code), has_name) {
            (false, false, _) => Err(AuthorityFault::Code),
            (false, true, false) => Err(AuthorityFault::NoName),
            (true, _, true) => Err(AuthorityFault::NameToo),
            (true, _, false) | (false, true, true) => Ok(Self { code: code.to_owned(), name }),
        }
    }

    /// Its code, or its place's.
    pub fn code(&self) -> &str {
        &self.code
    }

    /// Its name, where the code is its place's; else empty.
    pub fn name(&self) -> &Personal<String> {
        &self.name
    }
}

/// A council of England or Wales, or of Scotland.
fn is_council(code: &str) -> bool {
    let digits = |text: &str, number: usize| {
        text.len() == number && text.bytes().all(|byte| byte.is_ascii_digit())
    };
    let numbered = digits(code, 3) && !code.starts_with(['0', '1']);
    numbered || code.strip_prefix("S12").is_some_and(|rest| digits(rest, 6))
}

/// Northern Ireland, or another country than this one.
fn is_place(code: &str) -> bool {
    let country = code.len() == 2 && code.bytes().all(|byte| byte.is_ascii_uppercase());
    code == NORTHERN_IRELAND || (country && code != "GB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(code: &str, name: &str) -> Result<(), AuthorityFault> {
        let authority = Authority::parse(code, Personal::new(name.to_owned()))?;
        assert_eq!((authority.code(), authority.name().open().as_str()), (code, name));
        Ok(())
    }

    #[test]
    fn r3_an_authority_is_a_councils_code_or_a_place_with_a_name() {
        for (code, name) in [
            ("211", ""),
            ("S12000033", ""),
            ("GB-NIR", "Belfast Health and Social Care Trust"),
            ("FR", "Aide sociale à l'enfance, Paris"),
        ] {
            assert_eq!(parse(code, name), Ok(()), "{code}");
        }
        for bad in
            ["", "21", "2111", "021", "111", "2A1", "E09", "٢١١", "S1200003", "GB", "fr", "FRA"]
        {
            assert_eq!(parse(bad, "A name"), Err(AuthorityFault::Code), "{bad}");
        }
        assert_eq!(parse("FR", " "), Err(AuthorityFault::NoName));
        assert_eq!(parse("GB-NIR", ""), Err(AuthorityFault::NoName));
        assert_eq!(parse("211", "Hackney"), Err(AuthorityFault::NameToo));
    }
}
