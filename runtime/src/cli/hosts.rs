//! What `connect` and `disconnect` have in common: which host programs, and
//! showing a change before it is made.

use std::io::{self, IsTerminal as _};
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use clap::builder::PossibleValuesParser;
use serde_json::json;

use super::{Global, add};
use crate::hosts::{Change, HostError, Machine, PROGRAMS, Plan, Program, Scope};
use crate::policy::{check_name, printable_lines};

/// Which host programs.
#[derive(Args)]
pub(super) struct Which {
    /// The host programs; by default those that are found.
    #[arg(value_name = "HOST", value_parser = PossibleValuesParser::new(PROGRAMS.iter().map(|program| program.name)))]
    hosts: Vec<String>,
    /// For the project in the working folder, not for you everywhere:
    /// claude-code, cursor and vscode.
    #[arg(long)]
    project: bool,
    /// What the server is called there.
    #[arg(long, default_value = "portcullis", value_parser = parse_name)]
    pub(super) name: String,
}

/// Whether to write.
#[derive(Args)]
pub(super) struct Consent {
    /// Show what would be written, and write nothing.
    #[arg(long, conflicts_with = "yes")]
    dry_run: bool,
    /// Write without asking.
    #[arg(long, short)]
    yes: bool,
}

/// A host program, and where its servers are.
pub(super) struct Place {
    pub(super) program: &'static Program,
    pub(super) file: PathBuf,
}

/// What a verb says of what it did.
pub(super) struct Words {
    /// `connected`
    pub(super) done: &'static str,
    /// `is connected already`
    pub(super) unchanged: &'static str,
}

impl Which {
    /// The places of the programs that are named; else of all that `is_meant`
    /// picks.
    pub(super) fn places(
        &self,
        is_meant: impl Fn(&Place, &Machine, Scope) -> bool,
    ) -> anyhow::Result<Vec<Place>> {
        let machine = Machine::this().context(
            "cannot tell where host programs keep their settings: there is no home folder",
        )?;
        let scope = match self.project {
            true => Scope::Project,
            false => Scope::User,
        };
        let place = |program: &'static Program| {
            let file = program.file(&machine, scope)?;
            Some(Place { program, file })
        };
        if self.hosts.is_empty() {
            let places = PROGRAMS.iter().filter_map(place);
            return Ok(places
                .filter(|place| is_meant(place, &machine, scope))
                .collect());
        }
        let named = self.hosts.iter().map(|name| {
            let program = Program::named(name).context("the command line knows the names")?;
            place(program).with_context(|| {
                let all = PROGRAMS.iter().filter(|program| place(program).is_some());
                let accepted: Vec<&str> = all.map(|program| program.name).collect();
                format!(
                    "{} has no settings of a project; accepted with --project: {}",
                    program.title,
                    accepted.join(", ")
                )
            })
        });
        named.collect()
    }
}

impl Consent {
    /// Shows what there is to do, and does what the admin agrees to. What cannot
    /// be done at one place is told, and stops nothing at the others.
    pub(super) fn carry_out(
        &self,
        global: &Global,
        words: &Words,
        planned: Vec<(Place, Result<Plan, HostError>)>,
    ) -> anyhow::Result<ExitCode> {
        let mut told = Vec::new();
        let mut changes = Vec::new();
        let mut failed = false;
        let mut tell = |place: &Place, status: &str, more: serde_json::Value| {
            let mut entry = json!({
                "host": place.program.name,
                "file": place.file,
                "status": status,
            });
            if let (Some(entry), Some(more)) = (entry.as_object_mut(), more.as_object()) {
                entry.extend(more.clone());
            }
            told.push(entry);
        };
        for (place, plan) in planned {
            match plan {
                Err(error) => {
                    failed = true;
                    refused(&place, &error);
                    tell(&place, "failed", json!({ "error": error.to_string() }));
                }
                Ok(Plan::Nothing) => {
                    if !global.json {
                        let title = place.program.title;
                        println!("{title} {}: {}", words.unchanged, place.file.display());
                    }
                    tell(&place, "unchanged", json!({}));
                }
                Ok(Plan::Change(change)) => {
                    if !global.json {
                        show(&place, &change);
                    }
                    changes.push((place, change));
                }
            }
        }
        let agreed = changes.is_empty() || self.dry_run || self.agreed()?;
        for (place, change) in changes {
            if self.dry_run || !agreed {
                tell(&place, "planned", json!({ "change": change.shown }));
                continue;
            }
            match change.write() {
                Err(error) => {
                    failed = true;
                    refused(&place, &error);
                    tell(&place, "failed", json!({ "error": error.to_string() }));
                }
                Ok(backup) => {
                    if !global.json {
                        let title = place.program.title;
                        println!("{} {title}; {}", words.done, place.program.afterwards);
                        if let Some(backup) = &backup {
                            println!("  what was there before: {}", backup.display());
                        }
                    }
                    let more = json!({ "change": change.shown, "backup": backup });
                    tell(&place, words.done, more);
                }
            }
        }
        if global.json {
            super::print_json(&told)?;
        } else if !agreed {
            println!("nothing was written");
        }
        Ok(match failed || !agreed {
            true => ExitCode::FAILURE,
            false => ExitCode::SUCCESS,
        })
    }

    fn agreed(&self) -> anyhow::Result<bool> {
        if self.yes {
            return Ok(true);
        }
        if !io::stdin().is_terminal() || !io::stderr().is_terminal() {
            bail!("nothing was written, since nobody can be asked here; `--yes` writes it");
        }
        let answer = add::answer("write this? [y/N] ")?;
        Ok(matches!(answer.as_str(), "y" | "Y" | "yes"))
    }
}

fn show(place: &Place, change: &Change) {
    let note = match (change.is_new(), change.removes()) {
        (true, _) => " (a new file)",
        (_, true) => " (nothing else is in it: the file goes)",
        _ => "",
    };
    let file = change.file.display();
    println!("{}: {file}{note}", place.program.title);
    print!("{}", printable_lines(&change.shown));
}

fn refused(place: &Place, error: &HostError) {
    let text = format!("{}: {error}", place.program.title);
    eprintln!("error: {}", printable_lines(&text));
}

fn parse_name(text: &str) -> Result<String, String> {
    check_name(text)
        .map(|()| text.to_owned())
        .map_err(|invalid| invalid.to_string())
}
