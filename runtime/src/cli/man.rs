//! `portcullis man`

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context as _;
use clap::{Args, CommandFactory as _};
use clap_mangen::Man as Page;

use super::{Cli, Global};
use crate::package::write_atomically;

/// Write the manual into a folder: one page for the program, and one a verb.
#[derive(Args)]
pub(super) struct Man {
    /// The folder, such as ~/.local/share/man/man1.
    #[arg(value_name = "DIR")]
    folder: PathBuf,
}

impl Man {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let mut program = Cli::command().disable_help_subcommand(true);
        program.build();
        let verbs = program.get_subcommands().cloned().map(|verb| {
            let name = format!("portcullis-{}", verb.get_name());
            verb.display_name(name)
        });
        let pages: Vec<clap::Command> = std::iter::once(program.clone()).chain(verbs).collect();
        let mut written = Vec::new();
        for page in pages {
            let page = Page::new(page);
            let path = self.folder.join(page.get_filename());
            let mut text = Vec::new();
            page.render(&mut text)?;
            write_atomically(&path, &text)
                .with_context(|| format!("cannot write `{}`", path.display()))?;
            written.push(path);
        }
        if global.json {
            super::print_json(&serde_json::json!({ "pages": written }))?;
        } else {
            println!(
                "wrote {} pages into {}",
                written.len(),
                self.folder.display()
            );
        }
        Ok(ExitCode::SUCCESS)
    }
}
