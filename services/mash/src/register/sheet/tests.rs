use std::io::{self, Read};

use super::*;

const HEADINGS: &str = "person_ref,name,birth_date,nhs_number,upn,address,postcode,school,sex,\
                        episode_ref,kind,unit,worker,opened_on,closed_on";

/// Number, name and address of every row.
fn rows(text: &str) -> Result<Vec<(i32, String, String)>, String> {
    let mut sheet = Sheet::open(text.as_bytes()).map_err(|e| e.to_string())?;
    let mut rows = Vec::new();
    while let Some((number, row)) = sheet.next().map_err(|e| e.to_string())? {
        rows.push((number, row.cell("name").to_owned(), row.cell("address").to_owned()));
    }
    Ok(rows)
}

fn row(name: &str, address: &str) -> String {
    format!("P1,{name},,,,{address},,,,E1,section_17,,,01/09/2026,\n")
}

fn one(number: i32, name: &str, address: &str) -> (i32, String, String) {
    (number, name.to_owned(), address.to_owned())
}

#[track_caller]
fn refused(text: &[u8], says: &str) {
    let mut sheet = match Sheet::open(text) {
        Ok(sheet) => sheet,
        Err(refused) => return assert!(refused.to_string().contains(says), "{refused}"),
    };
    loop {
        match sheet.next() {
            Ok(Some(_)) => {}
            Ok(None) => panic!("it is taken"),
            Err(refused) => return assert!(refused.to_string().contains(says), "{refused}"),
        }
    }
}

#[test]
fn r9_cells_hold_quotes_commas_line_breaks_and_any_script() {
    let text = format!(
        "\u{feff}{HEADINGS}\r\n{}\r\n\n{},,,,,,,,,,,,,,\n{}",
        row("\"O\"\"Neill, Ṣadé\"", "\"Flat 2\n12 Example Road\""),
        row("Ayşe Yılmaz", " E8 "),
        row("=HYPERLINK(\"x\")", "+44"),
    );
    let expected = [
        one(1, "O\"Neill, Ṣadé", "Flat 2\n12 Example Road"),
        one(2, "Ayşe Yılmaz", "E8"),
        one(3, "=HYPERLINK(\"x\")", "+44"),
    ];
    assert_eq!(rows(&text).unwrap(), expected);
}

#[test]
fn r9_columns_stand_in_any_order() {
    let turned: Vec<&str> = COLUMNS.iter().rev().copied().collect();
    let cells: Vec<String> = turned.iter().map(|column| format!("the {column}")).collect();
    let text = format!("{}\n{}\n", turned.join(","), cells.join(","));
    assert_eq!(rows(&text).unwrap(), [one(1, "the name", "the address")]);
}

#[test]
fn r9_a_row_of_another_width_is_seen() {
    let text = format!("{HEADINGS}\nP1,Ada\n{}", row("Ada", "x,y"));
    let mut sheet = Sheet::open(text.as_bytes()).unwrap();
    while let Some((_, row)) = sheet.next().unwrap() {
        assert!(!row.is_whole());
        assert_eq!(row.cell("name"), "Ada");
    }
}

#[test]
fn r9_what_is_saved_otherwise_is_refused_with_what_to_do() {
    let utf_16 = |order: fn(u16) -> [u8; 2]| -> Vec<u8> {
        let text = format!("\u{feff}{HEADINGS}\n");
        text.encode_utf16().flat_map(order).collect()
    };
    refused(&utf_16(u16::to_le_bytes), "UTF-16");
    refused(&utf_16(u16::to_be_bytes), "UTF-16");
    refused(&utf_16(u16::to_le_bytes)[2..], "UTF-16");
    refused(b"PK\x03\x04\x14\x00", "workbook");
    refused(HEADINGS.replace(',', ";").as_bytes(), "semicolons");
    refused(HEADINGS.replace(',', "\t").as_bytes(), "tabs");
    refused(HEADINGS.replace(',', "|").as_bytes(), "bars");
    let latin = [HEADINGS.as_bytes(), b"\nP1,Ren\xe9e,,,,,,,,E1,section_17,,,01/09/2026,\n"];
    refused(&latin.concat(), "row 1 is not UTF-8");
    refused(b"", "no column is headed person_ref");
    let other = HEADINGS.replace("upn", "Name of the child").replace("school", "name");
    for says in [
        "no column is headed upn",
        "no column is headed school",
        "two columns are headed name",
        "the heading of column 5 is not known",
    ] {
        refused(other.as_bytes(), says);
    }
}

#[test]
fn r9_a_quotation_mark_that_is_left_open_does_not_fill_the_memory() {
    let text = format!("{HEADINGS}\n{}{}", row("Ada", "x"), row("\"Ada", "x"));
    let endless = text.as_bytes().chain(io::repeat(b'x'));
    let mut sheet = Sheet::open(endless).unwrap();
    assert!(sheet.next().unwrap().is_some());
    let refused = sheet.next().err().unwrap().to_string();
    assert!(refused.contains("row 2 is larger than") && refused.contains("left open"), "{refused}");
    refused_headings();
}

fn refused_headings() {
    let refused = Sheet::open(io::repeat(b'x')).err().unwrap().to_string();
    assert!(refused.contains("larger than"), "{refused}");
}

/// A file of any length, made while it is read.
struct Endless {
    row: Vec<u8>,
    left: usize,
    at: usize,
}

impl Read for Endless {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.row.len() {
            if self.left == 0 {
                return Ok(0);
            }
            (self.at, self.left) = (0, self.left - 1);
        }
        let read = (&self.row[self.at..]).read(buffer)?;
        self.at += read;
        Ok(read)
    }
}

#[test]
fn r9_a_file_of_a_hundred_megabytes_is_read_in_the_memory_of_a_row() {
    let row = row("Chidera Okafor", &"x".repeat(450)).into_bytes();
    let rows = 100_000_000 / row.len();
    let file = format!("{HEADINGS}\n").into_bytes();
    let file = io::Cursor::new(file).chain(Endless { at: row.len(), row, left: rows });
    let before = peak();
    let mut sheet = Sheet::open(file).unwrap();
    let mut number = 0;
    while let Some((at, _)) = sheet.next().unwrap() {
        number = at;
    }
    assert_eq!(usize::try_from(number).unwrap(), rows);
    assert!(peak() - before < 20_000, "{} kB more", peak() - before);
}

#[test]
fn r9_a_file_with_more_rows_than_an_import_may_have_is_read_up_to_there_and_refused() {
    let row = b"P1\n".to_vec();
    let rows = usize::try_from(MOST_ROWS).unwrap() + 1;
    let file = io::Cursor::new(format!("{HEADINGS}\n").into_bytes());
    let file = file.chain(Endless { at: row.len(), row, left: rows });
    let mut sheet = Sheet::open(file).unwrap();
    for number in 1..=MOST_ROWS {
        assert_eq!(sheet.next().unwrap().unwrap().0, number);
    }
    let refused = sheet.next().err().unwrap();
    assert_eq!(refused.to_string(), "there are more than 1000000 rows");
}

/// The most memory that this process ever had, in kB.
fn peak() -> i64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find(|line| line.starts_with("VmHWM:")).unwrap();
    line.split_whitespace().nth(1).unwrap().parse().unwrap()
}
