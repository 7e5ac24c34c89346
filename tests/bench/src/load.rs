//! One server under load, for as long as it takes: what is profiled.

use std::path::Path;
use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::call::{COUNT, ECHO, Era};
use crate::process::{megabytes, peak_memory, processor_time, processor_time_each};
use crate::subject::Subject;

/// Make calls of one server on stdio, and say how many a second it answered.
#[derive(Args)]
pub(crate) struct Load {
    /// The tool: `echo` or `count`.
    #[arg(long, default_value = ECHO.tool)]
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
    pub(crate) fn run(self) -> Result<()> {
        let mut calls = [ECHO, COUNT].into_iter();
        let Some(call) = calls.find(|call| call.tool == self.tool) else {
            bail!(
                "there is no tool `{}` here; accepted: echo, count",
                self.tool
            )
        };
        let (program, arguments) = self.command.split_first().expect("required");
        let era = if self.modern {
            Era::Modern
        } else {
            Era::Legacy
        };
        let subject = Subject::command("server", Path::new(program), arguments, era);
        let mut server = subject.start()?;
        server.call_many(&call, self.calls.min(1000), self.in_flight)?;
        let before = processor_time(server.id());
        let start = Instant::now();
        server.call_many(&call, self.calls, self.in_flight)?;
        let each_second = self.calls as f64 / start.elapsed().as_secs_f64();
        let each = processor_time_each(before, processor_time(server.id()), self.calls);
        println!("{each_second:.0} calls/s, {each:.1} µs of CPU a call");
        if let Ok(peak) = peak_memory(server.id()) {
            println!("peak memory {:.1} MB", megabytes(peak));
        }
        server.end()
    }
}
