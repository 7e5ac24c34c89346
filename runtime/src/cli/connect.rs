//! `portcullis connect`

use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use super::Global;
use super::home::Home;
use super::hosts::{Consent, Which, Words};
use crate::hosts::{Entry, PROGRAMS, Program, connect};
use crate::locations::Locations;

/// Connect host programs with this one: Claude Desktop, Claude Code, Cursor,
/// VS Code, Zed, Windsurf.
///
/// Finds those on this machine, shows what it would write into the settings of
/// each, and asks. Everything else in them stays as it is, and a copy of what was
/// there is put beside the file.
#[derive(Args)]
pub(super) struct Connect {
    #[command(flatten)]
    which: Which,
    #[command(flatten)]
    consent: Consent,
    /// Print what would have to stand in the settings, and write nothing: of HOST,
    /// or of all.
    #[arg(long, conflicts_with_all = ["yes", "dry_run"])]
    print: bool,
}

impl Connect {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let entry = entry(&Home::locations(global)?)?;
        if self.print {
            let places = self.which.places(|_, _, _| true)?;
            let name = &self.which.name;
            return print(global, &entry, name, places.into_iter());
        }
        let places = self
            .which
            .places(|place, machine, scope| place.program.is_here(machine, scope))?;
        if places.is_empty() {
            let known: Vec<&str> = PROGRAMS.iter().map(|program| program.name).collect();
            bail!(
                "found no host program here; name one that shall be connected all the same: {}",
                known.join(", ")
            );
        }
        let planned = places.into_iter().map(|place| {
            let plan = connect(place.program, &place.file, &self.which.name, &entry);
            (place, plan)
        });
        let words = Words {
            done: "connected",
            unchanged: "is connected already",
        };
        self.consent.carry_out(global, &words, planned.collect())
    }
}

/// How a host program starts this program for these locations: by its absolute
/// path, since host programs do not know a shell's `PATH`, and with the locations
/// named where a program that a desktop starts would not find them.
pub(super) fn entry(locations: &Locations) -> anyhow::Result<Entry> {
    let program = std::env::current_exe().context("cannot tell where this program is")?;
    let text = |path: &std::path::Path| {
        let text = path.to_str().map(str::to_owned);
        text.with_context(|| format!("the path `{}` is not Unicode", path.display()))
    };
    let mut args = vec!["serve".to_owned()];
    let usual = Locations::usual();
    if usual.as_ref().map(|usual| &usual.config) != Some(&locations.config) {
        args.extend(["--config".to_owned(), text(&locations.config)?]);
    }
    if usual.as_ref().map(|usual| &usual.data) != Some(&locations.data) {
        args.extend(["--data".to_owned(), text(&locations.data)?]);
    }
    Ok(Entry {
        command: text(&program)?,
        args,
    })
}

fn print(
    global: &Global,
    entry: &Entry,
    name: &str,
    places: impl ExactSizeIterator<Item = super::hosts::Place>,
) -> anyhow::Result<ExitCode> {
    let only = places.len() == 1;
    let mut all = Vec::new();
    for place in places {
        let program: &Program = place.program;
        let snippet = entry.snippet(program, name);
        if global.json {
            let snippet: Value = serde_json::from_str(&snippet)?;
            all.push(json!({
                "host": program.name,
                "file": place.file,
                "snippet": snippet,
            }));
        } else if only {
            print!("{snippet}");
        } else {
            println!("{}: {}\n{snippet}", program.title, place.file.display());
        }
    }
    if global.json {
        super::print_json(&all)?;
    }
    Ok(ExitCode::SUCCESS)
}
