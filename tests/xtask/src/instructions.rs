//! How many instructions one call takes, beside the figure that is kept in the
//! tree: it is the same on a busy machine and a quiet one, where time is not.
//!
//! Counted by valgrind in the development build, from the bytes of a request to
//! those of its response, on one thread; the difference between two runs, so
//! that starting does not count.

use std::process::Command;
use std::{fs, str};

use anyhow::{Context as _, Result, bail};

use crate::home::Home;
use crate::packages::{answers, skip};
use crate::summary::Summary;
use crate::workspace::{self, Workspace};

/// Where the figure is kept.
const FIGURE: &str = "tests/bench/inside/instructions.txt";
/// How far from it is near enough, in percent.
const TOLERANCE: f64 = 3.0;
/// Calls of the two runs; a tenth more goes before each.
const CALLS: [u64; 2] = [200, 1_200];

/// Counts, and compares or keeps what was counted.
pub(crate) fn command(workspace: &Workspace, options: &[&str]) -> Result<()> {
    let keep = match options {
        [] => false,
        ["--keep"] => true,
        _ => bail!("usage: cargo xtask instructions [--keep]"),
    };
    crate::guests::build(workspace, &["echo"])?;
    let packages = ["--package", "portcullis", "--package", "portcullis-inside"];
    workspace::run(workspace.cargo(&["build"]).args(packages))?;
    let counted = count(workspace)?;
    if keep {
        let figure = workspace.root.join(FIGURE);
        fs::write(&figure, format!("{counted}\n"))?;
        println!("{counted} instructions a call, kept in {FIGURE}");
        return Ok(());
    }
    println!("{}", compared(workspace, counted)?);
    Ok(())
}

/// The same as a test, of what is built. Where it cannot be counted that is said,
/// and is no failure: nothing else needs valgrind.
pub(crate) fn run(workspace: &Workspace) -> Result<Summary> {
    if let Err(error) = countable() {
        println!("\nSKIPPED: the count of instructions: {error}");
        return Ok(Summary {
            skipped: 1,
            ..Summary::default()
        });
    }
    let counted = match count(workspace) {
        Ok(counted) => counted,
        Err(error) => return skip("the count of instructions", &error),
    };
    let (passed, failed) = match compared(workspace, counted) {
        Ok(told) => {
            println!("\n{told}");
            (1, 0)
        }
        Err(error) => {
            println!("\nFAILED: {error:#}");
            (0, 1)
        }
    };
    Ok(Summary {
        passed,
        failed,
        ..Summary::default()
    })
}

fn compared(workspace: &Workspace, counted: u64) -> Result<String> {
    let kept = fs::read_to_string(workspace.root.join(FIGURE))
        .with_context(|| format!("cannot read {FIGURE}"))?;
    let kept: u64 = kept.trim().parse().context(FIGURE)?;
    let percent = (counted as f64 / kept as f64 - 1.0) * 100.0;
    let told =
        format!("{counted} instructions a call, {percent:+.1} % from the {kept} in {FIGURE}");
    if percent.abs() > TOLERANCE {
        bail!(
            "{told}; accepted: {TOLERANCE} % more or less\n  \
             `cargo xtask instructions --keep` keeps the new figure; say why in the commit"
        );
    }
    Ok(told)
}

/// Whether it can be counted here.
fn countable() -> Result<()> {
    if !cfg!(all(target_os = "linux", target_arch = "x86_64")) {
        bail!("the figure is one of Linux on x86-64");
    }
    if !answers("valgrind") {
        bail!("there is no valgrind");
    }
    Ok(())
}

/// Instructions of one call.
fn count(workspace: &Workspace) -> Result<u64> {
    countable()?;
    let home = Home::with_echo(workspace, "debug")?;
    // Valgrind's processor is another than the machine's, so the first run
    // compiles.
    counted(workspace, &home, 10)?;
    let [few, many] = CALLS.map(|calls| counted(workspace, &home, calls));
    Ok((many? - few?) * 10 / ((CALLS[1] - CALLS[0]) * 11))
}

/// Instructions of a run with so many calls.
fn counted(workspace: &Workspace, home: &Home, calls: u64) -> Result<u64> {
    let output = Command::new("valgrind")
        .args(["--tool=callgrind", "--callgrind-out-file=/dev/null"])
        .arg(workspace.binary("debug", "inside"))
        .args([&home.config, &home.data])
        .args(["1", &calls.to_string(), "dispatch"])
        .output()
        .context("cannot run valgrind")?;
    let told = str::from_utf8(&output.stderr)?;
    if !output.status.success() {
        bail!("valgrind failed: {told}");
    }
    refs(told).with_context(|| format!("valgrind counted nothing: {told}"))
}

/// The number in a line such as `==12== I   refs:      127,349,825`.
fn refs(told: &str) -> Option<u64> {
    let (_, count) = told.lines().find_map(|line| line.split_once("refs:"))?;
    count.trim().replace(',', "").parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_found() {
        let told = "==7== Collected : 12\n==7==\n==7== I   refs:      127,349,825\n";
        assert_eq!(refs(told), Some(127_349_825));
        assert_eq!(refs("==7== Killed"), None);
    }
}
