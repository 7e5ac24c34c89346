//! What a run of the suite left: a folder for each scenario,
//! `server-NAME-TIME`, with its checks in `checks.json`.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use serde_json::Value;

/// The length of `-2026-11-21T06-50-47-367Z`.
const TIME: usize = 25;

/// One scenario and its checks.
pub(super) struct Scenario {
    pub(super) name: String,
    /// Where its checks are.
    pub(super) file: PathBuf,
    /// Its checks; why there are none, otherwise.
    pub(super) checks: Result<Vec<Check>>,
}

/// One thing that the suite looked at.
pub(super) struct Check {
    /// What the suite calls it.
    pub(super) id: String,
    /// How it ended.
    pub(super) status: Status,
    /// What should hold.
    pub(super) description: String,
    /// What does not; empty if it does.
    pub(super) message: String,
    /// What was seen.
    pub(super) details: Value,
}

/// How a check ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Status {
    /// It holds.
    Success,
    /// It does not, and it must.
    Failure,
    /// It does not, and it should.
    Warning,
    /// It did not apply.
    Skipped,
    /// It is no check, but a note of what was seen.
    Info,
}

/// How a scenario ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Something was shown to hold, and nothing not to.
    Passed,
    /// Something does not hold, or there are no checks to tell.
    Failed,
    /// Nothing was shown either way.
    Skipped,
}

/// Reads all scenarios of a run, in the order of their names.
pub(super) fn read(folder: &Path) -> Result<Vec<Scenario>> {
    let entries = fs::read_dir(folder)
        .with_context(|| format!("cannot read {}", folder.display()))?
        .collect::<Result<Vec<_>, _>>()?;
    let mut scenarios: Vec<_> = entries
        .into_iter()
        .filter_map(|entry| Scenario::read(&entry.path()))
        .collect();
    scenarios.sort_by(|one, other| one.name.cmp(&other.name));
    Ok(scenarios)
}

impl Scenario {
    /// None if the path is not that of a scenario.
    fn read(folder: &Path) -> Option<Self> {
        let name = scenario_of(folder.file_name()?.to_str()?)?.to_owned();
        let file = folder.join("checks.json");
        let checks = fs::read(&file)
            .with_context(|| format!("the suite wrote no {}", file.display()))
            .and_then(|text| parse(&text).with_context(|| format!("in {}", file.display())));
        Some(Self { name, file, checks })
    }

    /// Its checks, or none.
    pub(super) fn checks(&self) -> &[Check] {
        self.checks.as_deref().unwrap_or_default()
    }

    pub(super) fn verdict(&self) -> Verdict {
        let has = |status| self.checks().iter().any(|check| check.status == status);
        if self.checks().is_empty() || has(Status::Failure) || has(Status::Warning) {
            Verdict::Failed
        } else if has(Status::Success) {
            Verdict::Passed
        } else {
            Verdict::Skipped
        }
    }
}

/// The scenario whose folder has this name.
fn scenario_of(folder: &str) -> Option<&str> {
    let rest = folder.strip_prefix("server-")?;
    rest.get(..rest.len().checked_sub(TIME)?)
}

fn parse(text: &[u8]) -> Result<Vec<Check>> {
    let checks: Vec<Value> = serde_json::from_slice(text)?;
    checks.iter().map(Check::parse).collect()
}

impl Check {
    fn parse(check: &Value) -> Result<Self> {
        let text = |key: &str| check[key].as_str().unwrap_or_default().to_owned();
        let id = text("id");
        Ok(Self {
            status: Status::parse(&text("status")).with_context(|| format!("check `{id}`"))?,
            id,
            description: text("description"),
            message: text("errorMessage"),
            details: check["details"].clone(),
        })
    }

    /// Whether somebody has to mend something.
    pub(super) fn is_wrong(&self) -> bool {
        matches!(self.status, Status::Failure | Status::Warning)
    }
}

impl Status {
    fn parse(word: &str) -> Result<Self> {
        Ok(match word {
            "SUCCESS" => Self::Success,
            "FAILURE" => Self::Failure,
            "WARNING" => Self::Warning,
            "SKIPPED" => Self::Skipped,
            "INFO" => Self::Info,
            // A new word must not pass for a success.
            _ => anyhow::bail!("the suite's status `{word}` is unknown"),
        })
    }

    /// The word for it.
    pub(super) fn word(self) -> &'static str {
        match self {
            Self::Success => "ok",
            Self::Failure => "FAILURE",
            Self::Warning => "WARNING",
            Self::Skipped => "skipped",
            Self::Info => "info",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scenario(statuses: &[&str]) -> Scenario {
        let checks: Vec<_> = statuses
            .iter()
            .map(|status| format!(r#"{{"id": "a", "status": "{status}"}}"#))
            .collect();
        Scenario {
            name: "a".to_owned(),
            file: PathBuf::new(),
            checks: parse(format!("[{}]", checks.join(",")).as_bytes()),
        }
    }

    #[test]
    fn a_folder_names_its_scenario() {
        let folder = "server-server-sse-polling-2026-11-21T06-50-47-367Z";
        assert_eq!(scenario_of(folder), Some("server-sse-polling"));
        assert_eq!(scenario_of("suite.log"), None);
        assert_eq!(scenario_of("server-short"), None);
    }

    #[test]
    fn one_warning_fails_a_scenario() {
        assert_eq!(scenario(&["SUCCESS", "INFO"]).verdict(), Verdict::Passed);
        let warned = scenario(&["SUCCESS", "WARNING"]);
        assert_eq!(warned.verdict(), Verdict::Failed);
        let failed = scenario(&["FAILURE", "SUCCESS"]);
        assert_eq!(failed.verdict(), Verdict::Failed);
    }

    #[test]
    fn what_shows_nothing_is_skipped_and_what_is_unknown_fails() {
        assert_eq!(scenario(&["SKIPPED", "INFO"]).verdict(), Verdict::Skipped);
        assert_eq!(scenario(&[]).verdict(), Verdict::Failed);
        assert_eq!(scenario(&["SUCCESS", "FINE"]).verdict(), Verdict::Failed);
    }
}
