//! What is measured, and how.

use std::time::{Duration, Instant};

use anyhow::Result;

use crate::subject::{Server, Subject};

/// How much is done for each figure.
pub(crate) struct Plan {
    /// Starts of the server.
    pub(crate) starts: usize,
    /// Calls, one after the other.
    pub(crate) sequential: usize,
    /// Calls at each number in flight.
    pub(crate) pipelined: usize,
    /// Numbers in flight.
    pub(crate) in_flight: Vec<usize>,
}

/// What one round, or the median of several, gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// From the spawn to the first answer, in milliseconds: the median start.
    pub(crate) first_answer: f64,
    /// Percentiles 50, 90 and 99 of a call, in microseconds.
    pub(crate) latency: [f64; 3],
    /// Calls a second, for each number in flight.
    pub(crate) throughput: Vec<f64>,
    /// Processor time of a call, in microseconds, for each number in flight;
    /// nothing where the system does not tell.
    pub(crate) processor: Vec<f64>,
    /// Peak memory in MiB; nothing where the system does not tell.
    pub(crate) memory: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            starts: 20,
            sequential: 10_000,
            pipelined: 40_000,
            in_flight: vec![1, 16, 64, 256],
        }
    }
}

impl Plan {
    /// As little as it takes to have been everywhere once.
    pub(crate) fn brief() -> Self {
        Self {
            starts: 3,
            sequential: 500,
            pipelined: 2_000,
            ..Self::default()
        }
    }
}

impl Figures {
    /// The median of each figure.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let of = |figure: &dyn Fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        let each = |figure: fn(&Self) -> &[f64]| {
            let count = rounds.first().map_or(0, |round| figure(round).len());
            (0..count)
                .map(|index| of(&|round| figure(round)[index]))
                .collect::<Vec<_>>()
        };
        Self {
            first_answer: of(&|round| round.first_answer),
            latency: [0, 1, 2].map(|index| of(&|round| round.latency[index])),
            throughput: each(|round| &round.throughput),
            processor: each(|round| &round.processor),
            memory: of(&|round| round.memory),
        }
    }
}

/// One round.
pub(crate) fn measure(subject: &Subject, plan: &Plan) -> Result<Figures> {
    let mut starts = Vec::new();
    for _ in 0..plan.starts {
        let start = Instant::now();
        let mut server = subject.start()?;
        server.send(1)?;
        server.receive()?;
        starts.push(milliseconds(start.elapsed()));
    }

    let mut server = subject.start()?;
    server.call_many(plan.sequential / 10, 1)?;
    let latency = latency(&mut server, plan.sequential)?;
    let (mut throughput, mut processor) = (Vec::new(), Vec::new());
    for &in_flight in &plan.in_flight {
        server.call_many(plan.pipelined / 10, in_flight)?;
        let before = server.processor_time();
        let start = Instant::now();
        server.call_many(plan.pipelined, in_flight)?;
        throughput.push(plan.pipelined as f64 / start.elapsed().as_secs_f64());
        if let (Some(before), Some(after)) = (before, server.processor_time()) {
            processor.push((after - before) as f64 / 1000.0 / plan.pipelined as f64);
        }
    }
    let memory = server
        .peak_memory()
        .map_or(f64::NAN, |kib| kib as f64 / 1024.0);
    Ok(Figures {
        first_answer: median(starts),
        latency,
        throughput,
        processor,
        memory,
    })
}

fn latency(server: &mut Server, calls: usize) -> Result<[f64; 3]> {
    let mut taken = Vec::with_capacity(calls);
    for _ in 0..calls {
        let start = Instant::now();
        server.send(1)?;
        server.receive()?;
        taken.push(start.elapsed());
    }
    Ok(percentiles(taken))
}

/// Percentiles 50, 90 and 99, in microseconds.
pub(crate) fn percentiles(mut taken: Vec<Duration>) -> [f64; 3] {
    taken.sort();
    [50, 90, 99].map(|percent| milliseconds(taken[(taken.len() - 1) * percent / 100]) * 1000.0)
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1000.0
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match values.len() {
        0 => f64::NAN,
        odd if odd % 2 == 1 => values[middle],
        _ => f64::midpoint(values[middle - 1], values[middle]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(vec![3.0, 1.0, 2.0]), 2.0);
        assert_eq!(median(vec![4.0, 1.0, 2.0, 3.0]), 2.5);
        assert!(median(Vec::new()).is_nan());
    }

    #[test]
    fn each_figure_has_its_own_median() {
        let round = |first_answer, throughput: [f64; 2]| Figures {
            first_answer,
            throughput: throughput.into(),
            ..Figures::default()
        };
        let rounds = [
            round(1.0, [5.0, 1.0]),
            round(3.0, [4.0, 2.0]),
            round(2.0, [6.0, 9.0]),
        ];
        let median = Figures::median(&rounds);
        assert_eq!(
            (median.first_answer, median.throughput),
            (2.0, vec![5.0, 2.0])
        );
    }
}
