//! Measures `portcullis serve`, with guests in its sandbox, beside native servers
//! of the same tools: one on the protocol's official Rust SDK, and a direct loop
//! that does nothing else, the floor. Then how soon it answers under attack, and
//! what it costs to hold many subscriptions and calls at once.
//!
//! usage: bench PORTCULLIS GUESTS_FOLDER [ROUNDS [NAME=PROGRAM …]]
//!
//! `NAME=PROGRAM` adds a server of the tools `echo` and `count` to the table: a
//! command line, split at spaces. All are measured in turn, several times, and
//! each figure is the median: whatever else the machine does in between meets
//! all of them.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

mod attacked;
mod figures;
mod held;
mod load;
mod subject;
mod table;
mod web;

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result};
use figures::{Figures, Plan};
use subject::{Home, Subject};

fn main() -> Result<()> {
    if std::env::args().nth(1).as_deref() == Some("load") {
        #[derive(clap::Parser)]
        enum Cli {
            Load(load::Load),
        }
        let Cli::Load(load) = clap::Parser::parse();
        print!("{}", load.run()?);
        return Ok(());
    }
    let mut arguments = std::env::args().skip(1);
    let usage = "usage: bench PORTCULLIS GUESTS_FOLDER [ROUNDS [NAME=PROGRAM …]]";
    let portcullis = PathBuf::from(arguments.next().context(usage)?);
    let guests = PathBuf::from(arguments.next().context(usage)?);
    let rounds: usize = match arguments.next() {
        Some(rounds) => rounds.parse().ok().context(usage)?,
        None => 3,
    };
    let native = |name: &str| -> Result<PathBuf> {
        let here = std::env::current_exe()?;
        let sibling = here.with_file_name(name);
        Ok(sibling.with_extension(std::env::consts::EXE_EXTENSION))
    };

    let folder = tempfile::tempdir()?;
    let home = Home::new(&portcullis, &guests, folder.path())?;
    let mut subjects = vec![
        Subject::portcullis(&portcullis, &home),
        Subject::other("rmcp", &native("native-rmcp")?, Vec::new()),
        Subject::other("direct", &native("native-direct")?, Vec::new()),
    ];
    for other in arguments {
        let (name, command) = other.split_once('=').context(usage)?;
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().context(usage)?;
        subjects.push(Subject::other(name, Path::new(&program), words.collect()));
    }
    // The first round warms the machine up and does not count.
    for subject in &subjects {
        figures::measure(subject, &Plan::brief())?;
    }
    let mut measured = vec![Vec::new(); subjects.len()];
    for round in 1..=rounds {
        for (subject, measured) in subjects.iter().zip(&mut measured) {
            eprintln!("round {round} of {rounds}: {}", subject.name);
            measured.push(figures::measure(subject, &Plan::default())?);
        }
    }
    let medians = measured.iter().map(|rounds| Figures::median(rounds));
    let columns: Vec<_> = subjects.into_iter().map(|s| s.name).zip(medians).collect();
    print!("{}", table::render(&columns));
    print!("\n{}", attacked::measure(&portcullis, &guests)?);
    eprintln!("holding subscriptions and calls");
    print!("\n{}", held::measure(&portcullis, &home)?);
    Ok(())
}
