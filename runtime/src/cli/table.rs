//! Columns of text.

use crate::policy::printable;

/// Prints rows with each column as wide as its widest cell.
pub(super) fn print(rows: &[Vec<String>]) {
    print!("{}", rendered(rows, ""));
}

/// Rows as text, each line after `indent`. What a terminal would obey is
/// escaped: cells have names in them that strangers chose.
pub(super) fn rendered(rows: &[Vec<String>], indent: &str) -> String {
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| printable(cell)).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let width = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| cell.chars().count()).max().unwrap_or(0)
    };
    let widths: Vec<usize> = (0..columns).map(width).collect();
    let mut text = String::new();
    for row in &rows {
        let mut line = String::from(indent);
        for (cell, width) in row.iter().zip(&widths) {
            line.push_str(&format!("{cell:width$}  "));
        }
        text.push_str(line.trim_end());
        text.push('\n');
    }
    text
}
