//! `portcullis audit`

use std::collections::VecDeque;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;
use std::time::SystemTime;

use clap::Args;
use clap::builder::PossibleValuesParser;

use super::home::Home;
use super::{Global, table};
use crate::audit::{self, Entry, Filter, Outcome};
use crate::config::Config;
use crate::policy::{format_size, parse_duration, printable};

/// The longest time that `--since` takes, in milliseconds: a hundred years.
const LONGEST: u64 = 100 * 365 * 24 * 3_600_000;

/// Show what plugins were called for, what they used, and what they were
/// granted when, from the oldest to the newest.
///
/// With --json each line is printed as it stands in the log. `[audit]` in
/// portcullis.toml says what is recorded.
#[derive(Args)]
pub(super) struct Audit {
    /// Only of this plugin.
    #[arg(long, value_name = "NAME")]
    plugin: Option<String>,
    /// Only calls of this tool, as clients call it.
    #[arg(long, value_name = "NAME")]
    tool: Option<String>,
    /// Only calls that ended like this.
    #[arg(long, value_parser = PossibleValuesParser::new(Outcome::NAMES))]
    outcome: Option<String>,
    /// Only what came by stdio, unix or http, from the command line (local), or
    /// by the admin's files (file).
    #[arg(long, value_name = "NAME")]
    principal: Option<String>,
    /// Only from this time on: `90m`, `7d`, or `2026-01-31T12:00:00Z`.
    #[arg(long, value_name = "TIME", value_parser = parse_since)]
    since: Option<SystemTime>,
    /// Only the last COUNT of them.
    #[arg(short = 'n', long, value_name = "COUNT")]
    limit: Option<usize>,
}

impl Audit {
    pub(super) fn run(self, global: &Global) -> anyhow::Result<ExitCode> {
        let locations = Home::locations(global)?;
        let config = Config::load(&locations.config)?.audit;
        let path = config.file_in(&locations.data);
        let filter = Filter {
            plugin: self.plugin,
            tool: self.tool,
            outcome: self.outcome,
            principal: self.principal,
            since: self.since,
        };
        let mut out = io::stdout().lock();
        let mut printed = Ok(());
        let mut last = VecDeque::new();
        let torn = audit::read(&path, &filter, |entry, line| {
            let text = if global.json {
                line.to_owned()
            } else {
                row(&entry)
            };
            match self.limit {
                None => printed = writeln!(out, "{text}"),
                Some(limit) => {
                    last.push_back(text);
                    if last.len() > limit {
                        last.pop_front();
                    }
                }
            }
            printed.is_ok()
        })?;
        let printed =
            printed.and_then(|()| last.iter().try_for_each(|text| writeln!(out, "{text}")));
        match printed {
            // Who reads no more, as `head` does, has enough.
            Err(error) if error.kind() == ErrorKind::BrokenPipe => return Ok(ExitCode::SUCCESS),
            printed => printed?,
        }
        if torn > 0 {
            eprintln!("note: {torn} lines of {} cannot be read", path.display());
        }
        if !config.enabled {
            eprintln!("note: nothing is recorded now; `[audit] enabled` is false");
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// One line for people. What others wrote cannot reach the terminal.
fn row(entry: &Entry) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    let (what, ended) = match entry.event.as_str() {
        "call" => {
            let reason = entry
                .limit
                .clone()
                .or(entry.code.map(|code| code.to_string()));
            let reason = reason.map(|reason| format!(" ({reason})"));
            (
                format!("{} {}", text(&entry.kind), text(&entry.name)),
                text(&entry.outcome) + &reason.unwrap_or_default(),
            )
        }
        "grant" => ("grants".to_owned(), text(&entry.change)),
        "consent" => (format!("asks {}", text(&entry.asked)), text(&entry.answer)),
        event => {
            let lines = entry.lines.unwrap_or_default();
            (event.to_owned(), format!("{lines} lines are missing"))
        }
    };
    let mut row = format!(
        "{}  {:9}  {:16}  {what:24}  {ended:14}",
        entry.time,
        text(&entry.principal),
        text(&entry.plugin),
    );
    if let Some(duration) = entry.duration_ms {
        row.push_str(&format!("  {duration:>9.3} ms"));
    }
    if let (Some(fuel), Some(memory)) = (entry.fuel, entry.peak_memory) {
        row.push_str(&format!("  fuel {fuel}, {}", format_size(memory)));
    }
    if let Some(uses) = &entry.uses {
        row.push_str(&format!("  {}", uses.get()));
    }
    let grants = entry.granted.iter().map(|grant| ("+", grant));
    let grants = grants.chain(entry.revoked.iter().map(|grant| ("-", grant)));
    for (sign, grant) in grants {
        row.push_str(&format!("  {sign}{grant}"));
    }
    table::lines(&printable(row.trim_end()))
}

fn parse_since(text: &str) -> Result<SystemTime, String> {
    if let Ok(time) = humantime::parse_rfc3339_weak(text) {
        return Ok(time);
    }
    let ago = parse_duration(text, 0..=LONGEST).map_err(
        |_| "accepted: a duration such as 90m or 7d, or a time such as 2026-01-31T12:00:00Z",
    )?;
    SystemTime::now()
        .checked_sub(ago)
        .ok_or_else(|| "it is before all time".to_owned())
}
