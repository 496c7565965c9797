//! Files are short. Functions are measured by clippy (`too_many_lines`).

use crate::tree::{none, sources};

const LONGEST: usize = 500;
const NINE_OF_TEN: usize = 350;

#[test]
fn no_source_is_longer_than_500_lines() {
    let long = sources()
        .map(|file| (&file.path, file.text.lines().count()))
        .filter(|(_, lines)| *lines > LONGEST);
    none(
        "a file has at most 500 lines",
        long.map(|(path, lines)| format!("{path}: {lines} lines")).collect(),
    );
}

#[test]
fn nine_sources_of_ten_have_at_most_350_lines() {
    let mut lengths: Vec<(usize, &str)> =
        sources().map(|file| (file.text.lines().count(), file.path.as_str())).collect();
    lengths.sort();
    let (_, longest_tenth) = lengths.split_at(lengths.len() * 9 / 10);
    let Some((shortest, _)) = longest_tenth.first() else {
        return;
    };
    let told = longest_tenth.iter().map(|(lines, path)| format!("{path}: {lines} lines")).collect();
    none(
        "nine of ten files have at most 350 lines",
        if *shortest > NINE_OF_TEN { told } else { Vec::new() },
    );
}
