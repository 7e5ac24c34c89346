//! Very many calls of one server, whose memory must not grow.

use std::time::Instant;

use anyhow::{Result, bail};
use clap::Args;

use crate::call::{ECHO, Era};
use crate::compare::Place;
use crate::home::Home;
use crate::process::{mebibytes, resident_memory};
use crate::subject::Subject;

/// How often the memory is read.
const READINGS: usize = 20;
const IN_FLIGHT: usize = 64;

/// Make very many calls over stdio, 64 in flight, and fail if memory grows.
#[derive(Args)]
pub(crate) struct Soak {
    /// How many calls.
    #[arg(long, default_value_t = 10_000_000)]
    calls: usize,
    #[command(flatten)]
    place: Place,
}

impl Soak {
    pub(crate) fn run(self) -> Result<()> {
        let folder = tempfile::tempdir()?;
        let portcullis = self.place.portcullis()?;
        let home = Home::new(&portcullis, &self.place.guests, folder.path(), &[])?;
        let subject = Subject::portcullis("portcullis", &portcullis, &home, Era::Modern);
        let mut server = subject.start()?;
        let mut readings = Vec::new();
        for reading in 1..=READINGS {
            // As many as are left, evenly: all together are those asked for.
            let before = self.calls * (reading - 1) / READINGS;
            let calls = self.calls * reading / READINGS - before;
            let start = Instant::now();
            server.call_many(&ECHO, calls, IN_FLIGHT)?;
            let memory = mebibytes(resident_memory(server.id())?);
            println!(
                "{:>3} %: {memory:>7.2} MiB, {:.0} calls/s",
                100 * reading / READINGS,
                calls as f64 / start.elapsed().as_secs_f64()
            );
            readings.push(memory);
        }
        server.end()?;
        let (grown, allowed) = growth(&readings);
        println!("the last half grew by {grown:.2} MiB; {allowed:.2} are allowed");
        if grown > allowed {
            bail!("memory grows");
        }
        Ok(())
    }
}

/// By how much the last half of the readings exceeds its first, and by how much
/// it may: 2 MiB, or a twentieth.
fn growth(readings: &[f64]) -> (f64, f64) {
    let half = &readings[readings.len() / 2..];
    let first = half[0];
    let most = half.iter().copied().fold(first, f64::max);
    (most - first, f64::max(2.0, first / 20.0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_half_counts() {
        assert_eq!(growth(&[10.0, 30.0, 20.0, 21.0]), (1.0, 2.0));
        assert_eq!(growth(&[10.0, 30.0, 100.0, 106.0, 99.0, 90.0]), (0.0, 5.3));
        assert_eq!(growth(&[10.0, 20.0, 100.0, 106.0]), (6.0, 5.0));
    }
}
