//! The figures as a table.

use std::fmt::Write as _;

use crate::figures::{CallFigures, Figures, IN_FLIGHT};
use crate::subject::{COUNT, ECHO};

/// The figures of all, a column each, and how many times the second's the
/// first's are.
pub(crate) fn render(subjects: &[(String, Figures)]) -> String {
    let mut table = String::new();
    let names = subjects.iter().map(|(name, _)| name.as_str());
    line(&mut table, "over stdio", names, "ratio");
    let mut row = |what: &str, decimals: usize, figure: &dyn Fn(&Figures) -> f64| {
        let figures: Vec<f64> = subjects.iter().map(|(_, all)| figure(all)).collect();
        let shown: Vec<String> = figures.iter().map(|f| shown(*f, decimals)).collect();
        let ratio = match figures.as_slice() {
            [ours, other, ..] => shown_ratio(*ours, *other),
            _ => String::new(),
        };
        line(&mut table, what, shown.iter().map(String::as_str), &ratio);
    };
    row("spawn to first tools/call, ms", 1, &|all| all.first_call);
    let kinds = [
        (ECHO.name, echo as fn(&Figures) -> &CallFigures),
        (COUNT.name, count),
    ];
    for (call, of) in kinds {
        for (index, percent) in [50, 90, 99].into_iter().enumerate() {
            let what = format!("{call}, one at a time, p{percent}, µs");
            row(&what, 1, &|all| of(all).latency[index]);
        }
        for (index, in_flight) in IN_FLIGHT.into_iter().enumerate() {
            let what = format!("{call}, {in_flight} in flight, calls/s");
            row(&what, 0, &|all| of(all).throughput[index]);
        }
        for (index, in_flight) in IN_FLIGHT.into_iter().enumerate() {
            let what = format!("{call}, {in_flight} in flight, CPU µs a call");
            row(&what, 1, &|all| of(all).processor[index]);
        }
    }
    row("peak memory, MiB", 1, &|all| all.memory);
    table
}

fn echo(all: &Figures) -> &CallFigures {
    &all.echo
}

fn count(all: &Figures) -> &CallFigures {
    &all.count
}

fn line<'a>(table: &mut String, what: &str, cells: impl Iterator<Item = &'a str>, ratio: &str) {
    // Writing into a string cannot fail.
    let _ = write!(table, "{what:<36}");
    for cell in cells {
        let _ = write!(table, "{cell:>12}");
    }
    let _ = writeln!(table, "{ratio:>9}");
}

fn shown(value: f64, decimals: usize) -> String {
    if value.is_nan() {
        "-".to_owned()
    } else {
        format!("{value:.decimals$}")
    }
}

fn shown_ratio(ours: f64, other: f64) -> String {
    let ratio = ours / other;
    if ratio.is_finite() {
        format!("{ratio:.2}")
    } else {
        "-".to_owned()
    }
}
