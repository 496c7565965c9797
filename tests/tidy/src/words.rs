//! Words that comments and texts do without: they are of how the tree was made, not
//! of what it is.

use crate::tree::{files, identifiers, none};

const UNWANTED: [&str; 6] = ["issue", "issues", "session", "sessions", "todo", "fixme"];

/// Where a word has another meaning: file, word, reason.
const MEANT: [(&str, &str, &str); 2] = [
    (
        "services/mash/provision/src/identity.rs",
        "issue",
        "a certificate authority can issue certificates",
    ),
    ("services/mash/provision/src/identity.rs", "issues", "renewal issues a new certificate"),
];

fn is_text(extension: &str) -> bool {
    ["rs", "toml", "md", "proto", "sql"].contains(&extension)
}

#[test]
fn comments_are_about_what_the_tree_is() {
    let mut broken = Vec::new();
    let mut met = Vec::new();
    // This file names the words that it looks for.
    for file in files()
        .iter()
        .filter(|file| is_text(file.extension()) && file.path != "tests/tidy/src/words.rs")
    {
        for (number, line) in file.lines() {
            for word in identifiers(file.comment(line)).map(str::to_lowercase) {
                if !UNWANTED.contains(&&*word) {
                    continue;
                }
                match MEANT.iter().position(|(path, meant, _)| *path == file.path && *meant == word)
                {
                    Some(exception) => met.push(exception),
                    None => broken.push(format!("{}:{number}: {word}: {}", file.path, line.trim())),
                }
            }
        }
    }
    let idle = MEANT.iter().enumerate().filter(|(at, _)| !met.contains(at));
    broken.extend(
        idle.map(|(_, (path, word, _))| {
            format!("{path}: the exception for `{word}` is not needed")
        }),
    );
    none("comments and texts have none of these words", broken);
}
