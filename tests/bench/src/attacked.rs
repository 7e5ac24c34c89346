//! How soon one plugin answers while all the calls of another compute for ever.

use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::figures::percentiles;
use crate::subject::{Home, Server, Subject};

/// Calls that compute at the same time.
const ATTACKERS: usize = 32;
/// After so long every one of them counts as a long one.
const BEGUN: Duration = Duration::from_secs(1);
/// Calls that are measured.
const CALLS: usize = 5_000;

/// Measures, and gives the table.
pub(crate) fn measure(portcullis: &Path, home: &Home) -> Result<String> {
    let subject = Subject::portcullis(portcullis, home);
    let mut server = subject.start()?;
    latency(&mut server, CALLS / 10)?;
    let alone = latency(&mut server, CALLS)?;
    for _ in 0..ATTACKERS {
        server.send_call("spin", "{}")?;
    }
    std::thread::sleep(BEGUN);
    let attacked = latency(&mut server, CALLS)?;
    let mut table = format!(
        "{:<36}{:>12}{:>12}{:>9}\n",
        format!("one call while {ATTACKERS} others spin"),
        "attacked",
        "alone",
        "ratio"
    );
    for (index, percent) in [50, 90, 99].into_iter().enumerate() {
        let (attacked, alone) = (attacked[index], alone[index]);
        table.push_str(&format!(
            "{:<36}{attacked:>12.1}{alone:>12.1}{:>9.2}\n",
            format!("p{percent}, µs"),
            attacked / alone
        ));
    }
    Ok(table)
}

fn latency(server: &mut Server, calls: usize) -> Result<[f64; 3]> {
    let mut taken = Vec::with_capacity(calls);
    for _ in 0..calls {
        let start = Instant::now();
        server.send_call("count_calls", "{}")?;
        server.receive_any()?;
        taken.push(start.elapsed());
    }
    Ok(percentiles(taken))
}
