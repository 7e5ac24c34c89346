//! Finding files by glob patterns.

use portcullis_sdk::{Error, Result, data, log};

use crate::{
    directories::Location,
    listing::{Entry, Kind, entries},
};

/// The most matches that are answered with.
const MAX_MATCHES: usize = 1000;

/// The most files and directories that are looked at.
const MAX_VISITED: usize = 100_000;

/// What was found, by path.
#[data]
#[derive(Debug)]
pub(crate) struct Matches {
    matches: Vec<Match>,
    /// Whether the search ended before everything was looked at
    truncated: bool,
}

/// A file or a directory that was found.
#[data]
#[derive(Debug)]
struct Match {
    path: String,
    kind: Kind,
}

/// Searches a directory and everything below it. Links are not followed.
pub(crate) fn search(location: &Location, pattern: &str, exclude: &[String]) -> Result<Matches> {
    if pattern.is_empty() {
        return Err(Error::invalid_arguments(
            "`pattern` is empty; give a pattern such as `**/*.md`",
        ));
    }
    let mut matches = Vec::new();
    let mut visited = 0;
    // What is still to be looked at, the next at the end.
    let mut waiting = below(location, "", entries(location)?);
    while let Some((location, relative, kind)) = waiting.pop() {
        visited += 1;
        if matches.len() == MAX_MATCHES || visited > MAX_VISITED {
            return Ok(Matches {
                matches,
                truncated: true,
            });
        }
        if exclude.iter().any(|pattern| fits(pattern, &relative)) {
            continue;
        }
        if kind == Kind::Directory {
            match entries(&location) {
                Ok(entries) => waiting.extend(below(&location, &relative, entries)),
                Err(error) => log::warn!("{error}"),
            }
        }
        if fits(pattern, &relative) {
            let path = location.path;
            matches.push(Match { path, kind });
        }
    }
    Ok(Matches {
        matches,
        truncated: false,
    })
}

/// The entries of a directory, the last first, each with its path relative to
/// where the search began.
fn below(
    location: &Location,
    relative: &str,
    entries: Vec<Entry>,
) -> Vec<(Location, String, Kind)> {
    let entry = |entry: Entry| {
        let relative = if relative.is_empty() {
            entry.name.clone()
        } else {
            format!("{relative}/{}", entry.name)
        };
        (location.join(&entry.name), relative, entry.kind)
    };
    entries.into_iter().rev().map(entry).collect()
}

/// Whether a relative path fits a pattern. One without `/` goes by the name
/// alone; a `/` at its beginning or its end says nothing more.
fn fits(pattern: &str, relative: &str) -> bool {
    let has_folder = pattern.trim_end_matches('/').contains('/');
    let pattern = pattern.trim_matches('/');
    let candidate = if has_folder {
        relative
    } else {
        relative.rsplit('/').next().unwrap_or(relative)
    };
    fast_glob::glob_match(pattern, candidate)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns() {
        for (pattern, path) in [
            ("*.rs", "lib.rs"),
            ("*.rs", "src/deep/lib.rs"),
            ("**/*.rs", "lib.rs"),
            ("**/*.rs", "src/deep/lib.rs"),
            ("src/*.rs", "src/lib.rs"),
            ("/lib.rs", "lib.rs"),
            ("src/**", "src/deep/lib.rs"),
            ("*.{md,txt}", "docs/a.txt"),
            ("[a-c]?.md", "b1.md"),
            ("target/", "a/target"),
            ("ü*", "übung.md"),
        ] {
            assert!(fits(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in [
            ("*.rs", "lib.rsx"),
            ("src/*.rs", "src/deep/lib.rs"),
            ("src/*.rs", "a/src/lib.rs"),
            ("/lib.rs", "src/lib.rs"),
            ("[a-c]?.md", "d1.md"),
            ("{a,b", "a"),
        ] {
            assert!(!fits(pattern, path), "{pattern} {path}");
        }
    }
}
