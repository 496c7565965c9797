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
