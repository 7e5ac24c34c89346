//! Reading the log back.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, ErrorKind};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::file::{folder, numbered};

/// What every line begins with. Within a line it can only stand in arguments.
const START: &str = "{\"time\":\"";

/// A line, as it was read. Which members it has depends on its event.
#[derive(Clone, Debug, Deserialize)]
pub struct Entry {
    /// When it happened.
    pub time: String,
    /// `call`, `grant`, `consent` or `gap`.
    pub event: String,
    /// Who did it.
    pub principal: Option<String>,
    /// What was called.
    pub kind: Option<String>,
    /// Its name.
    pub name: Option<String>,
    /// Whose it is.
    pub plugin: Option<String>,
    /// How it ended.
    pub outcome: Option<String>,
    /// The code of a request's error.
    pub code: Option<i64>,
    /// The limit that was reached.
    pub limit: Option<String>,
    /// How long it took.
    pub duration_ms: Option<f64>,
    /// The fuel it used.
    pub fuel: Option<u64>,
    /// The most memory it had.
    pub peak_memory: Option<u64>,
    /// What it used of its grants.
    pub uses: Option<Box<RawValue>>,
    /// How a plugin's grants changed.
    pub change: Option<String>,
    /// What it was granted.
    #[serde(default)]
    pub granted: Vec<String>,
    /// What it is granted no more.
    #[serde(default)]
    pub revoked: Vec<String>,
    /// What a user was asked to allow.
    pub asked: Option<String>,
    /// What the user has said.
    pub answer: Option<String>,
    /// How many lines are missing.
    pub lines: Option<u64>,
}

/// Which lines are wanted: those that have all that is named here.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// The plugin's name.
    pub plugin: Option<String>,
    /// The tool's name.
    pub tool: Option<String>,
    /// The outcome's name.
    pub outcome: Option<String>,
    /// Who did it.
    pub principal: Option<String>,
    /// Nothing before this time.
    pub since: Option<SystemTime>,
}

/// A log that cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("cannot read the audit log {}", path.display())]
pub struct Unreadable {
    path: PathBuf,
    source: io::Error,
}

impl Filter {
    fn wants(&self, entry: &Entry) -> bool {
        let is =
            |wanted: &Option<String>, found: &Option<String>| wanted.is_none() || wanted == found;
        let since = |wanted| humantime::parse_rfc3339(&entry.time).is_ok_and(|time| time >= wanted);
        is(&self.plugin, &entry.plugin)
            && is(&self.tool, &entry.name)
            && (self.tool.is_none() || entry.kind.as_deref() == Some("tool"))
            && is(&self.outcome, &entry.outcome)
            && is(&self.principal, &entry.principal)
            && self.since.is_none_or(since)
    }
}

/// Gives each wanted line with its text, from the oldest file to the newest,
/// until `take` says to stop. The result is how many lines are none: torn by a
/// crash, or written by others.
///
/// # Errors
/// A file that cannot be read. No file is no line.
pub fn read(
    path: &Path,
    filter: &Filter,
    mut take: impl FnMut(Entry, &str) -> bool,
) -> Result<u64, Unreadable> {
    let failed = |source| Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut torn = 0;
    for file in open_all(path).map_err(failed)? {
        let mut lines = BufReader::new(file);
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).map_err(failed)? > 0 {
            let ended = line.ends_with(b"\n");
            let text = String::from_utf8_lossy(&line);
            let text = text.trim();
            match parse(text) {
                Some((entry, text)) if filter.wants(&entry) => {
                    if !take(entry, text) {
                        return Ok(torn);
                    }
                }
                Some(_) => {}
                // The last one may be about to be written.
                None => torn += u64::from(ended && !text.is_empty()),
            }
            line.clear();
        }
    }
    Ok(torn)
}

/// All files, the oldest first. None is rotated while they are opened.
fn open_all(path: &Path) -> io::Result<Vec<File>> {
    let _lock = match File::open(numbered(path, "lock")) {
        Ok(lock) => {
            lock.lock_shared()?;
            Some(lock)
        }
        Err(error) if error.kind() == ErrorKind::NotFound => None,
        Err(error) => return Err(error),
    };
    let number = |name: &Path| -> Option<u32> {
        let rest = name.to_str()?.strip_prefix(path.to_str()?)?;
        rest.strip_prefix('.')?.parse().ok()
    };
    let mut rotated: Vec<(u32, PathBuf)> = match fs::read_dir(folder(path)) {
        Ok(entries) => entries
            .filter_map(|entry| {
                let path = entry.ok()?.path();
                Some((number(&path)?, path))
            })
            .collect(),
        Err(error) if error.kind() == ErrorKind::NotFound => Vec::new(),
        Err(error) => return Err(error),
    };
    rotated.sort_unstable_by(|one, other| other.cmp(one));
    let all = rotated.iter().map(|(_, path)| path.as_path());
    let mut files = Vec::new();
    for path in all.chain([path]) {
        match File::open(path) {
            Ok(file) => files.push(file),
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => return Err(error),
        }
    }
    Ok(files)
}

/// Reads a line. One that follows a torn one without a line's end between them
/// is found in it.
fn parse(line: &str) -> Option<(Entry, &str)> {
    line.match_indices(START).find_map(|(at, _)| {
        let text = &line[at..];
        Some((serde_json::from_str(text).ok()?, text))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = r#"{"time":"2026-01-01T00:00:00.000Z","event":"gap","lines":2}"#;

    #[test]
    fn a_line_is_found_behind_a_torn_one() {
        for torn in [
            "",
            "{\"time\":\"2026",
            "{\"time\":\"2026-01-01T00:00:00.000Z\",\"event\":\"call\",\"arguments\":{\"time\":\"x\",",
            "garbage",
        ] {
            let line = format!("{torn}{WHOLE}");
            let (entry, text) = parse(&line).expect("a line");
            assert_eq!((entry.lines, text), (Some(2), WHOLE), "{torn}");
        }
        for none in ["", "garbage", "{}", "{\"time\":\"2026", &WHOLE[..40]] {
            assert!(parse(none).is_none(), "{none}");
        }
    }

    #[test]
    fn files_are_read_from_the_oldest() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        for (end, lines) in [
            ("", "5"),
            (".1", "4"),
            (".2", "3"),
            (".10", "1"),
            (".x", "0"),
        ] {
            let line = WHOLE.replace(":2}", &format!(":{lines}}}"));
            fs::write(folder.path().join(format!("log{end}")), line + "\ntorn\n").expect("written");
        }
        let mut found = Vec::new();
        let torn = read(&path, &Filter::default(), |entry, _| {
            found.extend(entry.lines);
            true
        });
        assert_eq!((torn.expect("read"), found), (4, vec![1, 3, 4, 5]));
    }
}
