//! The cells of a row into what an import sends of it (R9).

use intake::RowCheck;
use jiff::Timestamp;
use proto::intake::v1::{EpisodeKind, EpisodeRow, RowProblem};
use proto::terms::v1::Date;

use super::sheet::Row;

/// Reads rows, and looks at them as intake will.
pub(super) struct Cells {
    check: RowCheck,
    now: Timestamp,
}

impl Cells {
    /// Rows as they are judged at `now`.
    pub(super) fn checked_at(now: Timestamp) -> anyhow::Result<Self> {
        Ok(Self { check: RowCheck::embedded()?, now })
    }

    /// A row of this number.
    ///
    /// # Errors
    /// Every field that is wrong; no cell is named.
    pub(super) fn read(&self, number: i32, row: Row<'_>) -> Result<EpisodeRow, Vec<RowProblem>> {
        let mut problems = Vec::new();
        if !row.is_whole() {
            problems.push(problem("row", "has not as many cells as there are headings"));
        }
        let mut date = |heading: &str| {
            let cell = row.cell(heading);
            let date = day(cell);
            if date.is_none() && !cell.is_empty() {
                problems.push(problem(heading, "must be dd/mm/yyyy or yyyy-mm-dd"));
            }
            date
        };
        let dates = [date("birth_date"), date("opened_on"), date("closed_on")];
        let [birth_date, opened_on, closed_on] = dates;
        let kind = kind(row.cell("kind"));
        if kind.is_none() {
            problems.push(problem("kind", "must be early_help, section_17 or section_47 (R9)"));
        }
        let text = |heading: &str| row.cell(heading).to_owned();
        let row = EpisodeRow {
            number,
            person_ref: text("person_ref"),
            name: text("name"),
            birth_date,
            nhs_number: text("nhs_number"),
            upn: text("upn"),
            address: text("address"),
            postcode: text("postcode"),
            school: text("school"),
            sex: text("sex"),
            episode_ref: text("episode_ref"),
            kind: kind.unwrap_or_default().into(),
            unit: text("unit"),
            worker: text("worker"),
            opened_on,
            closed_on,
        };
        let known: Vec<String> = problems.iter().map(|problem| problem.field.clone()).collect();
        let others = self.check.problems(row.clone(), self.now);
        problems.extend(others.into_iter().filter(|other| !known.contains(&other.field)));
        if problems.is_empty() { Ok(row) } else { Err(problems) }
    }
}

fn problem(field: &str, why: &str) -> RowProblem {
    RowProblem { field: field.to_owned(), description: why.to_owned() }
}

/// A day as people write it or as machines do; whether it exists is intake's to say.
fn day(cell: &str) -> Option<Date> {
    let number = |digits: &str, most: usize| {
        let is_number =
            (1..=most).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_digit());
        if is_number { digits.parse().ok() } else { None }
    };
    let parts = |separator: char| {
        let mut parts = cell.split(separator);
        let three = [parts.next()?, parts.next()?, parts.next()?];
        parts.next().is_none().then_some(three)
    };
    let [year, month, day] = match (parts('/'), parts('-')) {
        (Some([day, month, year]), _) if year.len() == 4 => [year, month, day],
        (_, Some(iso)) if iso.map(str::len) == [4, 2, 2] => iso,
        _ => return None,
    };
    Some(Date { year: number(year, 4)?, month: number(month, 2)?, day: number(day, 2)? })
}

fn kind(cell: &str) -> Option<EpisodeKind> {
    let kind = cell.to_ascii_lowercase().replace([' ', '-'], "_");
    match kind.as_str() {
        "early_help" => Some(EpisodeKind::EarlyHelp),
        "section_17" => Some(EpisodeKind::Section17),
        "section_47" => Some(EpisodeKind::Section47),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn r9_days_are_read_as_people_and_as_machines_write_them() {
        let date = |year, month, day| Some(Date { year, month, day });
        assert_eq!(day("17/05/2016"), date(2016, 5, 17));
        assert_eq!(day("7/5/2016"), date(2016, 5, 7));
        assert_eq!(day("2016-05-17"), date(2016, 5, 17));
        for bad in [
            "",
            "17.05.2016",
            "17/05/16",
            "17/05/2016 00:00",
            "2016/05/17",
            "2016-5-17",
            "=TODAY()",
            "-17/05/2016",
            "+7/05/2016",
            "17/05/2016/1",
            "٠٧/٠٥/٢٠١٦",
            "42507",
            "05-17-2016",
        ] {
            assert_eq!(day(bad), None, "{bad}");
        }
    }

    #[test]
    fn r9_kinds_are_read_in_capitals_and_with_spaces() {
        assert_eq!(kind("Section 47"), Some(EpisodeKind::Section47));
        assert_eq!(kind("SECTION_17"), Some(EpisodeKind::Section17));
        assert_eq!(kind("Early Help"), Some(EpisodeKind::EarlyHelp));
        assert_eq!(kind("=Section 47"), None);
        assert_eq!(kind(""), None);
    }
}
