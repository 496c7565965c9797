//! Chance that is the same every time: SplitMix64, which needs no crate.

/// A stream of random numbers that follows from its seed.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// The stream of a seed and a number, unlike that of any other.
    pub fn new(seed: u64, number: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15));
        let start = dice.roll() ^ number.wrapping_mul(0xd1b5_4a32_d192_ed03);
        Self(start)
    }

    /// Any number.
    pub fn roll(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }

    /// From 0 to below `end`; 0 where that is 0.
    pub fn below(&mut self, end: usize) -> usize {
        (self.roll() % end.max(1) as u64) as usize
    }

    /// Whether something happens that happens so often (0 to 1).
    pub fn falls(&mut self, chance: f64) -> bool {
        self.part() < chance
    }

    /// From 0 to below 1.
    pub fn part(&mut self) -> f64 {
        (self.roll() >> 11) as f64 / (1_u64 << 53) as f64
    }

    /// One of them.
    pub fn pick<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        &from[self.below(from.len())]
    }

    /// One of them, the first ones most often, as with names.
    pub fn pick_common<'a, T>(&mut self, from: &'a [T]) -> &'a T {
        let place = self.part().powf(1.6) * from.len() as f64;
        &from[(place as usize).min(from.len() - 1)]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_falls_the_same_way() {
        let mut one = Dice::new(7, 3);
        let mut same = Dice::new(7, 3);
        let mut other = Dice::new(7, 4);
        let first = one.roll();
        assert_eq!(first, same.roll());
        assert_ne!(first, other.roll());
        let falls = (0..10_000).filter(|_| one.falls(0.25)).count();
        assert!((2_300..2_700).contains(&falls), "{falls}");
    }
}
