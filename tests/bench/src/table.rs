//! The figures as a table.

use std::fmt::Write as _;

use crate::figures::{Figures, Plan};

/// The figures of both, and how many times the native one's ours are.
pub(crate) fn render(plan: &Plan, ours: &Figures, native: &Figures) -> String {
    let mut rows = vec![row(
        "spawn to first answer, ms",
        1,
        ours.first_answer,
        native.first_answer,
    )];
    for (index, percent) in [50, 90, 99].into_iter().enumerate() {
        rows.push(row(
            &format!("one call, p{percent}, µs"),
            1,
            ours.latency[index],
            native.latency[index],
        ));
    }
    let pairs = |figure: fn(&Figures) -> &[f64]| {
        figure(ours).iter().zip(figure(native)).zip(&plan.in_flight)
    };
    for ((ours, native), in_flight) in pairs(|figures| &figures.throughput) {
        rows.push(row(
            &format!("{in_flight} in flight, calls/s"),
            0,
            *ours,
            *native,
        ));
    }
    for ((ours, native), in_flight) in pairs(|figures| &figures.processor) {
        rows.push(row(
            &format!("{in_flight} in flight, processor µs a call"),
            1,
            *ours,
            *native,
        ));
    }
    rows.push(row("peak memory, MiB", 1, ours.memory, native.memory));

    let mut table = String::new();
    for [what, ours, native, ratio] in
        [["echo over stdio", "portcullis", "native", "ratio"].map(str::to_owned)]
            .iter()
            .chain(&rows)
    {
        // Writing into a string cannot fail.
        let _ = writeln!(table, "{what:<36}{ours:>12}{native:>12}{ratio:>9}");
    }
    table
}

fn row(what: &str, decimals: usize, ours: f64, native: f64) -> [String; 4] {
    let shown = |value: f64| {
        if value.is_nan() {
            "-".to_owned()
        } else {
            format!("{value:.decimals$}")
        }
    };
    let ratio = ours / native;
    let ratio = if ratio.is_finite() {
        format!("{ratio:.2}")
    } else {
        "-".to_owned()
    };
    [what.to_owned(), shown(ours), shown(native), ratio]
}
