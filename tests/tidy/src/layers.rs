//! Who may know what: the rules know no transport and no store, SQL stands in one
//! place, the broker behind one library.

use crate::tree::{File, none, service_sources, sources};

/// Where SQL stands outside a `store/`, for libraries that are not cut like services.
const SQL_OF_LIBRARIES: [&str; 5] = [
    "services/lib/messaging/src/store.rs",
    "services/lib/messaging/src/follower/store.rs",
    "services/lib/messaging/src/operator.rs",
    "services/lib/access/src/read_log.rs",
    "services/lib/access/src/refusal.rs",
];

/// Who speaks with the broker: the library that hides it, the one that connects it,
/// the binary that provides it, adapters (whose bell it is), and tests.
const BROKER: [&str; 5] = [
    "services/lib/messaging/",
    "services/lib/service/",
    "services/mash/",
    "services/adapter/",
    "tests/",
];

const MACROS: [&str; 7] = [
    "query!",
    "query_as!",
    "query_scalar!",
    "query_file!",
    "query_unchecked!",
    "query_as_unchecked!",
    "query_scalar_unchecked!",
];

/// Lines of code, without comments, in which `is_wrong` finds something.
fn lines(file: &'static File, is_wrong: impl Fn(&str) -> bool) -> impl Iterator<Item = String> {
    let code = |line: &'static str| &line[..line.len() - file.comment(line).len()];
    file.lines()
        .filter(move |(_, line)| is_wrong(code(line)))
        .map(|(number, line)| format!("{}:{number}: {}", file.path, line.trim()))
}

/// Whether code names the crate, and not something whose name ends so.
fn names(code: &str, name: &str) -> bool {
    code.match_indices(name).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let after = code[at + name.len()..].chars().next();
        let part = |c: Option<char>| c.is_some_and(|c| c.is_alphanumeric() || c == '_');
        !part(before) && (name.ends_with(['!', ':']) || !part(after))
    })
}

fn in_layer(file: &File, layers: &[&str]) -> bool {
    layers.iter().any(|layer| file.path.contains(&format!("/src/{layer}/")))
}

fn broken(layers: &'static [&'static str], is_wrong: impl Fn(&str) -> bool + Copy) -> Vec<String> {
    service_sources()
        .filter(|file| in_layer(file, layers))
        .flat_map(|file| lines(file, is_wrong))
        .collect()
}

#[test]
fn the_rules_know_no_store_but_the_types_of_columns() {
    let wrong = |code: &str| names(&code.replace("sqlx::Type", ""), "sqlx::");
    none("`domain/` has no sqlx but `sqlx::Type`", broken(&["domain"], wrong));
}

#[test]
fn the_rules_know_no_contract() {
    none("`domain/` has no `proto::`", broken(&["domain"], |code| names(code, "proto::")));
}

#[test]
fn rules_and_store_know_no_transport() {
    none(
        "`domain/` and `store/` have no tonic",
        broken(&["domain", "store"], |code| names(code, "tonic")),
    );
}

/// What each layer of a service may use of the others, from the bottom up: rules know the
/// protocol file alone, the store and the wire know rules, events know rules and wire, a command
/// knows all but the edge.
const BELOW: [(&str, &[&str]); 5] = [
    ("domain", &["domain", "protocol"]),
    ("store", &["domain", "protocol", "store"]),
    ("wire", &["domain", "protocol", "wire"]),
    ("events", &["domain", "protocol", "wire", "events"]),
    ("commands", &["domain", "protocol", "store", "wire", "events", "commands", "asks"]),
];

/// The services that are cut in layers.
const CUT: [&str; 4] = ["intake", "screening", "partner-checks", "reporting"];

/// The modules of its own crate that a file uses.
fn used(text: &str) -> Vec<&str> {
    let mut found = Vec::new();
    for (at, _) in text.match_indices("crate::") {
        let rest = &text[at + "crate::".len()..];
        match rest.strip_prefix('{') {
            None => found.extend(first_word(rest)),
            Some(listed) => found.extend(listed_words(listed)),
        }
    }
    found
}

fn first_word(text: &str) -> Option<&str> {
    let end = text.find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(text.len());
    Some(&text[..end]).filter(|word| !word.is_empty())
}

/// The words that begin the entries of a list in braces, up to the brace that ends it.
fn listed_words(text: &str) -> Vec<&str> {
    let (mut depth, mut begins, mut found) = (1, true, Vec::new());
    for (at, c) in text.char_indices() {
        match c {
            '{' => depth += 1,
            '}' => depth -= 1,
            ',' if depth == 1 => begins = true,
            c if c.is_whitespace() => {}
            _ if begins && depth == 1 => {
                found.extend(first_word(&text[at..]));
                begins = false;
            }
            _ => {}
        }
        if depth == 0 {
            break;
        }
    }
    found
}

#[test]
fn a_layer_uses_only_those_below_it() {
    let mut broken = Vec::new();
    for file in sources() {
        let of = |service: &&str| file.path.strip_prefix(&format!("services/{service}/src/"));
        let Some(path) = CUT.iter().find_map(of) else { continue };
        let Some(layer) = first_word(path) else { continue };
        let Some((_, below)) = BELOW.iter().find(|(name, _)| *name == layer) else { continue };
        let code = file.text.split("#[cfg(test)]\nmod tests {").next().unwrap_or_default();
        let above = used(code).into_iter().filter(|module| !below.contains(module));
        broken.extend(above.map(|module| format!("{}: {layer} uses {module}", file.path)));
    }
    none("a layer uses only those below it", broken);
}

#[test]
fn what_a_file_uses_of_its_own_crate_is_found() {
    let text = "use crate::{\n    api::{Api, page},\n    store,\n};\nuse crate::wire::x;";
    assert_eq!(used(text), ["api", "store", "wire"]);
}

#[test]
fn errors_that_are_decided_by_are_typed() {
    let layers = &["domain", "commands", "store"];
    none(
        "no anyhow in `domain/`, `commands/`, `store/`",
        broken(layers, |code| names(code, "anyhow")),
    );
}

#[test]
fn sql_stands_in_the_store() {
    let elsewhere = service_sources().filter(|file| {
        !in_layer(file, &["store"]) && !SQL_OF_LIBRARIES.contains(&file.path.as_str())
    });
    let is_sql = |code: &str| MACROS.iter().any(|name| names(code, name));
    none("SQL stands in `store/`", elsewhere.flat_map(|file| lines(file, is_sql)).collect());
    let idle = SQL_OF_LIBRARIES.iter().filter(|path| {
        !service_sources().any(|file| file.path == **path && lines(file, is_sql).next().is_some())
    });
    none("an exception is needed", idle.map(|path| (*path).to_owned()).collect());
}

#[test]
fn the_broker_stands_behind_one_library() {
    let elsewhere =
        sources().filter(|file| !BROKER.iter().any(|folder| file.path.starts_with(folder)));
    let knows = |code: &str| names(code, "async_nats");
    none(
        "only lib/messaging and who connects it know the broker",
        elsewhere.flat_map(|file| lines(file, knows)).collect(),
    );
}

#[test]
fn a_crate_is_named_and_not_what_ends_or_begins_like_it() {
    assert!(
        names("use proto::terms;", "proto::") && !names("use crate::other_proto::X;", "proto::")
    );
    assert!(
        !names("use calendar::protocol::Protocol;", "proto::")
            && names("-> Result<(), tonic::Status>", "tonic")
    );
    assert!(
        !names("fn tonics()", "tonic")
            && names("sqlx::query!(", "query!")
            && !names("requery!(", "query!")
    );
}
