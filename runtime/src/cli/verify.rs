//! `portcullis verify`

use std::collections::BTreeMap;
use std::error::Error as _;
use std::path::Path;
use std::process::ExitCode;

use clap::Args;

use super::home::Home;
use super::{Global, table};
use crate::config::PluginConfig;
use crate::locations::Locations;
use crate::registry::{self, Finding, Verified};
use crate::state::{self, State};
use crate::wasm::{CompileCache, Services};

/// Check everything on the disk against what was installed.
///
/// The configuration, the lock file, each plugin's files by their digests, what
/// it is granted, the cache of compiled code and the kept state. Runs no plugin
/// and changes nothing. Ends with 1 if there is a problem, and says what to do.
#[derive(Args)]
pub(super) struct Verify {}

impl Verify {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let (found, installed) = found(&Home::locations(global)?)?;
        if global.json {
            super::print_json(&found)?;
        } else {
            for (kind, findings) in [("problem", &found.problems), ("note", &found.notes)] {
                for finding in findings {
                    println!("{}", table::lines(&format!("{kind}: {}", line(finding))));
                }
            }
            println!(
                "{}",
                summary(installed.map_or(0, |installed| installed.len()), &found)
            );
        }
        Ok(if found.problems.is_empty() {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        })
    }
}

/// Everything that is found, and the plugins if the configuration can be read.
pub(super) fn found(
    locations: &Locations,
) -> anyhow::Result<(Verified, Option<BTreeMap<String, PluginConfig>>)> {
    let mut found = Verified::default();
    let mut installed = None;
    match registry::read(locations) {
        Ok(read) => {
            let home = Home::with(locations.clone(), read);
            let cache = CompileCache::new(home.cache.clone());
            let sources = home.sources(Services::default());
            found = registry::verify(&home.engine(1)?, &cache, &sources);
            installed = Some(home.read.config.plugins);
        }
        Err(error) => {
            let cause = registry::chain(&error);
            found.problem(
                error.path(locations),
                format!("{cause}\n  no plugin was checked"),
            );
        }
    }
    kept(&locations.data, installed.as_ref(), &mut found);
    found
        .problems
        .sort_by(|one, other| one.plugin.cmp(&other.plugin));
    Ok((found, installed))
}

/// Checks what survives a restart.
fn kept(data: &Path, installed: Option<&BTreeMap<String, PluginConfig>>, found: &mut Verified) {
    let file = data.join(state::FILE);
    let checked = match State::check(data) {
        Ok(checked) => checked,
        Err(error) => {
            // What it says itself is for guests.
            let cause = error.source().unwrap_or(&error);
            found.problem(file, registry::chain(cause));
            return;
        }
    };
    for (plugin, bytes) in checked.plugins {
        if installed.is_some_and(|installed| !installed.contains_key(&plugin)) {
            let message = format!(
                "it keeps {bytes} bytes of plugin `{plugin}`, which is not installed; `portcullis \
                 remove {plugin}` deletes them"
            );
            found.note(&file, message);
        }
    }
}

fn line(finding: &Finding) -> String {
    let path = finding.path.display().to_string();
    let plugin = finding.plugin.iter();
    let mut line: String = plugin
        .map(|plugin| format!("plugin `{plugin}`: "))
        .collect();
    if !finding.message.contains(&path) {
        line.push_str(&path);
        line.push_str(": ");
    }
    line.push_str(&finding.message);
    line
}

fn summary(plugins: usize, found: &Verified) -> String {
    let count = |count: usize, one: &str| match count {
        1 => format!("1 {one}"),
        n => format!("{n} {one}s"),
    };
    let plugins = count(plugins, "plugin");
    if found.problems.is_empty() && found.notes.is_empty() {
        return format!("{plugins}: all is as it was installed");
    }
    let (problems, notes) = (found.problems.len(), found.notes.len());
    format!(
        "{plugins}: {}, {}",
        count(problems, "problem"),
        count(notes, "note")
    )
}
