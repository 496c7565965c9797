//! How figures are read off: medians, percentiles, and a table of them.

use std::time::Duration;

/// The middle of the figures; 0 where there are none.
pub fn median(figures: &[f64]) -> f64 {
    percentile(figures, 0.5)
}

/// The figure below which the share `part` (0 to 1) of them lies; 0 where there are none.
pub fn percentile(figures: &[f64], part: f64) -> f64 {
    let mut sorted = figures.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().saturating_sub(1);
    let place = (last as f64 * part).round() as usize;
    sorted.get(place).copied().unwrap_or_default()
}

/// Milliseconds.
pub fn millis(time: Duration) -> f64 {
    time.as_secs_f64() * 1e3
}

/// A whole number in a column, or a fraction where it is small.
pub fn short(figure: f64) -> String {
    if figure >= 100.0 { format!("{figure:.0}") } else { format!("{figure:.2}") }
}

/// Prints rows under a head, in columns as wide as they need.
pub fn print_table(head: &[&str], rows: &[Vec<String>]) {
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        let widest = cells.map(|cell| cell.chars().count()).max();
        widest.unwrap_or_default().max(head.get(column).map_or(0, |name| name.len()))
    };
    let line = |cells: &mut dyn Iterator<Item = &str>| {
        let padded = cells.enumerate().map(|(column, cell)| {
            let width = width(column);
            format!("{cell:>width$}")
        });
        println!("{}", padded.collect::<Vec<_>>().join("  "));
    };
    line(&mut head.iter().copied());
    for row in rows {
        line(&mut row.iter().map(String::as_str));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_middle_and_the_tail_are_taken_from_the_sorted_figures() {
        let figures: Vec<f64> = (1..=101).rev().map(f64::from).collect();
        assert_eq!(median(&figures), 51.0);
        assert_eq!(percentile(&figures, 0.99), 100.0);
        assert_eq!(median(&[]), 0.0);
    }
}
