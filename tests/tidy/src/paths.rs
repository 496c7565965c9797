//! What texts point to is there.

use crate::tree::{File, files, none};

/// Names that are written like files of ours and are none: text, name, reason.
const ELSEWHERE: [(&str, &str, &str); 3] = [
    ("tests/README.md", "tests/it", "the folder of that name in every service"),
    ("services/mash/provision/README.md", "servers.json", "made when the servers are installed"),
    ("services/mash/provision/README.md", "jwks.json", "made with the identities of a deployment"),
];

const EXTENSIONS: [&str; 10] =
    ["rs", "toml", "md", "proto", "sql", "json", "cedar", "cedarschema", "yaml", "txt"];

/// What stands between backticks on a line.
pub fn spans(line: &str) -> impl Iterator<Item = &str> {
    line.split('`').skip(1).step_by(2)
}

/// `src/{store,events}.rs` is two.
pub fn expand(path: &str) -> Vec<String> {
    let braces =
        path.split_once('{').and_then(|(before, rest)| Some((before, rest.split_once('}')?)));
    let Some((before, (choices, after))) = braces else {
        return vec![path.to_owned()];
    };
    choices
        .split(',')
        .flat_map(|choice| expand(&format!("{before}{}{after}", choice.trim())))
        .collect()
}

/// The files at a path, from a folder, its `src`, or the root; those of a folder are
/// all in it, and `*` stands for any part of a name.
pub fn resolve(folder: &str, path: &str) -> Vec<&'static File> {
    let from = [folder.to_owned(), format!("{folder}/src"), String::new()];
    let candidates = from.iter().map(|from| normal(&format!("{from}/{path}")));
    let mut found = candidates.map(|path| at(&path)).filter(|files| !files.is_empty());
    found.next().unwrap_or_default()
}

fn at(path: &str) -> Vec<&'static File> {
    let inside = format!("{path}/");
    let is_at = |file: &&File| file.path.starts_with(&inside) || matches(path, &file.path);
    files().iter().filter(is_at).collect()
}

/// Whether a path is that of a pattern, in which `*` stands for anything.
fn matches(pattern: &str, path: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else {
        return pattern == path;
    };
    let Some(tail) = path.strip_prefix(start) else {
        return false;
    };
    let cuts = tail.char_indices().map(|(at, _)| at).chain([tail.len()]);
    let mut tails = cuts.map(|at| &tail[at..]);
    tails.any(|tail| matches(rest, tail))
}

/// Without `.`, `..` and slashes around.
fn normal(path: &str) -> String {
    let mut parts = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    parts.join("/")
}

/// Whether a span is meant as a path of the tree: it ends like a file, or begins with
/// a folder that is there.
fn is_path(folder: &str, span: &str) -> bool {
    let plain = |c: char| c.is_ascii_alphanumeric() || "_-./*".contains(c);
    if span.is_empty() || !span.chars().all(plain) || span.starts_with(['/', '.', '*', '-']) {
        return false;
    }
    let extension = span
        .rsplit_once('.')
        .is_some_and(|(stem, extension)| !stem.is_empty() && EXTENSIONS.contains(&extension));
    let first = span.split('/').next().unwrap_or(span);
    extension || (span.contains('/') && !resolve(folder, first).is_empty())
}

/// A name without a folder may be that of any file.
fn exists(folder: &str, path: &str) -> bool {
    let anywhere =
        |path: &str| files().iter().any(|file| file.path.rsplit('/').next() == Some(path));
    !resolve(folder, path).is_empty() || (!path.contains(['/', '*']) && anywhere(path))
}

#[test]
fn files_that_texts_name_are_there() {
    let (mut broken, mut met) = (Vec::new(), Vec::new());
    for text in files().iter().filter(|file| file.extension() == "md") {
        let mut fenced = false;
        for (number, line) in text.lines() {
            fenced ^= line.trim_start().starts_with("```");
            if fenced {
                continue;
            }
            let spans = spans(line).flat_map(expand).filter(|span| is_path(text.folder(), span));
            let links = line.split("](").skip(1).filter_map(|rest| rest.split(')').next());
            let links =
                links.filter(|link| !link.contains(':')).filter_map(|link| link.split('#').next());
            let named = spans.chain(links.filter(|link| !link.is_empty()).map(str::to_owned));
            for path in named.filter(|path| !exists(text.folder(), path)) {
                match ELSEWHERE
                    .iter()
                    .position(|(within, name, _)| *within == text.path && *name == path)
                {
                    Some(exception) => met.push(exception),
                    None => broken.push(format!("{}:{number}: {path}", text.path)),
                }
            }
        }
    }
    let idle = ELSEWHERE.iter().enumerate().filter(|(at, _)| !met.contains(at));
    broken.extend(
        idle.map(|(_, (text, name, _))| {
            format!("{text}: the exception for `{name}` is not needed")
        }),
    );
    none("a file that a text names is there", broken);
}

#[test]
fn a_path_with_choices_is_several() {
    assert_eq!(expand("src/{a,b}.rs"), ["src/a.rs", "src/b.rs"]);
    assert_eq!(expand("src/a.rs"), ["src/a.rs"]);
    assert!(
        matches("mash/**/*.proto", "mash/intake/v1/a.proto") && !matches("src/*.rs", "src/a.toml")
    );
    assert_eq!(normal("services/intake/../../deploy/./x"), "deploy/x");
    assert!(
        is_path("tests/tidy", "src/nothing.rs") && !is_path("tests/tidy", "application/protobuf")
    );
    assert!(
        exists("tests/tidy", "src/*.rs")
            && exists("tests/tidy", "paths.rs")
            && !exists("tests/tidy", "none.rs")
    );
}
