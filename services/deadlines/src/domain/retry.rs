//! When a pager that did not take a page is tried again, or what could not be fired.

use jiff::SignedDuration;

/// Seconds before the second try, the third, and so on; after them one a minute,
/// without an end: a pager is never given up while its page waits for somebody.
const WAITS: [i64; 6] = [1, 2, 5, 10, 20, 30];
/// Seconds between later tries, and the most that a pager can ask for.
const LONGEST: i64 = 60;

/// How long to wait after the `tries`-th try has failed. A pager that asks for a
/// later one is followed, up to a minute.
pub fn wait(tries: i32, asked: Option<i64>) -> SignedDuration {
    let place = usize::try_from(tries).unwrap_or(0).saturating_sub(1);
    let scheduled = WAITS.get(place).copied().unwrap_or(LONGEST);
    let asked = asked.unwrap_or(0).clamp(0, LONGEST);
    SignedDuration::from_secs(scheduled.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tries_come_quickly_first_and_then_every_minute_without_end() {
        let waits: Vec<i64> =
            [1, 2, 3, 4, 5, 6, 7, 100].map(|tries| wait(tries, None).as_secs()).to_vec();
        assert_eq!(waits, [1, 2, 5, 10, 20, 30, 60, 60]);
    }

    #[test]
    fn a_pager_may_ask_for_a_later_try_of_a_minute_at_most() {
        assert_eq!(wait(1, Some(20)).as_secs(), 20);
        assert_eq!(wait(1, Some(86_400)).as_secs(), 60);
        assert_eq!(wait(4, Some(-5)).as_secs(), 10);
    }
}
