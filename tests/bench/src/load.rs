//! One server under load, for as long as it takes: what is profiled.

use std::path::PathBuf;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::subject::{COUNT, ECHO, Subject};

/// Make calls of one server on stdio, and say how many a second it answered.
#[derive(Args)]
pub(crate) struct Load {
    /// The tool: `echo` or `count`.
    #[arg(long, default_value = ECHO.name)]
    tool: String,
    /// How many calls.
    #[arg(long, default_value_t = 100_000)]
    calls: usize,
    /// How many of them are unanswered at a time.
    #[arg(long, default_value_t = 64)]
    in_flight: usize,
    /// Speak as a client of 2026-07-28 does, and not one of 2025-06-18.
    #[arg(long)]
    modern: bool,
    /// The server's program and its arguments.
    #[arg(required = true, trailing_var_arg = true)]
    command: Vec<String>,
}

impl Load {
    pub(crate) fn run(self) -> Result<String> {
        let call = match [ECHO, COUNT]
            .into_iter()
            .find(|call| call.name == self.tool)
        {
            Some(call) => call,
            None => bail!(
                "there is no tool `{}` here; accepted: echo, count",
                self.tool
            ),
        };
        let (program, arguments) = self.command.split_first().expect("required");
        let subject = Subject::command("server", &PathBuf::from(program), arguments, self.modern);
        let mut server = subject.start()?;
        server.call_many(&call, self.calls.min(1000), self.in_flight)?;
        let before = server.processor_time();
        let start = Instant::now();
        server.call_many(&call, self.calls, self.in_flight)?;
        let seconds = start.elapsed().as_secs_f64();
        let mut told = format!("{:.0} calls/s", self.calls as f64 / seconds);
        if let (Some(before), Some(after)) = (before, server.processor_time()) {
            let each = (after - before) as f64 / 1000.0 / self.calls as f64;
            told.push_str(&format!(", {each:.1} µs of CPU a call"));
        }
        if let Some(kib) = server.peak_memory() {
            told.push_str(&format!(", peak memory {:.1} MiB", kib as f64 / 1024.0));
        }
        told.push('\n');
        server.end()?;
        Ok(told)
    }
}
