//! `portcullis rollback`

use std::process::ExitCode;

use clap::Args;

use super::home::Home;
use super::regrant::words;
use super::{Global, block_on};

/// Put back the version of a plugin from before its last update.
///
/// Its component, its manifest, and what it was granted and the newer version
/// does not ask for. What was revoked since stays revoked. Doing it again undoes
/// it.
#[derive(Args)]
pub(super) struct Rollback {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
}

impl Rollback {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let installer = Home::open(global)?.into_installer()?;
        let switched = block_on(async { Ok(installer.roll_back(&self.name).await?) })?;
        let texts = |flags: &[crate::policy::GrantFlag]| -> Vec<String> {
            flags.iter().map(ToString::to_string).collect()
        };
        if global.json {
            super::print_json(&serde_json::json!({
                "plugin": self.name,
                "from": switched.from,
                "version": switched.to,
                "granted": texts(&switched.added),
                "revoked": texts(&switched.revoked),
            }))?;
            return Ok(ExitCode::SUCCESS);
        }
        println!(
            "{}: {} is put back in the place of {}",
            self.name, switched.to, switched.from
        );
        for (what, flags) in [
            ("granted again", &switched.added),
            ("revoked", &switched.revoked),
        ] {
            if !flags.is_empty() {
                println!("{what}: {}", words(flags));
            }
        }
        println!("`portcullis rollback {}` undoes it", self.name);
        Ok(ExitCode::SUCCESS)
    }
}
