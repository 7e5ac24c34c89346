//! Columns of text, and lines, as wide as the terminal.
//!
//! On a terminal what does not fit goes on below, in its column; elsewhere a row is
//! a line. Nothing is left out.

use std::io::{self, IsTerminal as _};
use std::sync::OnceLock;

use crate::policy::printable;

/// A column is not made narrower than this.
const LEAST: usize = 10;
/// What is between columns.
const GAP: usize = 2;

/// Prints rows with each column as wide as its widest cell.
pub(super) fn print(rows: &[Vec<String>]) {
    print!("{}", rendered(rows, ""));
}

/// Rows as text, each line after `indent`. What a terminal would obey is
/// escaped: cells have names in them that strangers chose.
pub(super) fn rendered(rows: &[Vec<String>], indent: &str) -> String {
    within(rows, indent, width())
}

/// Lines as they are printed; what of one does not fit goes on in lines that begin
/// with blanks. They have no characters that a terminal would obey.
pub(super) fn lines(text: &str) -> String {
    const INDENT: &str = "    ";
    let Some(width) = width().filter(|width| *width >= LEAST + INDENT.len()) else {
        return text.to_owned();
    };
    let lines = text.split('\n');
    let lines = lines.map(|line| wrapped(line, width - INDENT.len()).join(&format!("\n{INDENT}")));
    lines.collect::<Vec<_>>().join("\n")
}

/// How wide the terminal is on which stdout is; none elsewhere.
pub(super) fn width() -> Option<usize> {
    static WIDTH: OnceLock<Option<usize>> = OnceLock::new();
    *WIDTH.get_or_init(|| {
        if !io::stdout().is_terminal() {
            return None;
        }
        let said = std::env::var("COLUMNS").ok();
        let said = said.and_then(|columns| columns.parse().ok());
        said.or_else(asked).filter(|width| *width > 0)
    })
}

/// What POSIX's `stty` says of the terminal: rows and columns.
#[cfg(unix)]
fn asked() -> Option<usize> {
    let terminal = std::fs::File::open("/dev/tty").ok()?;
    let mut stty = std::process::Command::new("stty");
    let output = stty.arg("size").stdin(terminal).output().ok()?;
    let text = String::from_utf8(output.stdout).ok()?;
    text.split_whitespace().nth(1)?.parse().ok()
}

/// The standard library does not say it.
#[cfg(not(unix))]
fn asked() -> Option<usize> {
    None
}

fn within(rows: &[Vec<String>], indent: &str, width: Option<usize>) -> String {
    let rows: Vec<Vec<_>> = rows
        .iter()
        .map(|row| row.iter().map(|cell| printable(cell)).collect())
        .collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| {
        let cells = rows.iter().filter_map(|row| row.get(column));
        cells.map(|cell| length(cell)).max().unwrap_or(0)
    };
    let mut widths: Vec<usize> = (0..columns).map(widest).collect();
    if let Some(width) = width {
        let gaps = GAP * columns.saturating_sub(1);
        fit(&mut widths, width.saturating_sub(indent.len() + gaps));
    }
    let mut text = String::new();
    for row in &rows {
        let cells: Vec<Vec<String>> = row
            .iter()
            .zip(&widths)
            .map(|(cell, width)| wrapped(cell, *width))
            .collect();
        let height = cells.iter().map(Vec::len).max().unwrap_or(0);
        for at in 0..height {
            let mut line = String::from(indent);
            for (cell, width) in cells.iter().zip(&widths) {
                let part = cell.get(at).map_or("", String::as_str);
                line.push_str(&format!("{part:width$}{:GAP$}", ""));
            }
            text.push_str(line.trim_end());
            text.push('\n');
        }
    }
    text
}

/// Makes the widest columns narrower until all fit, or none can be.
fn fit(widths: &mut [usize], room: usize) {
    while widths.iter().sum::<usize>() > room {
        let Some(widest) = widths.iter_mut().max() else {
            return;
        };
        if *widest <= LEAST {
            return;
        }
        *widest -= 1;
    }
}

/// A text in parts of at most this width: between words, or within one that is
/// longer. At least one part.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    if length(text) <= width {
        return vec![text.to_owned()];
    }
    let mut parts = Vec::new();
    let mut part = String::new();
    for word in text.split(' ') {
        if !part.is_empty() && length(&part) + 1 + length(word) > width {
            parts.push(std::mem::take(&mut part));
        } else if !part.is_empty() {
            part.push(' ');
        }
        for character in word.chars() {
            if length(&part) == width {
                parts.push(std::mem::take(&mut part));
            }
            part.push(character);
        }
    }
    parts.push(part);
    parts
}

fn length(text: &str) -> usize {
    text.chars().count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows() -> Vec<Vec<String>> {
        let row = |cells: [&str; 3]| cells.map(str::to_owned).to_vec();
        vec![
            row(["NAME", "TOOLS", "GRANTED"]),
            row(["calculator", "3", "nothing"]),
            row([
                "weather",
                "1",
                "http=api.open-meteo.com http=geo.example settings.units=metric",
            ]),
        ]
    }

    #[test]
    fn where_no_terminal_is_a_row_is_a_line() {
        assert_eq!(
            within(&rows(), "  ", None),
            "  NAME        TOOLS  GRANTED\n\
             \x20 calculator  3      nothing\n\
             \x20 weather     1      http=api.open-meteo.com http=geo.example settings.units=metric\n"
        );
    }

    #[test]
    fn what_does_not_fit_goes_on_below_in_its_column() {
        assert_eq!(
            within(&rows(), "", Some(44)),
            "NAME        TOOLS  GRANTED\n\
             calculator  3      nothing\n\
             weather     1      http=api.open-meteo.com\n\
             \x20                  http=geo.example\n\
             \x20                  settings.units=metric\n"
        );
    }

    #[test]
    fn nothing_is_wider_than_the_terminal_and_nothing_is_left_out() {
        let words = |text: &str| text.split_whitespace().collect::<String>();
        let whole = words(&within(&rows()[2..], "", None));
        for width in 34..100 {
            let text = within(&rows(), "", Some(width));
            assert!(
                text.lines().all(|line| length(line) <= width),
                "{width}\n{text}"
            );
            let text = within(&rows()[2..], "", Some(width));
            let mut left: Vec<char> = whole.chars().collect();
            for character in words(&text).chars() {
                let at = left.iter().position(|other| *other == character);
                left.remove(at.expect("it is in the whole"));
            }
            assert!(left.is_empty(), "{width}\n{text}");
        }
        // One that is too narrow for columns at all gets them as they can be.
        assert!(within(&rows(), "", Some(1)).lines().count() > 3);
    }

    #[test]
    fn long_words_are_broken() {
        assert_eq!(
            wrapped("blake3:0123456789 x", 8),
            ["blake3:0", "12345678", "9 x"]
        );
        assert_eq!(wrapped("", 8), [""]);
        assert_eq!(wrapped("ä ö ü", 3), ["ä ö", "ü"]);
    }
}
