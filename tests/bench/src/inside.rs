//! Calls inside the runtime, with no transport: what a second thread adds. The
//! program `inside` makes them.

use std::path::Path;
use std::process::Command;

use anyhow::{Context as _, Result, bail};

use crate::goals::{Goal, Reached};
use crate::home::Home;
use crate::sheet::Sheet;

/// Calls in a round: about a second of them.
const CALLS: &str = "100000";
const THREADS: [(&str, &str); 2] = [("2", "2 threads"), ("1", "1 thread")];
const WHAT: &str = "echo, calls/s";

pub(crate) fn measure(
    program: &Path,
    home: &Home,
    rounds: usize,
    reached: &mut Reached,
) -> Result<Sheet> {
    let [two, one] = THREADS.map(|(_, name)| name);
    let mut sheet = Sheet::new("inside, no transport", [two, one]);
    for round in 1..=rounds {
        for (threads, name) in THREADS {
            eprintln!("inside, round {round} of {rounds}: {name}");
            let output = Command::new(program)
                .arg(home.config())
                .arg(home.data())
                .args([threads, CALLS, "dispatch"])
                .output()
                .with_context(|| format!("cannot run {}", program.display()))?;
            if !output.status.success() {
                bail!(
                    "{} failed: {}",
                    program.display(),
                    String::from_utf8_lossy(&output.stderr)
                );
            }
            let told = String::from_utf8_lossy(&output.stdout);
            let figure = last_figure(&told).with_context(|| format!("no figure in {told}"))?;
            sheet.record(name, WHAT, figure);
        }
    }
    reached.set(Goal::Threads, sheet.ratio(WHAT, two, one));
    Ok(sheet)
}

/// The calls a second of the last line, before which are those that warmed it up.
fn last_figure(told: &str) -> Option<f64> {
    let (before, _) = told.lines().last()?.split_once(" calls/s")?;
    before.rsplit(' ').next()?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_line_counts() {
        let told = "2 threads: 90 calls/s, 1.0 µs a call and thread\n2 threads: 140123 calls/s, 1.0 µs a call and thread\n";
        assert_eq!(last_figure(told), Some(140_123.0));
        assert_eq!(last_figure("2 threads"), None);
        assert_eq!(last_figure(""), None);
    }
}
