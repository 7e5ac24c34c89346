//! The benchmark: the runtime's release build beside native servers and peers.

use anyhow::{Context as _, Result};

use crate::home::Home;
use crate::workspace::{self, Workspace};
use crate::{guests, peers};

/// What `cargo xtask bench` was asked for.
#[derive(Debug, PartialEq, Eq)]
struct Options<'a> {
    /// The peers to be measured.
    peers: Vec<&'a str>,
    /// What is for the measurement.
    others: Vec<&'a str>,
}

/// Builds what is measured, installs its peers and runs the measurement.
pub(crate) fn run(workspace: &Workspace, arguments: &[&str]) -> Result<()> {
    let Options { peers, others } = Options::parse(arguments)?;
    guests::build(workspace, &["echo", "hostile"])?;
    // Together, so that they are built of the same wasmtime.
    let ours = ["portcullis", "portcullis-inside"];
    for packages in [&ours[..], &["portcullis-bench"]] {
        let mut cargo = workspace.cargo(&["build", "--release"]);
        for package in packages {
            cargo.args(["--package", package]);
        }
        workspace::run(&mut cargo)?;
    }
    let peers = peers::commands(workspace, &peers)?;
    let mut bench = std::process::Command::new(workspace.binary("release", "bench"));
    bench
        .args(["compare", "--guests"])
        .arg(workspace.root.join("tests/guests"))
        .args(others)
        .args(peers)
        .envs(peers::variables(workspace));
    workspace::run(&mut bench)
}

/// Measures the parts of a call, each by itself.
pub(crate) fn parts(workspace: &Workspace) -> Result<()> {
    guests::build(workspace, &["echo"])?;
    workspace::run(&mut workspace.cargo(&["build", "--release", "--package", "portcullis"]))?;
    let home = Home::with_echo(workspace, "release")?;
    let mut bench = workspace.cargo(&["bench", "--package", "portcullis-inside"]);
    workspace::run(bench.args(["--bench", "parts"]).envs(home.variables()))
}

impl<'a> Options<'a> {
    /// Takes `--without-peers` and `--with NAME` out of the arguments.
    fn parse(words: &[&'a str]) -> Result<Self> {
        let mut usual = &peers::USUAL[..];
        let (mut asked_for, mut others) = (Vec::new(), Vec::new());
        let mut words = words.iter();
        while let Some(word) = words.next() {
            match *word {
                "--without-peers" => usual = &[],
                "--with" => asked_for.push(*words.next().context("--with wants a peer's name")?),
                other => others.push(other),
            }
        }
        asked_for.retain(|peer| !usual.contains(peer));
        Ok(Self {
            peers: [usual, &asked_for].concat(),
            others,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn peers_are_chosen() {
        let parsed = |words: &[&'static str]| Options::parse(words).expect("options");
        let options = |peers: &[&'static str], others: &[&'static str]| Options {
            peers: peers.to_vec(),
            others: others.to_vec(),
        };
        assert_eq!(parsed(&[]), options(&peers::USUAL, &[]));
        let all = ["act", "fastmcp", "typescript", "hyper-mcp"];
        let words = "--rounds 5 --with act --with hyper-mcp --attacked a=b";
        let words: Vec<&'static str> = words.split(' ').collect();
        assert_eq!(
            parsed(&words),
            options(&all, &["--rounds", "5", "--attacked", "a=b"])
        );
        assert_eq!(
            parsed(&["--with", "act", "--without-peers"]),
            options(&["act"], &[])
        );
        assert_eq!(parsed(&["--without-peers"]), options(&[], &[]));
        assert!(Options::parse(&["--with"]).is_err());
    }
}
