//! Two texts side by side, in the unified format.

use std::fmt::Write;

use changes::{Change, changes};

mod changes;

/// How many lines are shown around a change.
const CONTEXT: usize = 3;

/// The unified diff from one text to another; empty if they are the same.
pub(crate) fn unified(path: &str, old: &str, new: &str) -> String {
    let old: Vec<&str> = old.split_inclusive('\n').collect();
    let new: Vec<&str> = new.split_inclusive('\n').collect();
    let changes = changes(&old, &new);
    let mut text = String::new();
    for hunk in hunks(&changes) {
        if text.is_empty() {
            text = format!("--- {path}\n+++ {path}\n");
        }
        write_hunk(&mut text, &changes, hunk);
    }
    text
}

/// The ranges of changes that are shown: those that change something with the
/// lines around them, made one where they meet.
fn hunks(changes: &[Change<'_>]) -> Vec<std::ops::Range<usize>> {
    let mut hunks: Vec<std::ops::Range<usize>> = Vec::new();
    for (index, change) in changes.iter().enumerate() {
        if matches!(change, Change::Keep(_)) {
            continue;
        }
        let start = index.saturating_sub(CONTEXT);
        let end = (index + 1 + CONTEXT).min(changes.len());
        match hunks.last_mut() {
            Some(last) if start <= last.end => last.end = end,
            _ => hunks.push(start..end),
        }
    }
    hunks
}

fn write_hunk(text: &mut String, changes: &[Change<'_>], hunk: std::ops::Range<usize>) {
    let (old_before, new_before) = lengths(&changes[..hunk.start]);
    let (old_length, new_length) = lengths(&changes[hunk.clone()]);
    let old_range = range(old_before, old_length);
    let new_range = range(new_before, new_length);
    // Writing to a text cannot fail.
    _ = writeln!(text, "@@ -{old_range} +{new_range} @@");
    for change in &changes[hunk] {
        let (sign, line) = match change {
            Change::Keep(line) => (' ', line),
            Change::Remove(line) => ('-', line),
            Change::Add(line) => ('+', line),
        };
        text.push(sign);
        text.push_str(line);
        if !line.ends_with('\n') {
            text.push_str("\n\\ No newline at end of file\n");
        }
    }
}

/// How many lines of the old and of the new text these are.
fn lengths(changes: &[Change<'_>]) -> (usize, usize) {
    let is_old = |change: &&Change<'_>| !matches!(change, Change::Add(_));
    let is_new = |change: &&Change<'_>| !matches!(change, Change::Remove(_));
    (
        changes.iter().filter(is_old).count(),
        changes.iter().filter(is_new).count(),
    )
}

/// A range of lines as the format has it: an empty one is told by the line
/// before it.
fn range(before: usize, length: usize) -> String {
    match length {
        0 => format!("{before},0"),
        1 => (before + 1).to_string(),
        _ => format!("{},{length}", before + 1),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_change_with_its_surroundings() {
        let old = "1\n2\n3\n4\n5\n6\n7\n8\n9\n";
        assert_eq!(
            unified("/a", old, &old.replace('5', "five")),
            "--- /a\n+++ /a\n@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5\n+five\n 6\n 7\n 8\n"
        );
    }

    #[test]
    fn changes_far_apart_are_hunks_of_their_own() {
        let old: String = (1..=20).map(|n| format!("{n}\n")).collect();
        let new = old.replace("2\n3\n", "2\n2½\n3\n").replace("19\n", "");
        assert_eq!(
            unified("/a", &old, &new),
            "--- /a\n+++ /a\n@@ -1,5 +1,6 @@\n 1\n 2\n+2½\n 3\n 4\n 5\n\
             @@ -16,5 +17,4 @@\n 16\n 17\n 18\n-19\n 20\n"
        );
    }

    #[test]
    fn ends_without_a_newline_are_marked() {
        assert_eq!(
            unified("/a", "a", "a\n"),
            "--- /a\n+++ /a\n@@ -1 +1 @@\n-a\n\\ No newline at end of file\n+a\n"
        );
        assert_eq!(
            unified("/a", "", "a\n"),
            "--- /a\n+++ /a\n@@ -0,0 +1 @@\n+a\n"
        );
        assert_eq!(
            unified("/a", "a\n", ""),
            "--- /a\n+++ /a\n@@ -1 +0,0 @@\n-a\n"
        );
        assert_eq!(unified("/a", "a", "a"), "");
    }
}
