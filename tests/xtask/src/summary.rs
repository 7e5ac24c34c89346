//! How many tests ran, and how they ended.

use std::fmt;
use std::ops::AddAssign;

/// How a line begins that a test wants to have shown at the end.
const SHOWN: &str = "SUMMARY: ";

/// A count of tests, and what some of them want to have shown.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Summary {
    /// Tests that held.
    pub(crate) passed: usize,
    /// Tests that did not.
    pub(crate) failed: usize,
    /// Tests that did not run.
    pub(crate) skipped: usize,
    /// What they counted themselves.
    pub(crate) shown: Vec<String>,
}

impl Summary {
    /// Reads the line with which a Rust test program ends:
    /// `test result: ok. 3 passed; 0 failed; 1 ignored; …`; or one that a test
    /// wants to have shown: `SUMMARY: …`, which may come in the middle of a line
    /// of the test harness.
    pub(crate) fn parse(line: &str) -> Option<Self> {
        if let Some((_, shown)) = line.split_once(SHOWN) {
            return Some(Self {
                shown: vec![shown.to_owned()],
                ..Self::default()
            });
        }
        let counts = line.strip_prefix("test result: ")?;
        let mut summary = Self::default();
        for part in counts.split([';', '.']) {
            match part.trim().split_once(' ') {
                Some((count, "passed")) => summary.passed = count.parse().ok()?,
                Some((count, "failed")) => summary.failed = count.parse().ok()?,
                Some((count, "ignored")) => summary.skipped = count.parse().ok()?,
                _ => {}
            }
        }
        Some(summary)
    }
}

impl AddAssign for Summary {
    fn add_assign(&mut self, other: Self) {
        self.passed += other.passed;
        self.failed += other.failed;
        self.skipped += other.skipped;
        self.shown.extend(other.shown);
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            passed,
            failed,
            skipped,
            shown,
        } = self;
        for shown in shown {
            writeln!(f, "{shown}")?;
        }
        write!(f, "{passed} passed, {failed} failed, {skipped} skipped")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_test_programs_last_line_is_read() {
        let line = "test result: FAILED. 12 passed; 1 failed; 2 ignored; 0 measured; 3 filtered out; finished in 0.21s";
        assert_eq!(
            Summary::parse(line),
            Some(Summary {
                passed: 12,
                failed: 1,
                skipped: 2,
                shown: vec![],
            })
        );
        let line = "test a_test ... SUMMARY: 3 things counted";
        assert_eq!(
            Summary::parse(line).map(|summary| summary.to_string()),
            Some("3 things counted\n0 passed, 0 failed, 0 skipped".to_owned())
        );
        assert_eq!(Summary::parse("test a_test ... ok"), None);
    }

    #[test]
    fn its_counts_are_the_last_line() {
        let mut all = Summary {
            passed: 1,
            failed: 0,
            skipped: 2,
            shown: vec![],
        };
        all += Summary {
            passed: 3,
            failed: 0,
            skipped: 0,
            shown: vec![],
        };
        assert_eq!(all.to_string(), "4 passed, 0 failed, 2 skipped");
    }
}
