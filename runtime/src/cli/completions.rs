//! `portcullis completions`

use std::process::ExitCode;

use clap::{Args, CommandFactory as _};
use clap_complete::Shell;

use super::{Cli, Global};

/// Print what makes a shell complete the command line.
///
/// For example `portcullis completions bash >
/// ~/.local/share/bash-completion/completions/portcullis`.
#[derive(Args)]
pub(super) struct Completions {
    /// The shell.
    shell: Shell,
}

impl Completions {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut script = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "portcullis", &mut script);
        let script = String::from_utf8(script)?;
        if global.json {
            let shell = self.shell.to_string();
            super::print_json(&serde_json::json!({ "shell": shell, "script": script }))?;
        } else {
            print!("{script}");
        }
        Ok(ExitCode::SUCCESS)
    }
}
