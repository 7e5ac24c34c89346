//! What people are told of a run: what to mend, and the counts.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use serde_json::Value;

use super::Run;
use super::results::{Check, Scenario, Status, Verdict};
use crate::summary::Summary;

/// A longer message of a check is cut where many are shown.
const MESSAGE: usize = 1500;
/// How many of the suite's last lines are shown when it stops early.
const LAST_LINES: usize = 20;

/// Counts a run's scenarios, and tells what is wrong with them.
pub(super) fn of_run(run: &Run, scenarios: &[Scenario]) -> (Summary, String) {
    let mut summary = Summary::default();
    let mut text = String::new();
    for scenario in scenarios {
        let verdict = scenario.verdict();
        count(&mut summary, verdict);
        let name = format!("conformance {} {}", run.version, scenario.name);
        if let Err(error) = &scenario.checks {
            let _ = writeln!(text, "FAILED {name}: {error:#}");
        } else if scenario.checks().is_empty() {
            let _ = writeln!(text, "FAILED {name}: the suite checked nothing");
        } else if verdict == Verdict::Skipped {
            let last = scenario.checks().last();
            let why = last.map_or("", |check| &check.description);
            let _ = writeln!(text, "SKIPPED {name}: nothing was checked: {why}");
        }
        for check in scenario.checks().iter().filter(|check| check.is_wrong()) {
            let word = check.status.word();
            let _ = writeln!(text, "FAILED {name}: {word} {}", check.id);
            let _ = writeln!(text, "{}", indented(&check.description));
            let _ = writeln!(text, "{}", indented(&cut(check, &scenario.file)));
        }
    }
    let checks = || scenarios.iter().flat_map(Scenario::checks);
    let with = |status| checks().filter(|check| check.status == status).count();
    let (failures, warnings) = (with(Status::Failure), with(Status::Warning));
    let all = with(Status::Success) + failures + warnings;
    let _ = write!(
        text,
        "conformance {}: {} of {} scenarios, {all} checks, {failures} failures, {warnings} warnings",
        run.version, summary.passed, run.scenarios,
    );
    if summary.skipped > 0 {
        let _ = write!(text, ", {} skipped", summary.skipped);
    }
    text.push('\n');
    (summary, text)
}

/// Tells all that the suite found in one scenario.
pub(super) fn of_scenario(scenario: &Scenario) -> String {
    let mut text = String::new();
    for check in scenario.checks() {
        let word = check.status.word();
        let _ = writeln!(text, "{word:<7} {}: {}", check.id, check.description);
        if check.is_wrong() {
            let _ = writeln!(text, "{}", indented(&check.message));
            if check.details != Value::Null {
                let _ = writeln!(text, "{}", indented(&format!("{:#}", check.details)));
            }
        }
    }
    if let Err(error) = &scenario.checks {
        let _ = writeln!(text, "FAILED {}: {error:#}", scenario.name);
    }
    let _ = writeln!(text, "\nchecks: {}", scenario.file.display());
    text
}

/// Adds one scenario.
pub(super) fn count(summary: &mut Summary, verdict: Verdict) {
    match verdict {
        Verdict::Passed => summary.passed += 1,
        Verdict::Failed => summary.failed += 1,
        Verdict::Skipped => summary.skipped += 1,
    }
}

/// The last lines of what the suite said.
pub(super) fn last_lines(log: &Path) -> String {
    let log = fs::read_to_string(log).unwrap_or_default();
    let lines: Vec<_> = log.lines().collect();
    let last = lines.len().saturating_sub(LAST_LINES);
    indented(&lines[last..].join("\n"))
}

/// The check's message, which may hold whole messages of the protocol.
fn cut(check: &Check, file: &Path) -> String {
    match check.message.char_indices().nth(MESSAGE) {
        None => check.message.clone(),
        Some((end, _)) => {
            let start = &check.message[..end];
            format!("{start}… (the rest is in {})", file.display())
        }
    }
}

fn indented(text: &str) -> String {
    let lines: Vec<_> = text.lines().map(|line| format!("    {line}")).collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use anyhow::anyhow;

    use super::*;

    const RUN: Run = Run {
        version: "2026-07-28",
        flags: &[],
        scenarios: 3,
    };

    fn scenario(name: &str, status: Status, message: &str) -> Scenario {
        Scenario {
            name: name.to_owned(),
            file: PathBuf::from("checks.json"),
            checks: Ok(vec![Check {
                id: "an-id".to_owned(),
                status,
                description: "it holds".to_owned(),
                message: message.to_owned(),
                details: Value::Null,
            }]),
        }
    }

    #[test]
    fn a_run_tells_what_to_mend_and_counts() {
        let crashed = Scenario {
            checks: Err(anyhow!("no checks.json")),
            ..scenario("crash", Status::Success, "")
        };
        let scenarios = [
            scenario("fine", Status::Success, ""),
            scenario("warned", Status::Warning, "it does not"),
            scenario("idle", Status::Skipped, ""),
            crashed,
        ];
        let (summary, text) = of_run(&RUN, &scenarios);
        assert_eq!(summary.to_string(), "1 passed, 2 failed, 1 skipped");
        assert_eq!(
            text,
            "\
FAILED conformance 2026-07-28 warned: WARNING an-id
    it holds
    it does not
SKIPPED conformance 2026-07-28 idle: nothing was checked: it holds
FAILED conformance 2026-07-28 crash: no checks.json
conformance 2026-07-28: 1 of 3 scenarios, 2 checks, 0 failures, 1 warnings, 1 skipped
"
        );
    }

    #[test]
    fn a_long_message_is_cut_and_says_where_the_rest_is() {
        let long = scenario("long", Status::Failure, &"ü".repeat(MESSAGE + 1));
        let (_, text) = of_run(&RUN, &[long]);
        assert!(text.contains("ü… (the rest is in checks.json)"), "{text}");
    }
}
