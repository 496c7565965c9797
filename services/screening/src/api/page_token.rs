//! Page tokens of the worklist: where the next stretch begins, and the instant that the
//! first one was made at, so that "overdue" means the same on every page. Callers see
//! an opaque text.

use jiff::Timestamp;
use uuid::Uuid;

use crate::store::worklist::Behind;

/// Stands for a line without a deadline.
const NO_DEADLINE: i64 = i64::MAX;
/// Two instants, a number, an id.
const BYTES: usize = 8 + 4 + 8 + 16;

/// Writes a token.
pub fn write(as_of: Timestamp, behind: Behind) -> String {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.extend(as_of.as_microsecond().to_be_bytes());
    bytes.extend(behind.press.to_be_bytes());
    bytes.extend(behind.next_deadline.map_or(NO_DEADLINE, Timestamp::as_microsecond).to_be_bytes());
    bytes.extend(behind.contact_id.into_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a token; `None` for what is none.
pub fn read(token: &str) -> Option<(Timestamp, Behind)> {
    if token.len() != 2 * BYTES || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |place| u8::from_str_radix(token.get(place..place + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..token.len()).step_by(2).map(byte).collect::<Option<_>>()?;
    let (as_of, rest) = bytes.split_first_chunk::<8>()?;
    let (press, rest) = rest.split_first_chunk::<4>()?;
    let (deadline, contact) = rest.split_first_chunk::<8>()?;
    let next_deadline = match i64::from_be_bytes(*deadline) {
        NO_DEADLINE => None,
        microsecond => Some(Timestamp::from_microsecond(microsecond).ok()?),
    };
    let press = i32::from_be_bytes(*press);
    let contact_id = Uuid::from_slice(contact).ok()?;
    let as_of = Timestamp::from_microsecond(i64::from_be_bytes(*as_of)).ok()?;
    (0..32).contains(&press).then_some((as_of, Behind { press, next_deadline, contact_id }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let as_of: Timestamp = "2026-11-24T10:00:00.000001Z".parse().unwrap();
        for next_deadline in [None, Some(as_of)] {
            let behind = Behind { press: 17, next_deadline, contact_id: Uuid::now_v7() };
            let token = write(as_of, behind);
            assert_eq!(read(&token), Some((as_of, behind)));
            assert_eq!(read(&token[1..]), None);
            assert_eq!(read(&token.replacen('0', "x", 1)), None);
        }
        assert_eq!(read(""), None);
        assert_eq!(read(&"f".repeat(2 * BYTES)), None);
        assert_eq!(read(&"ß".repeat(BYTES)), None);
    }
}
