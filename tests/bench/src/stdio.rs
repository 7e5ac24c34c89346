//! Calls over stdio: how long one takes, how many are answered a second, and what
//! processor time and memory that takes.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::call::{COUNT, Call, ECHO};
use crate::goals::{Goal, Reached};
use crate::process::{megabytes, peak_memory, processor_time, processor_time_each};
use crate::sheet::{Sheet, percentiles};
use crate::subject::{Server, Subject};

/// Numbers of calls in flight.
const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];
/// How long calls are made for a figure: servers that are slow are asked less.
const MEASURED: Duration = Duration::from_millis(400);
/// How long before that, so that it begins warm.
const WARM: Duration = Duration::from_millis(50);

/// Measures the subjects in turn. The first is ours.
pub(crate) fn measure(subjects: &[Subject], rounds: usize, reached: &mut Reached) -> Result<Sheet> {
    let names: Vec<&str> = subjects.iter().map(|subject| &*subject.name).collect();
    let mut sheet = Sheet::new("over stdio", names.iter().copied());
    for round in 1..=rounds {
        for subject in subjects {
            eprintln!("stdio, round {round} of {rounds}: {}", subject.name);
            measure_one(subject, &mut sheet).with_context(|| subject.name.clone())?;
        }
    }
    let ours = names[0];
    let processor = processor_label(&ECHO, 64);
    let throughput = throughput_label(&ECHO, 64);
    reached.set(Goal::RmcpProcessor, sheet.ratio(&processor, ours, "rmcp"));
    reached.set(Goal::RmcpThroughput, sheet.ratio(&throughput, ours, "rmcp"));
    let latency = latency_label(&ECHO, 50);
    reached.set(Goal::RmcpLatency, sheet.ratio(&latency, ours, "rmcp"));
    reached.set(Goal::ActProcessor, sheet.ratio(&processor, ours, "act"));
    reached.set(Goal::ActThroughput, sheet.ratio(&throughput, ours, "act"));
    reached.set(Goal::Reused, sheet.ratio(&processor, "reused", "direct"));
    Ok(sheet)
}

/// One round of one of them.
fn measure_one(subject: &Subject, sheet: &mut Sheet) -> Result<()> {
    let mut server = subject.start()?;
    for call in [&ECHO, &COUNT] {
        server.call_for(call, WARM, 1)?;
        let latency = latency(&mut server, call)?;
        for (percent, figure) in [50, 90, 99].into_iter().zip(latency) {
            sheet.record(&subject.name, &latency_label(call, percent), figure);
        }
        for in_flight in IN_FLIGHT {
            server.call_for(call, WARM, in_flight)?;
            let before = processor_time(server.id());
            let start = Instant::now();
            let calls = server.call_for(call, MEASURED, in_flight)?;
            let throughput = calls as f64 / start.elapsed().as_secs_f64();
            let processor = processor_time_each(before, processor_time(server.id()), calls);
            sheet.record(
                &subject.name,
                &throughput_label(call, in_flight),
                throughput,
            );
            sheet.record(&subject.name, &processor_label(call, in_flight), processor);
        }
    }
    let peak = peak_memory(server.id()).map_or(f64::NAN, megabytes);
    sheet.record(&subject.name, "peak memory, MB", peak);
    Ok(())
}

fn latency(server: &mut Server, call: &Call) -> Result<[f64; 3]> {
    let mut taken = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < MEASURED {
        let start = Instant::now();
        server.call_many(call, 1, 1)?;
        taken.push(start.elapsed());
    }
    Ok(percentiles(taken))
}

fn latency_label(call: &Call, percent: usize) -> String {
    format!("{}, one at a time, p{percent}, µs", call.tool)
}

fn throughput_label(call: &Call, in_flight: usize) -> String {
    format!("{}, {in_flight} in flight, calls/s", call.tool)
}

fn processor_label(call: &Call, in_flight: usize) -> String {
    format!("{}, {in_flight} in flight, CPU µs a call", call.tool)
}
