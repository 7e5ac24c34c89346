//! The official conformance suite of the protocol against the runtime, over
//! HTTP, with `tests/guests/everything` installed.
//!
//! The suite itself passes when no scenario that it scores has a failure. Here
//! any failure and any warning of any scenario fails.

mod report;
mod results;
mod server;

use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::{env, thread};

use anyhow::{Context as _, Result, anyhow, bail};

use crate::summary::Summary;
use crate::test::BINARY;
use crate::workspace::{self, Workspace};
use crate::{guests, node, packages};
use results::Scenario;
use server::Server;

/// The plugin with what the suite asks for.
const PLUGIN: &str = "everything";
/// What a run writes that is not about a scenario: all that the suite says.
const LOG: &str = "suite.log";

/// All runs. Those of one list follow each other on one server; the lists run
/// at the same time; the first takes the longest.
const RUNS: [&[Run]; 2] = [
    &[Run {
        version: "2026-07-28",
        flags: &["--requirements", "2026-07-28"],
        scenarios: 50,
    }],
    &[
        Run {
            version: "2025-11-25",
            flags: &["--requirements", "2025-11-25"],
            scenarios: 33,
        },
        Run {
            version: "2025-06-18",
            flags: &["--suite", "all", "--spec-version", "2025-06-18"],
            scenarios: 27,
        },
        Run {
            version: "2025-03-26",
            flags: &["--suite", "all", "--spec-version", "2025-03-26"],
            scenarios: 1,
        },
    ],
];

/// Everything that the suite has for one revision, what it does not score
/// included.
#[derive(Clone, Copy)]
struct Run {
    /// The revision.
    version: &'static str,
    /// What chooses its scenarios.
    flags: &'static [&'static str],
    /// How many scenarios that are, in the pinned version of the suite.
    scenarios: usize,
}

/// The installed suite, and what it is run against.
struct Suite {
    node: PathBuf,
    script: PathBuf,
    binary: PathBuf,
    plugin: PathBuf,
    /// Where runs leave what they found.
    folder: PathBuf,
}

/// What `cargo xtask conformance` was asked for.
#[derive(Default)]
struct Options<'a> {
    scenario: Option<&'a str>,
    version: Option<&'a str>,
}

/// Does all runs, as part of the tests; each scenario counts as one.
pub(crate) fn run(workspace: &Workspace) -> Result<Summary> {
    println!();
    match Suite::install(workspace, workspace.binary("debug", "portcullis")) {
        Ok(suite) => suite.run_all(&RUNS),
        Err(error) => packages::skip("the conformance suite", &error),
    }
}

/// `cargo xtask conformance`: builds what it needs and does all runs, the one
/// of a revision, or one scenario with all that it found.
///
/// The variable `PORTCULLIS_BIN` may name a program to take instead of building
/// it.
pub(crate) fn command(workspace: &Workspace, words: &[&str]) -> Result<()> {
    let options = Options::parse(words)?;
    let runs = options.runs()?;
    guests::build(workspace, &[PLUGIN])?;
    let binary = match env::var_os(BINARY) {
        Some(named) => named.into(),
        None => {
            let mut cargo = workspace.cargo(&["build", "--package", "portcullis"]);
            workspace::run(&mut cargo)?;
            workspace.binary("debug", "portcullis")
        }
    };
    let suite = Suite::install(workspace, binary)?;
    let summary = match options.scenario {
        Some(scenario) => suite.run_one(scenario, options.version)?,
        None => suite.run_all(&runs.iter().map(Vec::as_slice).collect::<Vec<_>>())?,
    };
    println!("{summary}");
    if summary.failed > 0 {
        bail!("{} scenarios failed", summary.failed);
    }
    Ok(())
}

impl<'a> Options<'a> {
    fn parse(words: &[&'a str]) -> Result<Self> {
        let mut options = Self::default();
        let mut words = words.iter();
        while let Some(word) = words.next() {
            let value = match *word {
                "--scenario" => &mut options.scenario,
                "--spec-version" => &mut options.version,
                _ => bail!("`{word}` is no option; there are --scenario and --spec-version"),
            };
            let given = words.next();
            *value = Some(given.with_context(|| format!("{word} wants a value"))?);
        }
        Ok(options)
    }

    /// All runs, or that of the revision that was named.
    fn runs(&self) -> Result<Vec<Vec<Run>>> {
        let Some(version) = self.version else {
            return Ok(RUNS.iter().map(|runs| runs.to_vec()).collect());
        };
        let all = || RUNS.iter().copied().flatten();
        let run = all().find(|run| run.version == version);
        let run = run.with_context(|| {
            let known: Vec<_> = all().map(|run| run.version).collect();
            format!("no run for `{version}`; there are: {}", known.join(", "))
        })?;
        Ok(vec![vec![*run]])
    }
}

impl Suite {
    fn install(workspace: &Workspace, binary: PathBuf) -> Result<Self> {
        let node = node::find(workspace)?;
        let folder = workspace.target.join("conformance");
        let home = folder.join("suite");
        packages::npm_installed(&home, &workspace.root.join("tests/conformance"))?;
        Ok(Self {
            node,
            script: home.join("node_modules/@modelcontextprotocol/conformance/dist/index.js"),
            binary,
            plugin: workspace.root.join("tests/guests").join(PLUGIN),
            folder,
        })
    }

