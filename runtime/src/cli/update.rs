//! `portcullis update`

mod proposed;

use std::io::{self, IsTerminal as _};
use std::process::ExitCode;

use anyhow::{Context as _, bail};
use clap::Args;
use serde_json::{Value, json};

use super::add::{answer, ask_for};
use super::home::Home;
use super::progress::{Bar, Working};
use super::{Global, block_on, flags};
use crate::package::{Source, Trust};
use crate::policy::{Grant, printable_lines};
use crate::registry::{Found, Installer, Proposal, Switched};
use proposed::{as_json, rendered};

/// Update plugins from their sources.
///
/// Fetches each plugin's source again and shows what differs: what it asks for,
/// and what models will read of it. What it asks for beyond what it did has to be
/// granted or refused, and other texts have to be agreed to: on a terminal by
/// answering, elsewhere by flags. Without them nothing is updated, and the
/// command that would do it is printed. The version before is kept for
/// `portcullis rollback`.
#[derive(Args)]
pub(super) struct Update {
    /// The plugin's name, as `portcullis list` shows it; default: all of them.
    name: Option<String>,
    /// Show what differs, and change nothing.
    #[arg(long)]
    dry_run: bool,
    /// Grant one thing more, as with `add`.
    #[arg(long = "grant", value_name = "KEY=VALUE", requires = "name")]
    grants: Vec<String>,
    /// Grant everything that it asks for anew.
    #[arg(long)]
    grant_all: bool,
    /// Grant nothing more; what it tries beyond will be refused.
    #[arg(long, conflicts_with_all = ["grants", "grant_all"])]
    grant_none: bool,
    /// Agree to what models will read.
    #[arg(long)]
    yes: bool,
}

/// What became of one plugin.
enum Outcome {
    Same(String),
    /// Nothing was changed, since nothing should be.
    Shown(Box<Proposal>),
    /// Nothing was changed, since it was not agreed to.
    Refused(Box<Proposal>, String),
    Updated(Shown, Switched),
}

/// What was shown of a version that is installed by now.
struct Shown {
    text: String,
    json: Value,
}

