//! `portcullis remove`

use std::process::ExitCode;

use anyhow::Context as _;
use clap::Args;

use super::home::Home;
use super::{Global, block_on};
use crate::state::{KeyValue, State};

/// Remove an installed plugin: its config, its lock and its files.
#[derive(Args)]
pub(super) struct Remove {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
}

impl Remove {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let state = State::new(&home.locations.data);
        let keeps = home.locations.data.join("state.db").exists();
        home.into_installer()?.remove(&self.name)?;
        if keeps {
            // The next plugin of this name is another.
            let kept: &dyn KeyValue = &state;
            let removing = kept.remove(&self.name);
            block_on(async { Ok(removing.await?) })
                .context("the plugin is removed, and what it kept is still there")?;
        }
        if global.json {
            super::print_json(&serde_json::json!({ "removed": self.name }))?;
        } else {
            println!("removed {}", self.name);
        }
        Ok(ExitCode::SUCCESS)
    }
}
