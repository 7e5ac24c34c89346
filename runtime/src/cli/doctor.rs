//! `portcullis doctor`

mod connections;
mod finding;
mod machine;
mod plugins;

use std::process::ExitCode;

use clap::Args;

use super::home::Home;
use super::{Global, block_on, table, verify};
use crate::locations::Locations;
use crate::policy::printable_lines;
use crate::registry;
use finding::{Finding, Status};

/// Check everything that could keep plugins from working, and say what to do.
///
/// All that `verify` checks, and: who may read and write the files, the audit log,
/// each component, secrets (which are read and not shown), the host programs that
/// are connected, room on the disk. Ends with 1 if there is an error.
#[derive(Args)]
pub(super) struct Doctor {
    /// Start each plugin in its sandbox too, and ask it for its tools.
    #[arg(long)]
    call: bool,
}

impl Doctor {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let locations = Home::locations(global)?;
        let mut findings = vec![program()];
        files(&locations, &mut findings)?;
        if let Ok(read) = registry::read(&locations) {
            let home = Home::with(locations.clone(), read);
            machine::permissions(&home, &mut findings);
            machine::audit_log(&home, &mut findings);
            block_on(async {
                plugins::check(&home, self.call, &mut findings).await;
                anyhow::Ok(())
            })?;
        }
        block_on(async {
            connections::check(&mut findings).await;
            anyhow::Ok(())
        })?;
        machine::disk(&locations, &mut findings);

        let count = |status| findings.iter().filter(|one| one.status == status).count();
        let (errors, warnings) = (count(Status::Error), count(Status::Warning));
        if global.json {
            super::print_json(&serde_json::json!({
                "errors": errors,
                "warnings": warnings,
                "findings": findings,
            }))?;
        } else {
            for finding in &findings {
                println!("{}", table::lines(&printable_lines(&finding.to_string())));
            }
            let count = |count: usize, one: &str| match count {
                1 => format!("1 {one}"),
                count => format!("{count} {one}s"),
            };
            println!("{}, {}", count(errors, "error"), count(warnings, "warning"));
        }
        Ok(match errors {
            0 => ExitCode::SUCCESS,
            _ => ExitCode::FAILURE,
        })
    }
}

fn program() -> Finding {
    let version = env!("CARGO_PKG_VERSION");
    let (system, machine) = (std::env::consts::OS, std::env::consts::ARCH);
    let finding = Finding::ok(
        "program",
        format!("portcullis {version}, {system} {machine}"),
    );
    match std::env::current_exe() {
        Ok(path) => finding.at(path),
        Err(_) => finding,
    }
}

/// What `verify` looks at: configuration, lock file, store, cache, state.
fn files(locations: &Locations, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    let (found, installed) = verify::found(locations)?;
    let is_whole = found.problems.is_empty();
    if let Some(installed) = installed {
        let plugins = match installed.len() {
            0 => "no plugins; `portcullis add FOLDER` installs one".to_owned(),
            1 => "1 plugin".to_owned(),
            count => format!("{count} plugins"),
        };
        let files = [
            ("configuration", locations.config.clone(), plugins),
            ("lock file", locations.lock_file(), "is readable".to_owned()),
        ];
        for (area, path, said) in files {
            let said = match path.exists() {
                true => said,
                false => "is not there yet; `portcullis add FOLDER` makes it".to_owned(),
            };
            findings.push(Finding::ok(area, said).at(path));
        }
    }
    if is_whole {
        let said = "store, cache of compiled code and state are as they were written";
        findings.push(Finding::ok("data", said).at(&locations.data));
    }
    // What to do stands in these messages.
    let of = |found: registry::Finding, make: fn(&'static str, String) -> Finding| {
        let finding = make("files", found.message).at(found.path);
        match found.plugin {
            Some(plugin) => finding.of(plugin),
            None => finding,
        }
    };
    findings.extend(
        found
            .problems
            .into_iter()
            .map(|one| of(one, Finding::error)),
    );
    findings.extend(found.notes.into_iter().map(|one| of(one, Finding::warning)));
    Ok(())
}
