//! A rule is found in seconds: the table of a README leads from it to its file and its
//! test, and is true.

use std::collections::BTreeSet;

use crate::{
    paths::{expand, resolve, spans},
    tree::{File, files, identifiers, none, sources},
};

/// Services whose README has a table of rules, once they are more than an empty crate.
const SERVICES: [&str; 6] =
    ["intake", "screening", "partner-checks", "adapter", "deadlines", "reporting"];

/// A row of a table whose first column is `rule`.
struct Row {
    /// File and line.
    place: String,
    folder: String,
    /// `r34`.
    rules: Vec<String>,
    files: Vec<String>,
    tests: Vec<String>,
}

fn readmes() -> impl Iterator<Item = &'static File> {
    files()
        .iter()
        .filter(|file| file.path.starts_with("services/") && file.path.ends_with("/README.md"))
}

fn rows(readme: &File) -> Vec<Row> {
    let (mut rows, mut within) = (Vec::new(), false);
    for (number, line) in readme.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if !line.starts_with('|') {
            within = false;
        } else if cells[0] == "rule" {
            within = true;
        } else if within && !cells[0].starts_with('-') {
            let named = |cell: usize| {
                cells.get(cell).map_or(Vec::new(), |cell| spans(cell).flat_map(expand).collect())
            };
            rows.push(Row {
                place: format!("{}:{number}", readme.path),
                folder: readme.folder().to_owned(),
                rules: rules_in(cells[0]),
                files: named(1),
                tests: named(2),
            });
        }
    }
    rows
}

/// The rules that a text names, `R65–R67` being three.
fn rules_in(text: &str) -> Vec<String> {
    let mut rules = Vec::new();
    let mut from = None;
    for word in text.split_inclusive(|c: char| !c.is_ascii_alphanumeric()) {
        let rule = word.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
        let number: Option<u32> = rule.strip_prefix('R').and_then(|number| number.parse().ok());
        if let Some(number) = number {
            rules.extend((from.unwrap_or(number)..=number).map(|number| format!("r{number}")));
            from = word.ends_with(['–', '-']).then_some(number + 1);
        }
    }
    rules
}

/// Whether a text has the rule as a word, or in the name of a test.
fn tells_of(text: &str, rule: &str) -> bool {
    identifiers(text)
        .map(str::to_lowercase)
        .any(|word| word == rule || word.starts_with(&format!("{rule}_")))
}

/// The names of functions in the sources of a folder, with the file of each.
fn functions(folder: &str) -> Vec<(String, &'static File)> {
    let inside = format!("{folder}/");
    let within = sources().filter(move |file| file.path.starts_with(&inside));
    let functions = within.flat_map(|file| {
        let names = file.text.lines().filter_map(|line| {
            let code = line.trim_start().trim_start_matches("pub ").trim_start_matches("async ");
            code.strip_prefix("fn ").and_then(|code| identifiers(code).next())
        });
        names.map(move |name| (name.to_owned(), file))
    });
    functions.collect()
}

/// The rules in the name of a test: `r18_r41_…` is of two.
fn rules_of(function: &str) -> impl Iterator<Item = &str> {
    let is_rule = |part: &&str| {
        part.strip_prefix('r')
            .is_some_and(|number| !number.is_empty() && number.bytes().all(|c| c.is_ascii_digit()))
    };
    function.split('_').take_while(is_rule)
}

#[test]
fn every_built_service_has_a_table_of_its_rules() {
    let built = SERVICES.iter().filter(|service| {
        let folder = format!("services/{service}/src/");
        sources().filter(|file| file.path.starts_with(&folder)).count() > 1
    });
    let without = built.filter(|service| {
        let path = format!("services/{service}/README.md");
        !readmes().any(|readme| readme.path == path && !rows(readme).is_empty())
    });
    none(
        "a service has a README with the table rule, file, test",
        without.map(|name| (*name).to_owned()).collect(),
    );
}

#[test]
fn every_rule_of_a_table_is_in_the_files_that_it_names() {
    let mut broken = Vec::new();
    for row in readmes().flat_map(rows) {
        let named: Vec<&File> =
            row.files.iter().flat_map(|path| resolve(&row.folder, path)).collect();
        if row.rules.is_empty() || row.files.is_empty() {
            broken.push(format!("{}: a row names a rule and a file", row.place));
        }
        let absent =
            row.rules.iter().filter(|rule| !named.iter().any(|file| tells_of(&file.text, rule)));
        broken.extend(
            absent.map(|rule| format!("{}: {rule} is not in {}", row.place, row.files.join(", "))),
        );
    }
    none("a rule stands in the file that the table names", broken);
}

#[test]
fn every_test_of_a_table_is_there() {
    let mut broken = Vec::new();
    for row in readmes().flat_map(rows) {
        let functions = functions(&row.folder);
        if row.tests.is_empty() {
            broken.push(format!("{}: a row names a test", row.place));
        }
        for test in &row.tests {
            // A library may point to a file that proves a rule as a whole.
            let there = if row.folder.starts_with("services/lib/") && test.ends_with(".rs") {
                resolve(&row.folder, test).iter().any(|file| file.text.contains("test]"))
            } else {
                functions.iter().any(|(name, _)| name == test)
            };
            if !there {
                broken.push(format!("{}: {test}", row.place));
            }
        }
    }
    none("a test that a table names is there", broken);
}

#[test]
fn every_rule_of_a_test_is_in_the_table() {
    let mut broken = Vec::new();
    for readme in readmes() {
        let listed: BTreeSet<String> = rows(readme).into_iter().flat_map(|row| row.rules).collect();
        for (function, file) in functions(readme.folder()) {
            // A crate within has a README of its own.
            let nearest =
                readmes().filter(|other| file.path.starts_with(&format!("{}/", other.folder())));
            if nearest
                .max_by_key(|other| other.folder().len())
                .is_some_and(|nearest| nearest.path != readme.path)
            {
                continue;
            }
            let absent = rules_of(&function).filter(|rule| !listed.contains(*rule));
            broken.extend(absent.map(|rule| {
                format!("{}: {function}: {rule} is not in {}", file.path, readme.path)
            }));
        }
    }
    none("the rule in the name of a test is in the table of the README", broken);
}

#[test]
fn a_range_of_rules_is_all_of_them() {
    assert_eq!(rules_in("R65–R67, R7 two grounds, R72"), ["r65", "r66", "r67", "r7", "r72"]);
    assert_eq!(rules_of("r18_r41_a_flag_pages").collect::<Vec<_>>(), ["r18", "r41"]);
    assert_eq!(rules_of("row").count() + rules_of("r_").count(), 0);
    assert!(
        tells_of("(R34)", "r34") && tells_of("fn r34_red()", "r34") && !tells_of("R345 r3", "r34")
    );
}
