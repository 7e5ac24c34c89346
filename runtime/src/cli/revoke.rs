//! `portcullis revoke`

use std::process::ExitCode;

use clap::Args;

use super::Global;
use super::regrant::{regrant, spelled};
use crate::policy::{Revocation, parse_revocation};
use crate::registry::GrantChange;

/// Take back what an installed plugin was granted.
///
/// It stays installed, and what it tries is refused. A running `serve` follows.
///
/// Examples:
///   portcullis revoke NAME http api.github.com
///   portcullis revoke NAME filesystem drafts
///   portcullis revoke NAME http         all hosts
///   portcullis revoke NAME http=api.github.com limits.memory
///   portcullis revoke NAME --all
#[derive(Args)]
#[command(verbatim_doc_comment)]
pub(super) struct Revoke {
    /// The plugin's name, as `portcullis list` shows it.
    name: String,
    /// http HOST…, filesystem DIRECTORY…, keyvalue, settings NAME…, secrets NAME…,
    /// limits FIELD…, instances; all of a kind if nothing follows it; or each as
    /// `portcullis list` shows it.
    #[arg(value_name = "GRANT", required_unless_present = "all")]
    grants: Vec<String>,
    /// Take back everything.
    #[arg(long, conflicts_with = "grants")]
    all: bool,
}

impl Revoke {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut revoked = Vec::new();
        for text in &spelled(&self.grants) {
            // Not the whole text: there may be a secret in it by mistake.
            let key = text.split('=').next().unwrap_or_default();
            let parsed = parse_revocation(text);
            revoked.push(parsed.map_err(|invalid| anyhow::anyhow!("{key}: {invalid}"))?);
        }
        if self.all {
            revoked.push(Revocation::Everything);
        }
        let change = GrantChange {
            revoked,
            ..GrantChange::default()
        };
        regrant(global, &self.name, change)
    }
}
