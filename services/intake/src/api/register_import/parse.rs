//! Rows of an import into values that cannot be wrong.

use access::Personal;
use jiff::{Timestamp, civil::Date};
use proto::{convert::from_date, intake::v1 as pb, terms::v1 as terms};
use runtime::{
    fields::{Fields, optional, unless_empty},
    refusal::violations,
};
use tonic::Status;
use uuid::Uuid;

use crate::{
    api::{
        parse::{EXPECTED_WITHIN, latest_day, number},
        widths,
    },
    commands::register::import::Row,
    domain::{
        codes::Codes,
        nhs_number, postcode,
        register::{Episode, EpisodeKind},
        upn,
    },
    store::register::people::{Entry, Source},
};

/// The longest name of a system, and the longest reference, in characters.
const LONGEST_SYSTEM: usize = 20;
const LONGEST_REFERENCE: usize = 64;
/// Where a row is named in a path of a field that a contact has too.
const ROW: &str = "row";

/// Reads the header of an import: its id, the system.
pub fn header(header: pb::ImportHeader) -> Result<(Uuid, String), Status> {
    let mut fields = Fields::new();
    let import = fields.id("header.import_id", "R12", &header.import_id);
    let written = |c: u8| c.is_ascii_lowercase() || c.is_ascii_digit() || b"-_".contains(&c);
    let known =
        (1..=LONGEST_SYSTEM).contains(&header.system.len()) && header.system.bytes().all(written);
    fields.holds("header.system", "R9", "must be 1 to 20 of a-z, 0-9, - and _", known);
    fields.whole(import.map(|import| (import, header.system)))
}

/// Reads which import is wanted.
pub fn get_import(request: pb::GetImportRequest) -> Result<Uuid, Status> {
    let mut fields = Fields::new();
    let import = fields.id("import_id", "R12", &request.import_id);
    fields.whole(import)
}

/// Reads a row that came from `system` at `now`.
///
/// # Errors
/// Every field that is wrong; no value is named.
pub fn row(
    row: pb::EpisodeRow,
    system: &str,
    (codes, now): (&Codes, Timestamp),
) -> Result<Row, Vec<pb::RowProblem>> {
    let mut fields = Fields::new();
    let reference = reference(&mut fields, "episode_ref", "R9", system, &row.episode_ref);
    let episode = episode(&mut fields, &row, now);
    let person = person(&mut fields, row, system, (codes, now));
    let whole = || Some(Row { person: person?, reference: reference?, episode: episode? });
    match whole() {
        Some(row) if fields.good() => Ok(row),
        _ => Err(problems_of(&fields.refuse())),
    }
}

fn person(
    fields: &mut Fields,
    row: pb::EpisodeRow,
    system: &str,
    (codes, now): (&Codes, Timestamp),
) -> Option<Entry> {
    let source = reference(fields, "person_ref", "R8", system, &row.person_ref);
    let name = fields.text("name", "R8", row.name, 1..=widths::NAME);
    let latest = latest_day(now.saturating_add(EXPECTED_WITHIN).unwrap_or(now));
    let why = "lies more than ten months ahead";
    let birth_date = day(fields, "birth_date", "R8", row.birth_date.as_ref(), (latest, why));
    let nhs_number = number(fields, ROW, "nhs_number", &row.nhs_number, nhs_number::parse);
    let upn = number(fields, ROW, "upn", &row.upn, upn::parse);
    let address = fields.text("address", "R8", row.address, 0..=widths::ADDRESS);
    let postcode = number(fields, ROW, "postcode", &row.postcode, postcode::parse);
    let school = fields.text("school", "R8", row.school, 0..=widths::NAME);
    let coded = row.sex.is_empty() || codes.is_sex(&row.sex);
    fields.holds("sex", "R8", "is not a national code", coded);
    Some(Entry {
        source: Source::CaseSystem(source?),
        name: Personal::new(name?),
        chosen_name: Personal::new(String::new()),
        birth_date: birth_date?.map(Personal::new),
        nhs_number: nhs_number?,
        upn: upn?,
        address: Personal::new(address?),
        postcode: postcode?,
        school: Personal::new(school?),
        sex: row.sex,
        household: Vec::new(),
    })
}

fn episode(fields: &mut Fields, row: &pb::EpisodeRow, now: Timestamp) -> Option<Episode> {
    let kind = match fields.code("kind", "R9", row.kind) {
        Some(pb::EpisodeKind::EarlyHelp) => Some(EpisodeKind::EarlyHelp),
        Some(pb::EpisodeKind::Section17) => Some(EpisodeKind::Section17),
        Some(pb::EpisodeKind::Section47) => Some(EpisodeKind::Section47),
        Some(pb::EpisodeKind::Unspecified) | None => None,
    };
    let unit = fields.text("unit", "R9", row.unit.clone(), 0..=widths::NAME).map(unless_empty);
    let worker =
        fields.text("worker", "R9", row.worker.clone(), 0..=widths::NAME).map(unless_empty);
    let latest = (latest_day(now), "lies in the future");
    let opened = day(fields, "opened_on", "R9", row.opened_on.as_ref(), latest);
    let opened = opened.and_then(|day| fields.check("opened_on", "R9", "is missing", day));
    let closed = day(fields, "closed_on", "R9", row.closed_on.as_ref(), latest);
    if let (Some(opened), Some(Some(closed))) = (opened, closed) {
        fields.holds("closed_on", "R9", "lies before opened_on", opened <= closed);
    }
    Some(Episode {
        kind: kind?,
        unit: unit?,
        worker: worker?,
        opened_on: opened?,
        closed_on: closed?,
    })
}

/// A day that is not given, or exists and is not later than the latest.
fn day(
    fields: &mut Fields,
    field: &str,
    rule: &str,
    day: Option<&terms::Date>,
    (latest, why): (Date, &str),
) -> Option<Option<Date>> {
    optional(day, |day| {
        let day = fields.check(field, rule, "is not a day that exists", from_date(day))?;
        fields.check(field, rule, why, (day <= latest).then_some(day))
    })
}

/// A reference within its system. It begins with a letter or digit, so that no formula of a
/// spreadsheet is one.
fn reference(
    fields: &mut Fields,
    field: &str,
    rule: &str,
    system: &str,
    reference: &str,
) -> Option<String> {
    let written = |c: u8| c.is_ascii_alphanumeric() || b"._/-".contains(&c);
    let first = reference.bytes().next().is_some_and(|first| first.is_ascii_alphanumeric());
    let known = first && reference.len() <= LONGEST_REFERENCE && reference.bytes().all(written);
    let why = "must be 1 to 64 letters, digits, . _ / -, the first a letter or digit";
    fields.check(field, rule, why, known.then(|| format!("{system}:{reference}")))
}

fn problems_of(refused: &Status) -> Vec<pb::RowProblem> {
    let problem = |field: String, description| {
        let field = field.strip_prefix("row.").map(str::to_owned).unwrap_or(field);
        pb::RowProblem { field, description }
    };
    let named = violations(refused).into_iter();
    named.map(|one| problem(one.field, one.description)).collect()
}
