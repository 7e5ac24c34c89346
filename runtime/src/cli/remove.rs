//! `portcullis remove`

use std::process::ExitCode;

use clap::Args;

use super::Global;
use super::home::Home;

/// Remove an installed plugin: its config, its lock and its files.
#[derive(Args)]
pub(super) struct Remove {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
}

impl Remove {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        Home::open(global)?.into_installer()?.remove(&self.name)?;
        if global.json {
            super::print_json(&serde_json::json!({ "removed": self.name }))?;
        } else {
            println!("removed {}", self.name);
        }
        Ok(ExitCode::SUCCESS)
    }
}