impl Update {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let home = Home::open(global)?;
        let plugins = &home.read.config.plugins;
        let names: Vec<String> = match &self.name {
            Some(name) => vec![name.clone()],
            None => plugins.keys().cloned().collect(),
        };
        let source = |name: &String| plugins.get(name).map(|plugin| plugin.source.clone());
        let sources: Vec<Option<Source>> = names.iter().map(source).collect();
        if names.is_empty() && !global.json {
            println!("no plugins are installed; `portcullis add FOLDER` installs one");
        }
        let trust = home.read.config.trust.clone();
        let installer = home.into_installer()?;
        let mut all = Vec::new();
        let mut failed = false;
        for (name, source) in names.iter().zip(sources) {
            let outcome = self.one(&installer, name, source.as_ref(), &trust, global);
            failed |= !matches!(
                outcome,
                Ok(Outcome::Same(_) | Outcome::Shown(_) | Outcome::Updated(..))
            );
            match outcome {
                // Of one plugin that failed the program's own error says it.
                Err(error) if self.name.is_some() => return Err(error),
                outcome if global.json => all.push(self.json(name, outcome)),
                outcome => self.print(name, outcome),
            }
        }
        if global.json {
            super::print_json(&all)?;
        }
        Ok(if failed {
            ExitCode::FAILURE
        } else {
            ExitCode::SUCCESS
        })
    }

    fn one(
        &self,
        installer: &Installer,
        name: &str,
        source: Option<&Source>,
        trust: &Trust,
        global: &Global,
    ) -> anyhow::Result<Outcome> {
        // Who is not there is said by who looks for it.
        let package = match source {
            Some(source) => block_on(async { Ok(source.fetch(trust, Bar::on_terminal()).await?) })
                .with_context(|| format!("plugin `{name}` cannot be updated from {source}"))?,
            None => {
                installer.grants().standing(name)?;
                bail!("plugin `{name}` was removed meanwhile");
            }
        };
        let mut added = Grant::of(flags::read("--grant ", &self.grants)?);
        let look = |added: &Grant| {
            let package = package.clone();
            let _working = Working::on_terminal(&format!("looking at {name}"));
            block_on(async { Ok(installer.propose(name, package, added).await?) })
        };
        let mut proposal = match look(&added)? {
            Found::Same(version) => return Ok(Outcome::Same(version)),
            Found::Other(proposal) => proposal,
        };
        if self.grant_all && !proposal.grantable.is_empty() {
            let more = Grant::of(proposal.grantable.iter().cloned());
            added = Grant::of([more.flags(), added.flags()].concat());
            if let Found::Other(again) = look(&added)? {
                proposal = again;
            }
        }
        if self.dry_run {
            return Ok(Outcome::Shown(proposal));
        }
        if self.grant_none && !proposal.widened.is_empty() {
            let widened = &proposal.widened;
            let key = widened
                .iter()
                .map(|flag| format!("`{flag}`"))
                .collect::<Vec<_>>();
            let cause = format!(
                "{} is granted already, and would allow more than before: revoke it first, or \
                 agree by `--grant-all`",
                key.join(", ")
            );
            return Ok(Outcome::Refused(proposal, cause));
        }
        let missing = !proposal.missing.is_empty() && (self.grants.is_empty() || self.grant_all);
        let decided = self.grant_none || ((self.grant_all || !self.grants.is_empty()) && !missing);
        let unread = proposal.is_new_to_models() && !self.yes;
        if (proposal.asks_more && !decided) || unread {
            let is_terminal = io::stdin().is_terminal() && io::stderr().is_terminal();
            if !is_terminal || global.json {
                let command = self.command(&proposal, decided);
                let why = match (proposal.asks_more && !decided, unread) {
                    (true, true) => "it asks for more, and models would read something else of it",
                    (true, false) => "it asks for more",
                    _ => "models would read something else of it",
                };
                let cause = format!("{why}; this would update it:\n  {command}");
                return Ok(Outcome::Refused(proposal, cause));
            }
            eprint!("{}", rendered(&proposal));
            if proposal.asks_more && !decided {
                if !agreed("grant what it asks for anew? [y/N] ")? {
                    return Ok(Outcome::Refused(
                        proposal,
                        "it was not agreed to".to_owned(),
                    ));
                }
                let more = Grant::of(proposal.grantable.iter().cloned());
                added = Grant::of([more.flags(), added.flags()].concat());
                let was_shown = proposal.readings.is_some();
                loop {
                    if let Found::Other(again) = look(&added)? {
                        proposal = again;
                    }
                    let Some(flag) = proposal.missing.first() else {
                        break;
                    };
                    let more = flags::read("", &[ask_for(flag)?.to_string()])?;
                    added = Grant::of([added.flags(), more].concat());
                }
                if !was_shown {
                    eprint!("{}", rendered(&proposal));
                }
            }
            if proposal.is_new_to_models() && !self.yes && !agreed("let models read that? [y/N] ")?
            {
                return Ok(Outcome::Refused(
                    proposal,
                    "it was not agreed to".to_owned(),
                ));
            }
        }
        let shown = Shown {
            text: rendered(&proposal),
            json: as_json(&proposal),
        };
        let working = Working::on_terminal("updating");
        let switched = block_on(async { Ok(installer.update(*proposal).await?) })?;
        drop(working);
        Ok(Outcome::Updated(shown, switched))
    }

    /// The command that would update it with all of it.
    fn command(&self, proposal: &Proposal, decided: bool) -> String {
        let mut command = format!("portcullis update {}", proposal.name);
        if self.grant_none && proposal.asks_more {
            command.push_str(" --grant-none");
        }
        for flag in &proposal.added {
            command.push_str(&format!(" {}", flag.argument()));
        }
        if proposal.asks_more && !decided {
            for flag in &proposal.missing {
                command.push_str(&format!(" {flag}"));
            }
            if proposal.missing.is_empty() && proposal.added.is_empty() {
                command.push_str(" --grant-all");
            }
        }
        // What is not known yet is not agreed to.
        if proposal.readings.is_some() && proposal.is_new_to_models() {
            command.push_str(" --yes");
        }
        command
    }

    fn print(&self, name: &str, outcome: anyhow::Result<Outcome>) {
        match outcome {
            Ok(Outcome::Same(version)) => println!("{name} {version}: nothing to update"),
            Ok(Outcome::Shown(proposal)) => {
                print!("{}", rendered(&proposal));
                println!("nothing was changed");
            }
            Ok(Outcome::Refused(proposal, cause)) => {
                eprint!("{}", rendered(&proposal));
                let cause = format!("plugin `{name}` was not updated: {cause}");
                eprintln!("error: {}", printable_lines(&cause));
            }
            Ok(Outcome::Updated(shown, switched)) => {
                print!("{}", shown.text);
                println!(
                    "updated {name} to {}; `portcullis rollback {name}` puts back {}",
                    switched.to, switched.from
                );
            }
            Err(error) => eprintln!("error: {}", printable_lines(&format!("{error:#}"))),
        }
    }

    fn json(&self, name: &str, outcome: anyhow::Result<Outcome>) -> Value {
        let with = |mut json: Value, status: &str, error: Option<String>| {
            json["status"] = status.into();
            if let Some(error) = error {
                json["error"] = error.into();
            }
            json
        };
        match outcome {
            Ok(Outcome::Same(version)) => with(
                json!({ "plugin": name, "from": version, "version": version }),
                "same",
                None,
            ),
            Ok(Outcome::Shown(proposal)) => with(as_json(&proposal), "shown", None),
            Ok(Outcome::Refused(proposal, cause)) => {
                with(as_json(&proposal), "refused", Some(cause))
            }
            Ok(Outcome::Updated(shown, _)) => with(shown.json, "updated", None),
            Err(error) => with(
                json!({ "plugin": name }),
                "failed",
                Some(format!("{error:#}")),
            ),
        }
    }
}

fn agreed(question: &str) -> anyhow::Result<bool> {
    Ok(matches!(answer(question)?.as_str(), "y" | "Y" | "yes"))
}
