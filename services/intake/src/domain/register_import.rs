//! How far an import of episodes of a case system is (R8, R9), and what became of its rows.

use sha2::{Digest, Sha256};

/// What became of rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Their episode was not known.
    pub created: i32,
    /// Their episode or person has changed.
    pub changed: i32,
    /// They say nothing new, or were taken before.
    pub unchanged: i32,
    /// They are bad.
    pub refused: i32,
}

impl Tally {
    /// Counts what became of other rows too.
    pub fn add(&mut self, other: Self) {
        self.created += other.created;
        self.changed += other.changed;
        self.unchanged += other.unchanged;
        self.refused += other.refused;
    }
}

/// A place in an import, and what stands before it. Of two streams under one id it tells
/// whether they are the same up to there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Number of the last row before it; 0 at the beginning.
    pub position: i32,
    /// Hash of the header and of all rows before it.
    pub content: [u8; 32],
}

impl Mark {
    /// The beginning of an import from a system.
    pub fn of(system: &str) -> Self {
        Self { position: 0, content: Sha256::digest(system).into() }
    }

    /// The place behind one more row, given as its bytes.
    #[must_use]
    pub fn behind(self, number: i32, row: &[u8]) -> Self {
        let hash = Sha256::new().chain_update(self.content).chain_update(Sha256::digest(row));
        Self { position: number, content: hash.finalize().into() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_a_place_tells_what_stands_before_it() {
        let place = |rows: &[&str]| {
            let rows = (1..).zip(rows);
            rows.fold(Mark::of("mosaic"), |mark, (number, row)| mark.behind(number, row.as_bytes()))
        };
        assert_eq!(place(&["a", "b"]), place(&["a", "b"]));
        for other in [place(&["b", "a"]), place(&["a", "c"]), place(&["ab", ""])] {
            assert_eq!(other.position, 2);
            assert_ne!(other, place(&["a", "b"]));
        }
        assert_ne!(Mark::of("mosaic"), Mark::of("liquidlogic"));
    }
}
