//! Columns on a terminal, as wide as their widest entry.

/// The rows under their headings, without trailing blanks.
pub(crate) fn table<const N: usize>(headings: [&str; N], rows: &[[String; N]]) -> String {
    let width = |column: usize| {
        let cells = rows.iter().map(|row| row[column].chars().count());
        cells.chain([headings[column].len()]).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..N).map(width).collect();
    let line = |cells: [&str; N]| {
        let padded = cells.iter().zip(&widths);
        let padded: Vec<String> = padded.map(|(cell, width)| format!("{cell:width$}")).collect();
        padded.join("  ").trim_end().to_owned() + "\n"
    };
    let rows = rows.iter().map(|row| line(row.each_ref().map(String::as_str)));
    [line(headings)].into_iter().chain(rows).collect()
}

#[cfg(test)]
mod tests {
    use super::table;

    #[test]
    fn columns_are_as_wide_as_their_widest_entry() {
        let rows = [["a".to_owned(), "12345".to_owned()]];
        assert_eq!(table(["NAME", "N"], &rows), "NAME  N\na     12345\n");
    }
}
