//! Page tokens of the list: where the next stretch begins. Callers see an opaque text.

use jiff::Timestamp;
use uuid::Uuid;

use crate::store::information_requests::list::Behind;

/// Whether it is dated, an instant, an id.
const BYTES: usize = 1 + 8 + 16;

/// Writes a token.
pub fn write(behind: Behind) -> String {
    let mut bytes = Vec::with_capacity(BYTES);
    bytes.push(u8::from(behind.dated));
    bytes.extend(behind.deadline.as_microsecond().to_be_bytes());
    bytes.extend(behind.id.into_bytes());
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Reads a token; `None` for what is none.
pub fn read(token: &str) -> Option<Behind> {
    if token.len() != 2 * BYTES || !token.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let byte = |place| u8::from_str_radix(token.get(place..place + 2)?, 16).ok();
    let bytes: Vec<u8> = (0..token.len()).step_by(2).map(byte).collect::<Option<_>>()?;
    let (dated, rest) = bytes.split_first()?;
    let (deadline, id) = rest.split_first_chunk::<8>()?;
    let dated = match dated {
        0 => false,
        1 => true,
        _ => return None,
    };
    let deadline = Timestamp::from_microsecond(i64::from_be_bytes(*deadline)).ok()?;
    Some(Behind { dated, deadline, id: Uuid::from_slice(id).ok()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_read_back_and_nothing_else_is_one() {
        let deadline: Timestamp = "2026-12-08T17:00:00.000001Z".parse().unwrap();
        for dated in [false, true] {
            let behind = Behind { dated, deadline, id: Uuid::now_v7() };
            let token = write(behind);
            assert_eq!(read(&token), Some(behind));
            assert_eq!(read(&token[1..]), None);
            assert_eq!(read(&format!("02{}", &token[2..])), None);
        }
        assert_eq!(read(""), None);
        assert_eq!(read(&"ß".repeat(BYTES)), None);
    }
}
