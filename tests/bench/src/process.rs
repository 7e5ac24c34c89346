//! What the system tells of a process; only Linux does.

use std::fs;

use anyhow::{Context as _, Result};

/// Processor time used so far by all its threads, in nanoseconds.
pub(crate) fn processor_time(process: u32) -> Option<u64> {
    let mut total = 0;
    for task in fs::read_dir(format!("/proc/{process}/task")).ok()? {
        let path = task.ok()?.path().join("schedstat");
        let text = fs::read_to_string(path).ok()?;
        total += text.split_whitespace().next()?.parse::<u64>().ok()?;
    }
    Some(total)
}

/// Processor time of each of so many calls, in microseconds, by two readings of
/// [`processor_time`]; no number where the system does not tell.
pub(crate) fn processor_time_each(before: Option<u64>, after: Option<u64>, calls: usize) -> f64 {
    match (before, after) {
        (Some(before), Some(after)) => (after - before) as f64 / 1000.0 / calls as f64,
        _ => f64::NAN,
    }
}

/// The most memory that a process had at a time, in KiB.
pub(crate) fn peak_memory(process: u32) -> Result<u64> {
    memory(process, "VmHWM:")
}

/// The memory that a process has now, in KiB.
pub(crate) fn resident_memory(process: u32) -> Result<u64> {
    memory(process, "VmRSS:")
}

/// Millions of bytes.
pub(crate) fn megabytes(kib: u64) -> f64 {
    kib as f64 * 1024.0 / 1e6
}

/// 1024 KiB each.
pub(crate) fn mebibytes(kib: u64) -> f64 {
    kib as f64 / 1024.0
}

fn memory(process: u32, field: &str) -> Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/status")).ok();
    let kib = text.as_deref().and_then(|text| {
        let line = text.lines().find_map(|line| line.strip_prefix(field))?;
        line.split_whitespace().next()?.parse().ok()
    });
    kib.context("only Linux tells how much memory is used, and only of what runs")
}
