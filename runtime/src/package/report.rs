//! The list of what is wrong with a file, while the file is being read.

use std::{
    cell::{Cell, OnceCell, RefCell},
    path::Path,
};

use toml::{Spanned, de::DeTable};

use super::diagnostic::{Diagnostic, Diagnostics};
use crate::policy::quoted;

/// So many mistakes are described; a file may be made to have millions.
const MAX_ITEMS: usize = 100;

/// What is wrong with one file, as it is being read.
pub(crate) struct Report<'t> {
    file: &'t Path,
    pub(super) text: &'t str,
    found: RefCell<Vec<(usize, Diagnostic)>>,
    omitted: Cell<usize>,
    /// Where lines begin, once that is asked for.
    lines: OnceCell<Vec<usize>>,
}

impl<'t> Report<'t> {
    /// A report without entries.
    pub(crate) fn new(text: &'t str, file: &'t Path) -> Self {
        Self {
            file,
            text,
            found: RefCell::default(),
            omitted: Cell::default(),
            lines: OnceCell::new(),
        }
    }

    /// Takes a file's bytes for UTF-8.
    pub(crate) fn decode(bytes: &'t [u8], file: &'t Path) -> Result<&'t str, Diagnostics> {
        std::str::from_utf8(bytes).map_err(|error| {
            let valid = String::from_utf8_lossy(&bytes[..error.valid_up_to()]);
            let report = Report::new(&valid, file);
            let byte = bytes[error.valid_up_to()];
            report.add(
                valid.len(),
                "",
                format!("byte 0x{byte:02x} is not UTF-8"),
                Some("a text file in UTF-8"),
                None,
            );
            report.into_diagnostics()
        })
    }

    /// Parses the file. Mistakes of TOML itself are all there is to report
    /// then: what stands behind them is not known.
    pub(crate) fn parse(&self) -> Option<Spanned<DeTable<'t>>> {
        let (table, errors) = DeTable::parse_recoverable(self.text);
        for error in &errors {
            let span = error.span().unwrap_or_default();
            let shown = self
                .text
                .get(span.clone())
                .filter(|text| !text.trim().is_empty());
            let shown = shown.map_or_else(String::new, |text| format!(": {}", quoted(text)));
            self.add(
                span.start,
                "",
                format!("{}{shown}", error.message()),
                None,
                None,
            );
        }
        errors.is_empty().then_some(table)
    }

    /// The value, unless something is wrong with the file.
    pub(crate) fn finish<T>(self, value: Option<T>) -> Result<T, Diagnostics> {
        match value {
            Some(value) if self.found.borrow().is_empty() => Ok(value),
            _ => Err(self.into_diagnostics()),
        }
    }

    fn into_diagnostics(self) -> Diagnostics {
        let mut found = self.found.into_inner();
        found.sort_by_key(|(offset, _)| *offset);
        Diagnostics {
            file: self.file.to_owned(),
            items: found.into_iter().map(|(_, item)| item).collect(),
            omitted: self.omitted.get(),
        }
    }

    /// Adds a mistake at a byte offset.
    pub(super) fn add(
        &self,
        offset: usize,
        field: &str,
        message: String,
        accepted: Option<&str>,
        suggestion: Option<&str>,
    ) {
        if self.found.borrow().len() == MAX_ITEMS {
            self.omitted.set(self.omitted.get() + 1);
            return;
        }
        let (line, column) = self.place(offset);
        let diagnostic = Diagnostic {
            line,
            column,
            field: field.to_owned(),
            message,
            accepted: accepted.filter(|text| !text.is_empty()).map(str::to_owned),
            suggestion: suggestion.map(str::to_owned),
        };
        self.found.borrow_mut().push((offset, diagnostic));
    }

    /// Line and column of a byte offset, both from 1.
    pub(super) fn place(&self, offset: usize) -> (usize, usize) {
        // A file of a thousand plugins is asked a thousand times.
        let lines = self.lines.get_or_init(|| {
            let newlines = memchr::memchr_iter(b'\n', self.text.as_bytes());
            std::iter::once(0)
                .chain(newlines.map(|at| at + 1))
                .collect()
        });
        let before = self.text.get(..offset).unwrap_or(self.text);
        let line = lines.partition_point(|start| *start <= before.len());
        (line, before[lines[line - 1]..].chars().count() + 1)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bytes_that_are_no_text_are_placed() {
        let diagnostics =
            Report::decode(b"a = 1\nb = \"\xff\"\n", Path::new("f.toml")).expect_err("not UTF-8");
        assert_eq!(
            diagnostics.to_string(),
            "f.toml:2:6: byte 0xff is not UTF-8\n  accepted: a text file in UTF-8"
        );
    }

    #[test]
    fn mistakes_of_toml_are_placed() {
        let problems = |text: &str| {
            let report = Report::new(text, Path::new("f.toml"));
            assert!(report.parse().is_none());
            report.finish(Some(())).expect_err("mistakes").to_string()
        };
        assert_eq!(
            problems("a = 1\nb = \"x\nc = 2\n"),
            "f.toml:2:7: invalid basic string, expected `\"`"
        );
        assert_eq!(problems("a = 1\na = 2\n"), "f.toml:2:1: duplicate key: `a`");
        assert!(problems("a = 1 2\nb =\n").lines().count() >= 2);
    }

    #[test]
    fn mistakes_are_sorted_and_bounded() {
        let text = "x".repeat(1000);
        let report = Report::new(&text, Path::new("f.toml"));
        for offset in (0..500).rev() {
            report.add(offset, "", format!("at {offset}"), None, None);
        }
        let diagnostics = report.finish(Some(())).expect_err("mistakes");
        assert_eq!(
            (diagnostics.items.len(), diagnostics.omitted),
            (MAX_ITEMS, 400)
        );
        assert!(diagnostics.items.is_sorted_by_key(|item| item.column));
        assert!(
            diagnostics
                .to_string()
                .ends_with("\nf.toml: 400 mistakes more")
        );
    }
}