    /// Does the lists of runs at the same time, a server for each.
    fn run_all(&self, lists: &[&[Run]]) -> Result<Summary> {
        thread::scope(|scope| {
            let threads: Vec<_> = lists
                .iter()
                .map(|runs| scope.spawn(|| self.run_list(runs)))
                .collect();
            let mut summary = Summary::default();
            for thread in threads {
                let ran = thread.join().map_err(|_| anyhow!("a run panicked"))?;
                summary += ran?;
            }
            Ok(summary)
        })
    }

    fn run_list(&self, runs: &[Run]) -> Result<Summary> {
        let mut summary = Summary::default();
        let Some(first) = runs.first() else {
            return Ok(summary);
        };
        let home = self.folder.join("homes").join(first.version);
        let mut server = Server::start(&self.binary, &self.plugin, &home)?;
        for run in runs {
            let out = self.folder.join(run.version);
            let scenarios = self.scenarios(run.flags, &server.url, &out)?;
            let (mut ran, mut text) = report::of_run(run, &scenarios);
            let missing = run.scenarios.abs_diff(scenarios.len());
            if missing > 0 {
                ran.failed += missing;
                text += &format!(
                    "FAILED conformance {}: the suite ran {} scenarios and should run {}; its last lines:\n{}\n",
                    run.version,
                    scenarios.len(),
                    run.scenarios,
                    report::last_lines(&out.join(LOG)),
                );
            }
            if let Some(end) = server.ended()? {
                ran.failed += 1;
                text += &format!("FAILED conformance {}: {end}\n", run.version);
            }
            // In one piece: another list may be reporting too.
            print!("{text}");
            summary += ran;
        }
        Ok(summary)
    }

    /// Runs one scenario, at the revision that the suite takes for it unless
    /// one is named, and shows all its checks.
    fn run_one(&self, scenario: &str, version: Option<&str>) -> Result<Summary> {
        let mut server = Server::start(&self.binary, &self.plugin, &self.folder.join("homes/one"))?;
        let out = self.folder.join("one");
        let mut flags = vec!["--scenario", scenario];
        if let Some(version) = version {
            flags.extend(["--spec-version", version, "--force"]);
        }
        let scenarios = self.scenarios(&flags, &server.url, &out)?;
        if scenarios.is_empty() {
            let said = fs::read_to_string(out.join(LOG))?;
            bail!("the suite ran nothing:\n{said}");
        }
        let mut summary = Summary::default();
        for scenario in &scenarios {
            report::count(&mut summary, scenario.verdict());
            print!("{}", report::of_scenario(scenario));
        }
        println!("server: {}", server.log.display());
        if let Some(end) = server.ended()? {
            bail!("{end}");
        }
        Ok(summary)
    }

    /// Runs the suite; what it says is in [`LOG`] in the folder.
    fn scenarios(&self, flags: &[&str], url: &str, out: &Path) -> Result<Vec<Scenario>> {
        if out.exists() {
            fs::remove_dir_all(out)?;
        }
        fs::create_dir_all(out)?;
        let log = File::create(out.join(LOG))?;
        // Its exit code tells of failures that it scores, which its files tell too.
        Command::new(&self.node)
            .arg(&self.script)
            .args(["server", "--url", url])
            .args(flags)
            .arg("--output-dir")
            .arg(out)
            .stdin(Stdio::null())
            .stdout(log.try_clone()?)
            .stderr(log)
            .status()
            .with_context(|| format!("cannot run {}", self.node.display()))?;
        results::read(out)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn options_choose_runs() {
        let all = Options::parse(&[]).and_then(|options| options.runs());
        assert_eq!(all.expect("runs").concat().len(), 4);
        let one = Options::parse(&["--spec-version", "2025-06-18"]);
        let one = one.and_then(|options| options.runs()).expect("a run");
        assert_eq!(one.concat().len(), 1);
    }

    #[test]
    fn a_wrong_option_is_told() {
        let refused = |words: &[&str]| {
            let done = Options::parse(words).and_then(|options| options.runs().map(drop));
            done.expect_err("refused").to_string()
        };
        assert_eq!(
            refused(&["--version", "1"]),
            "`--version` is no option; there are --scenario and --spec-version"
        );
        assert_eq!(refused(&["--scenario"]), "--scenario wants a value");
        assert_eq!(
            refused(&["--spec-version", "2024-11-05"]),
            "no run for `2024-11-05`; there are: 2026-07-28, 2025-11-25, 2025-06-18, 2025-03-26"
        );
    }
}
