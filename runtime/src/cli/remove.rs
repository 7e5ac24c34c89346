//! `portcullis remove`

use std::process::ExitCode;

use clap::Args;

use super::home::Home;
use super::{Global, block_on};
use crate::state::{self, KeyValue, State};

/// Remove an installed plugin: its config, its lock, its files and what it kept.
#[derive(Args)]
pub(super) struct Remove {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
}

impl Remove {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let state = State::new(&home.locations.data);
        let has_state = home.locations.data.join(state::FILE).exists();
        let installer = home.into_installer()?;
        block_on(async {
            let kept: &dyn KeyValue = &state;
            // The next plugin of this name is another. A state that does not say
            // what is kept is found out about when it shall be forgotten.
            let keeps = has_state && !matches!(kept.usage(&self.name).await, Ok(0));
            let forget = keeps.then(|| kept.remove(&self.name));
            Ok(installer.remove(&self.name, forget).await?)
        })?;
        if global.json {
            super::print_json(&serde_json::json!({ "removed": self.name }))?;
        } else {
            println!("removed {}", self.name);
        }
        Ok(ExitCode::SUCCESS)
    }
}
