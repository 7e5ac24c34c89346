//! `portcullis limits`

use std::process::ExitCode;

use clap::Args;

use super::regrant::{regrant, show_limits};
use super::{Global, flags};
use crate::policy;
use crate::registry::GrantChange;

/// Show the limits of an installed plugin's calls, or set some.
///
/// What is set here has the last word, over what the plugin asks for and over
/// `[defaults.limits]`; `portcullis revoke NAME limits FIELD` takes it back.
#[derive(Args)]
pub(super) struct Limits {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
    /// The limits to set, such as memory=64MiB deadline=2m fuel=off.
    #[arg(value_name = "FIELD=VALUE")]
    limits: Vec<String>,
}

impl Limits {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        if self.limits.is_empty() {
            return show_limits(global, &self.name);
        }
        let flags = self
            .limits
            .iter()
            .map(|limit| match limit.strip_prefix("limits.") {
                Some(_) => limit.clone(),
                None => format!("limits.{limit}"),
            });
        let flags = flags::read("", &flags.collect::<Vec<_>>())?;
        let granted = policy::Grant::of(flags);
        let change = GrantChange {
            granted,
            ..GrantChange::default()
        };
        regrant(global, &self.name, change)
    }
}
