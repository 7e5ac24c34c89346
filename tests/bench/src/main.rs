//! Measures `portcullis serve`, with guests in its sandbox, beside native servers
//! of the same tools: one on the protocol's official Rust SDK, and a direct loop
//! that does nothing else, the floor; and beside other servers.
//!
//! All are measured in turn, several times, and each figure is the median:
//! whatever else the machine does in between meets all of them.

#![allow(clippy::print_stdout, reason = "the table is what this program is for")]

mod attacked;
mod call;
mod compare;
mod goals;
mod held;
mod home;
mod http;
mod inside;
mod load;
mod memory;
mod process;
mod sheet;
mod soak;
mod starts;
mod stdio;
mod subject;
mod web;

use anyhow::Result;
use clap::Parser as _;

/// Measures the runtime beside native servers and peers.
#[derive(clap::Parser)]
enum Command {
    Compare(compare::Compare),
    Load(load::Load),
    Soak(soak::Soak),
}

fn main() -> Result<()> {
    match Command::parse() {
        Command::Compare(compare) => compare.run(),
        Command::Load(load) => load.run(),
        Command::Soak(soak) => soak.run(),
    }
}
