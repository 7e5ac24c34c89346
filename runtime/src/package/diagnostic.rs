//! What is wrong with a file, in the words that the author of the file needs.

use std::{
    fmt,
    path::{Path, PathBuf},
};

use serde::Serialize;

/// Everything that is wrong with one file, in the order of its lines.
///
/// `Display` gives it as compilers do:
///
/// ```text
/// plugins/weather/plugin.toml:7:1: unknown field `metods` in [[http]]
///   accepted: host, setting, scheme, port, methods, reason
///   did you mean `methods`?
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostics {
    /// The file, as it was named by whoever read it.
    pub file: PathBuf,
    /// At least one.
    pub items: Vec<Diagnostic>,
    /// How many more there are, which are left out; mostly none.
    pub omitted: usize,
}

/// One thing that is wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Diagnostic {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
    /// The field's path, such as `http[0].methods`. Empty for the whole file.
    pub field: String,
    /// What is wrong, quoting the value.
    pub message: String,
    /// What would be accepted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub accepted: Option<String>,
    /// What was probably meant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub suggestion: Option<String>,
}

impl Diagnostics {
    /// The file that this is about.
    pub fn file(&self) -> &Path {
        &self.file
    }
}

impl fmt::Display for Diagnostics {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, item) in self.items.iter().enumerate() {
            if index > 0 {
                writeln!(f)?;
            }
            write!(
                f,
                "{}:{}:{}: {}",
                self.file.display(),
                item.line,
                item.column,
                item.message
            )?;
            if let Some(accepted) = &item.accepted {
                write!(f, "\n  accepted: {accepted}")?;
            }
            if let Some(suggestion) = &item.suggestion {
                write!(f, "\n  did you mean `{suggestion}`?")?;
            }
        }
        if self.omitted > 0 {
            write!(
                f,
                "\n{}: {} mistakes more",
                self.file.display(),
                self.omitted
            )?;
        }
        Ok(())
    }
}

impl std::error::Error for Diagnostics {}

/// The candidate that a mistyped word most probably stands for, if any is near
/// enough: at most one wrong letter in four.
pub(crate) fn nearest<'a>(
    word: &str,
    candidates: impl IntoIterator<Item = &'a str>,
) -> Option<&'a str> {
    // A word much longer than any name is no typing mistake, and slow to compare.
    if word.len() > 64 {
        return None;
    }
    let near = candidates
        .into_iter()
        .map(|candidate| (distance(word, candidate), candidate))
        .min()?;
    (near.0 <= (near.1.len() / 4).max(1)).then_some(near.1)
}

/// How many letters to insert, remove, replace or swap with their neighbour.
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.to_lowercase().chars().collect(), b.chars().collect());
    let mut rows = vec![(0..=b.len()).collect::<Vec<_>>()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let replaced = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = replaced.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_words_are_found() {
        let fields = ["host", "setting", "scheme", "port", "methods", "reason"];
        for (word, meant) in [
            ("metods", Some("methods")),
            ("method", Some("methods")),
            ("Host", Some("host")),
            ("hsot", Some("host")),
            ("hosts", Some("host")),
            ("resaon", Some("reason")),
            ("color", None),
            ("", None),
            (&"m".repeat(100_000), None),
        ] {
            assert_eq!(nearest(word, fields), meant, "{word}");
        }
    }

    #[test]
    fn diagnostics_read_like_a_compilers() {
        let diagnostics = Diagnostics {
            file: "plugins/weather/plugin.toml".into(),
            items: vec![
                Diagnostic {
                    line: 7,
                    column: 1,
                    field: "http[0].metods".to_owned(),
                    message: "unknown field `metods` in [[http]]".to_owned(),
                    accepted: Some("host, methods".to_owned()),
                    suggestion: Some("methods".to_owned()),
                },
                Diagnostic {
                    line: 9,
                    column: 3,
                    field: String::new(),
                    message: "something else".to_owned(),
                    accepted: None,
                    suggestion: None,
                },
            ],
            omitted: 0,
        };
        assert_eq!(
            diagnostics.to_string(),
            "plugins/weather/plugin.toml:7:1: unknown field `metods` in [[http]]\n  accepted: host, methods\n  did you mean `methods`?\n\
             plugins/weather/plugin.toml:9:3: something else"
        );
    }
}
