//! All that is measured, part by part, and what has to be reached.

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use clap::{Args, ValueEnum};

use crate::call::Era;
use crate::goals::Reached;
use crate::home::Home;
use crate::subject::Subject;
use crate::{attacked, held, http, inside, memory, starts, stdio};

/// Plugins where there are many.
pub(crate) const PLUGINS: usize = 1_000;

/// Measure the runtime, native servers and peers in turn, and print tables of
/// medians, the last of what has to be reached.
#[derive(Args)]
pub(crate) struct Compare {
    /// How often everything is measured.
    #[arg(long, default_value_t = 7, value_parser = clap::value_parser!(u16).range(1..))]
    rounds: u16,
    /// Measure only this part; may be given several times.
    #[arg(long, value_name = "PART")]
    only: Vec<Part>,
    /// Measure under attack too, which takes a minute more.
    #[arg(long)]
    attacked: bool,
    #[command(flatten)]
    place: Place,
    /// Other servers of the tools `echo` and `count`: a command line, split at
    /// spaces. PREFIX is what their tools have in front of their names.
    #[arg(value_name = "NAME[:PREFIX]=COMMAND")]
    peers: Vec<Subject>,
}

/// Where things are.
#[derive(Args)]
pub(crate) struct Place {
    /// The runtime's program; by default the one beside this.
    #[arg(long)]
    portcullis: Option<PathBuf>,
    /// The folder with the guests, which are built.
    #[arg(long, default_value = "tests/guests")]
    pub(crate) guests: PathBuf,
}

/// What is measured together.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Part {
    /// Calls over stdio.
    Stdio,
    /// Calls over HTTP.
    Http,
    /// From the spawn to the first answers.
    Start,
    /// Calls with no transport, by one thread and by two.
    Inside,
    /// Memory for calls, plugins and connections; Linux only.
    Memory,
    /// How soon one plugin answers while another attacks; Linux only, and only when
    /// asked for.
    Attacked,
    /// Ten thousand subscriptions, and a thousand calls; Linux only.
    Held,
}

/// The runtime, with one plugin installed.
pub(crate) struct Field {
    pub(crate) portcullis: PathBuf,
    pub(crate) home: Home,
}

impl Compare {
    pub(crate) fn run(self) -> Result<()> {
        rlimit::increase_nofile_limit(u64::MAX).context("cannot open more files")?;
        let folder = tempfile::tempdir()?;
        let portcullis = self.place.portcullis()?;
        let guests = &self.place.guests;
        let home = |name: &str, grants: &[&str]| {
            Home::new(&portcullis, guests, &folder.path().join(name), grants)
        };
        let field = Field {
            home: home("one", &[])?,
            portcullis: portcullis.clone(),
        };
        // As many calls run at once as are held.
        let holding = Field {
            home: home("holding", &["limits.concurrency=1000"])?,
            portcullis: portcullis.clone(),
        };
        let crowded = folder.path().join("crowd");
        let crowded = Home::crowded(&portcullis, guests, &crowded, PLUGINS)?;
        let crowd = Subject::portcullis(starts::CROWD, &portcullis, &crowded, Era::Modern);

        let native = |name: &str, file: &str| -> Result<Subject> {
            Ok(Subject::command(name, &beside(file)?, &[], Era::Legacy))
        };
        let ours = |name: &str, era| Subject::portcullis(name, &portcullis, &field.home, era);
        let mut subjects = vec![
            ours("portcullis", Era::Modern),
            native("rmcp", "native-rmcp")?,
            native("direct", "native-direct")?,
        ];
        subjects.extend(self.peers.iter().cloned());
        let mut over_stdio = subjects.clone();
        over_stdio.push(ours("legacy", Era::Legacy));
        let reusing = Home::reusing(&portcullis, guests, &folder.path().join("reused"))?;
        let reusing = Subject::portcullis("reused", &portcullis, &reusing, Era::Modern);
        over_stdio.push(reusing);
        let mut at_start = subjects.clone();
        at_start.push(crowd.clone());

        let rounds = usize::from(self.rounds);
        let cores = std::thread::available_parallelism()?;
        println!("medians of {rounds} rounds, on {cores} cores");
        let mut reached = Reached::default();
        for part in Part::value_variants() {
            if !self.wants(*part) {
                continue;
            }
            let table = match part {
                Part::Stdio => stdio::measure(&over_stdio, rounds, &mut reached)?.to_string(),
                Part::Http => {
                    let rmcp = beside("native-rmcp")?;
                    http::measure(&field, &rmcp, rounds, &mut reached)?.to_string()
                }
                Part::Start => starts::measure(&at_start, rounds, &mut reached)?.to_string(),
                Part::Inside => {
                    let program = beside("inside")?;
                    inside::measure(&program, &field.home, rounds, &mut reached)?.to_string()
                }
                Part::Memory => {
                    memory::measure(&holding, &subjects, &crowd, rounds, &mut reached)?.to_string()
                }
                Part::Attacked => attacked::measure(&portcullis, guests)?,
                Part::Held => {
                    eprintln!("holding subscriptions and calls");
                    held::measure(&portcullis, &holding.home)?
                }
            };
            println!("\n{}", table.trim_end());
        }
        print!("\n{reached}");
        Ok(())
    }

    fn wants(&self, part: Part) -> bool {
        let usual = match part {
            Part::Stdio | Part::Http | Part::Start | Part::Inside => true,
            // Only there does the system tell what they measure.
            Part::Memory | Part::Held => cfg!(target_os = "linux"),
            Part::Attacked => false,
        };
        usual && self.only.is_empty()
            || self.only.contains(&part)
            || part == Part::Attacked && self.attacked
    }
}

impl Place {
    /// The runtime's program.
    pub(crate) fn portcullis(&self) -> Result<PathBuf> {
        match &self.portcullis {
            Some(program) => Ok(program.clone()),
            None => beside("portcullis"),
        }
    }
}

/// A program beside this one.
fn beside(name: &str) -> Result<PathBuf> {
    let program = std::env::current_exe()?.with_file_name(name);
    Ok(program.with_extension(std::env::consts::EXE_EXTENSION))
}
