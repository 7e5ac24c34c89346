//! Measures `portcullis serve`, with a guest in its sandbox, beside a native
//! server that does nothing else: how soon the first call is answered, how long
//! a call takes, how many are answered a second, and what that costs. Then how
//! soon it answers under attack, and what it costs to hold many subscriptions and
//! calls at once.
//!
//! usage: bench PORTCULLIS GUESTS_FOLDER [ROUNDS]
//!
//! The two are measured in turn, several times, and each figure is the median:
//! whatever else the machine does in between meets both.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

mod attacked;
mod figures;
mod held;
mod subject;
mod table;
mod web;

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use figures::{Figures, Plan};
use subject::{Home, Subject};

fn main() -> Result<()> {
    let mut arguments = std::env::args_os().skip(1);
    let usage = "usage: bench PORTCULLIS GUESTS_FOLDER [ROUNDS]";
    let portcullis = PathBuf::from(arguments.next().context(usage)?);
    let guests = PathBuf::from(arguments.next().context(usage)?);
    let rounds = match arguments.next() {
        Some(rounds) => rounds
            .to_str()
            .and_then(|text| text.parse().ok())
            .context(usage)?,
        None => 3,
    };
    let native = std::env::current_exe()?
        .with_file_name("native-echo")
        .with_extension(std::env::consts::EXE_EXTENSION);

    let folder = tempfile::tempdir()?;
    let home = Home::new(&portcullis, &guests, folder.path())?;
    let subjects = [
        Subject::portcullis(&portcullis, &home),
        Subject::native(&native),
    ];
    let plan = Plan::default();
    // The first round warms the machine up and does not count.
    for subject in &subjects {
        figures::measure(subject, &Plan::brief())?;
    }
    let mut measured: [Vec<Figures>; 2] = Default::default();
    for round in 1..=rounds {
        for (subject, measured) in subjects.iter().zip(&mut measured) {
            eprintln!("round {round} of {rounds}: {}", subject.name);
            measured.push(figures::measure(subject, &plan)?);
        }
    }
    let [ours, native] = measured.map(|rounds| Figures::median(&rounds));
    print!("{}", table::render(&plan, &ours, &native));
    print!("\n{}", attacked::measure(&portcullis, &guests)?);
    eprintln!("holding subscriptions and calls");
    print!("\n{}", held::measure(&portcullis, &home)?);
    Ok(())
}
