//! The files of the tree, read once.

use std::{
    fs,
    path::{Path, PathBuf},
    sync::LazyLock,
};

/// What is made, not written.
const MADE: [&str; 5] = ["target", ".git", ".mash", ".sqlx", "node_modules"];
/// What is read; other files only exist.
const READ: [&str; 8] = ["rs", "toml", "md", "proto", "sql", "cedar", "yaml", "json"];

/// A file, by its path from the root, with `/`.
pub struct File {
    pub path: String,
    pub text: String,
}

impl File {
    /// What follows the last dot of its name.
    pub fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }

    /// Its lines with their numbers, from 1.
    pub fn lines(&self) -> impl Iterator<Item = (usize, &str)> {
        self.text.lines().enumerate().map(|(index, line)| (index + 1, line))
    }

    /// The folder that it is in, `""` for the root.
    pub fn folder(&self) -> &str {
        self.path.rsplit_once('/').map_or("", |(folder, _)| folder)
    }

    /// What stands in its comments on a line; all of it in a text.
    pub fn comment<'a>(&self, line: &'a str) -> &'a str {
        let sign = match self.extension() {
            "md" => return line,
            "rs" | "proto" => "//",
            "sql" => "--",
            _ => "#",
        };
        // `://` is an address.
        let start = line.match_indices(sign).find(|(at, _)| !line[..*at].ends_with(':'));
        start.map_or("", |(at, _)| &line[at..])
    }
}

pub fn root() -> &'static Path {
    static ROOT: LazyLock<PathBuf> = LazyLock::new(|| {
        Path::new(env!("CARGO_MANIFEST_DIR"))
            .join("../..")
            .canonicalize()
            .expect("the tree is there")
    });
    &ROOT
}

/// Every file that is written by hand, in the order of paths.
pub fn files() -> &'static [File] {
    static FILES: LazyLock<Vec<File>> = LazyLock::new(|| {
        let mut files = Vec::new();
        collect(root(), &mut files);
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    });
    &FILES
}

/// Rust sources.
pub fn sources() -> impl Iterator<Item = &'static File> {
    files().iter().filter(|file| file.extension() == "rs")
}

/// Sources of programs and libraries, not of their integration tests.
pub fn service_sources() -> impl Iterator<Item = &'static File> {
    sources().filter(|file| file.path.starts_with("services/") && file.path.contains("/src/"))
}

fn collect(folder: &Path, files: &mut Vec<File>) {
    for entry in fs::read_dir(folder).expect("a folder can be read").flatten() {
        let (path, name) = (entry.path(), entry.file_name());
        if MADE.contains(&&*name.to_string_lossy()) {
            continue;
        }
        if path.is_dir() {
            collect(&path, files);
            continue;
        }
        let extension = path.extension().unwrap_or_default().to_string_lossy();
        let text =
            if READ.contains(&&*extension) { fs::read_to_string(&path) } else { Ok(String::new()) };
        let relative =
            path.strip_prefix(root()).expect("it is in the tree").to_string_lossy().into_owned();
        // A file that is gone again by now breaks no rule.
        let Ok(text) = text else { continue };
        files.push(File { path: relative, text });
    }
}

/// The identifiers of a text: letters, digits and underscores.
pub fn identifiers(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty())
}

/// Fails with everything that breaks a rule.
#[track_caller]
pub fn none(rule: &str, broken: Vec<String>) {
    assert!(broken.is_empty(), "{rule}; {} times not:\n  {}\n", broken.len(), broken.join("\n  "));
}
