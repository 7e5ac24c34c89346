//! What is measured, and how.

use std::array::from_fn;
use std::time::{Duration, Instant};

use anyhow::Result;

use crate::subject::{COUNT, Call, ECHO, Server, Subject};

/// How much is done for each figure.
pub(crate) struct Plan {
    /// Starts of the server.
    pub(crate) starts: usize,
    /// Calls, one after the other.
    pub(crate) sequential: usize,
    /// Calls at each number in flight.
    pub(crate) pipelined: usize,
}

/// Numbers of calls in flight.
pub(crate) const IN_FLIGHT: [usize; 4] = [1, 16, 64, 256];

/// What is measured of each kind of call.
#[derive(Clone, Debug, Default)]
pub(crate) struct CallFigures {
    /// Percentiles 50, 90 and 99 of a call, in microseconds.
    pub(crate) latency: [f64; 3],
    /// Calls a second, for each of [`IN_FLIGHT`].
    pub(crate) throughput: [f64; 4],
    /// Processor time of a call, in microseconds, for each of [`IN_FLIGHT`]; no
    /// number where the system does not tell.
    pub(crate) processor: [f64; 4],
}

/// What one round, or the median of several, gave.
#[derive(Clone, Debug, Default)]
pub(crate) struct Figures {
    /// From the spawn to the first answer of a call, in milliseconds: the median
    /// start.
    pub(crate) first_call: f64,
    pub(crate) echo: CallFigures,
    pub(crate) count: CallFigures,
    /// Peak memory in MiB; no number where the system does not tell.
    pub(crate) memory: f64,
}

impl Default for Plan {
    fn default() -> Self {
        Self {
            starts: 20,
            sequential: 10_000,
            pipelined: 40_000,
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
        }
    }
}

impl Figures {
    /// The median of each figure.
    pub(crate) fn median(rounds: &[Self]) -> Self {
        let of = |figure: &dyn Fn(&Self) -> f64| median(rounds.iter().map(figure).collect());
        let call = |kind: fn(&Self) -> &CallFigures| CallFigures {
            latency: from_fn(|index| of(&|round| kind(round).latency[index])),
            throughput: from_fn(|index| of(&|round| kind(round).throughput[index])),
            processor: from_fn(|index| of(&|round| kind(round).processor[index])),
        };
        Self {
            first_call: of(&|round| round.first_call),
            echo: call(|round| &round.echo),
            count: call(|round| &round.count),
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
        server.call_many(&ECHO, 1, 1)?;
        starts.push(milliseconds(start.elapsed()));
    }
    let mut server = subject.start()?;
    let echo = calls(&mut server, &ECHO, plan)?;
    let count = calls(&mut server, &COUNT, plan)?;
    let memory = server.peak_memory();
    Ok(Figures {
        first_call: median(starts),
        echo,
        count,
        memory: memory.map_or(f64::NAN, |kib| kib as f64 / 1024.0),
    })
}

fn calls(server: &mut Server, call: &Call, plan: &Plan) -> Result<CallFigures> {
    server.call_many(call, plan.sequential / 10, 1)?;
    let mut taken = Vec::with_capacity(plan.sequential);
    for _ in 0..plan.sequential {
        let start = Instant::now();
        server.call_many(call, 1, 1)?;
        taken.push(start.elapsed());
    }
    let mut figures = CallFigures {
        latency: percentiles(taken),
        throughput: [0.0; 4],
        processor: [f64::NAN; 4],
    };
    for (index, in_flight) in IN_FLIGHT.into_iter().enumerate() {
        server.call_many(call, plan.pipelined / 10, in_flight)?;
        let before = server.processor_time();
        let start = Instant::now();
        server.call_many(call, plan.pipelined, in_flight)?;
        figures.throughput[index] = plan.pipelined as f64 / start.elapsed().as_secs_f64();
        if let (Some(before), Some(after)) = (before, server.processor_time()) {
            figures.processor[index] = (after - before) as f64 / 1000.0 / plan.pipelined as f64;
        }
    }
    Ok(figures)
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
        let round = |first_call, [one, many]: [f64; 2]| Figures {
            first_call,
            count: CallFigures {
                throughput: [one, many, 0.0, 0.0],
                ..CallFigures::default()
            },
            ..Figures::default()
        };
        let rounds = [
            round(1.0, [5.0, 1.0]),
            round(3.0, [4.0, 2.0]),
            round(2.0, [6.0, 9.0]),
        ];
        let median = Figures::median(&rounds);
        assert_eq!(median.first_call, 2.0);
        assert_eq!(median.count.throughput[..2], [5.0, 2.0]);
    }
}
