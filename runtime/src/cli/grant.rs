//! `portcullis grant`

use std::process::ExitCode;

use clap::Args;

use super::regrant::{regrant, show, spelled};
use super::{Global, flags};
use crate::policy::{self, Access, GrantFlag};
use crate::registry::GrantChange;

/// Grant an installed plugin some of what it asks for.
///
/// What it never asked for cannot be granted. A running `serve` follows.
///
/// Examples:
///   portcullis grant NAME http api.github.com
///   portcullis grant NAME filesystem drafts=~/drafts --read-only
///   portcullis grant NAME settings owner=acme
///   portcullis grant NAME secrets token=env:GITHUB_TOKEN
///   portcullis grant NAME http=api.github.com keyvalue limits.memory=64MiB
///   portcullis grant NAME            what it asks for, and what is granted
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Grant {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
    /// http HOST…, filesystem DIRECTORY=PATH…, keyvalue, settings NAME=VALUE…,
    /// secrets NAME=env:VARIABLE|file:PATH…, limits FIELD=VALUE…, instances reuse;
    /// or each as `add --grant` takes it: http=HOST, filesystem.DIRECTORY=PATH, ….
    #[arg(value_name = "GRANT")]
    grants: Vec<String>,
    /// Let the directories only be read, whatever it asks for.
    #[arg(long)]
    read_only: bool,
}

impl Grant {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        if self.grants.is_empty() && !self.read_only {
            return show(global, &self.name);
        }
        let mut flags = flags::read("", &spelled(&self.grants))?;
        if self.read_only {
            let mut directories = 0;
            for flag in &mut flags {
                if let GrantFlag::Filesystem(_, directory) = flag {
                    directory.access = Some(Access::Read);
                    directories += 1;
                }
            }
            anyhow::ensure!(
                directories > 0,
                "--read-only goes with a directory: filesystem DIRECTORY=PATH --read-only"
            );
        }
        let granted = policy::Grant::of(flags);
        let change = GrantChange {
            granted,
            ..GrantChange::default()
        };
        regrant(global, &self.name, change)
    }
}
