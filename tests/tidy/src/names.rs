//! Names that say nothing, and attributes that hide something.

use crate::tree::{files, none, sources};

const SAY_NOTHING: [&str; 10] =
    ["common", "shared", "core", "util", "utils", "helper", "helpers", "types", "models", "misc"];

#[test]
fn no_crate_module_or_file_has_a_name_that_says_nothing() {
    let mut broken = Vec::new();
    for file in files() {
        for part in file.path.split('/') {
            let stem = part.split('.').next().unwrap_or(part);
            if SAY_NOTHING.contains(&stem) {
                broken.push(file.path.clone());
            }
        }
        for (number, line) in file.lines() {
            let name = match file.extension() {
                "rs" => line.trim_start().trim_start_matches("pub ").strip_prefix("mod "),
                "toml" => line.strip_prefix("name = "),
                _ => None,
            };
            let name = name.map(|name| name.trim_matches(['"', ';', '{', ' ']));
            if name.is_some_and(|name| SAY_NOTHING.contains(&name)) {
                broken.push(format!("{}:{number}: {line}", file.path));
            }
        }
    }
    none("a name says what is in it", broken);
}

#[test]
fn what_is_ignored_or_excused_has_a_reason() {
    let mut broken = Vec::new();
    for file in sources() {
        for (number, line) in file.lines() {
            let code = line.trim_start();
            let hides =
                ["#[ignore]", "#[allow(", "#![allow("].iter().any(|start| code.starts_with(start));
            if hides {
                broken.push(format!("{}:{number}: {code}", file.path));
            }
        }
    }
    none("`ignore` has a reason, and exceptions are `expect` with one", broken);
}
