//! What has to be reached, as ratios of medians of one run, and what was.

use std::collections::BTreeMap;
use std::fmt;

use crate::sheet::shown;

/// One thing that has to be reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Goal {
    RmcpProcessor,
    RmcpThroughput,
    RmcpLatency,
    RmcpHttp,
    ActProcessor,
    ActThroughput,
    Threads,
    ActStart,
    CrowdStart,
    PeakMemory,
    PluginMemory,
    Reused,
}

/// What was reached of it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Verdict {
    /// All that is aimed at.
    Aim,
    /// What must be.
    Must,
    /// Less.
    Short,
}

/// A goal with its two bounds. Where the aim is less than what must be, less is
/// better.
struct Bounds {
    what: &'static str,
    must: f64,
    aim: f64,
}

/// What was measured, of as many goals as were.
#[derive(Default)]
pub(crate) struct Reached(BTreeMap<Goal, f64>);

impl Goal {
    const ALL: [Self; 12] = [
        Self::RmcpProcessor,
        Self::RmcpThroughput,
        Self::RmcpLatency,
        Self::RmcpHttp,
        Self::ActProcessor,
        Self::ActThroughput,
        Self::Threads,
        Self::ActStart,
        Self::CrowdStart,
        Self::PeakMemory,
        Self::PluginMemory,
        Self::Reused,
    ];

    fn bounds(self) -> Bounds {
        let (what, must, aim) = match self {
            Self::RmcpProcessor => ("stdio, CPU a call, 64 in flight / rmcp", 1.6, 1.0),
            Self::RmcpThroughput => ("stdio, calls/s, 64 in flight / rmcp", 0.6, 1.0),
            Self::RmcpLatency => ("stdio, p50 one at a time / rmcp", 1.5, 1.1),
            Self::RmcpHttp => ("HTTP, calls/s, 16 connections / rmcp", 1.0, 1.5),
            Self::ActProcessor => ("stdio, CPU a call, 64 in flight / ACT", 0.25, 0.13),
            Self::ActThroughput => ("stdio, calls/s, 64 in flight / ACT", 5.0, 9.0),
            Self::Threads => ("inside, calls/s, 2 threads / 1", 1.6, 1.9),
            Self::ActStart => ("spawn to first tools/call / ACT", 0.6, 0.3),
            Self::CrowdStart => ("the same, 1,000 plugins / 1", 2.0, 1.2),
            Self::PeakMemory => ("peak memory, 64 in flight, MB", 40.0, 25.0),
            Self::PluginMemory => ("each plugin that is not called, MB", 0.1, 0.02),
            Self::Reused => ("reused, CPU a call / direct loop", 2.5, 1.5),
        };
        Bounds { what, must, aim }
    }
}

impl Bounds {
    fn verdict(&self, reached: f64) -> Verdict {
        let within = |bound| {
            if self.aim < self.must {
                reached <= bound
            } else {
                reached >= bound
            }
        };
        if within(self.aim) {
            Verdict::Aim
        } else if within(self.must) {
            Verdict::Must
        } else {
            Verdict::Short
        }
    }
}

impl Reached {
    /// Sets what was measured of a goal, if it was.
    pub(crate) fn set(&mut self, goal: Goal, reached: Option<f64>) {
        if let Some(reached) = reached {
            self.0.insert(goal, reached);
        }
    }
}

impl fmt::Display for Reached {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "{:<42}{:>9}{:>9}{:>9}  verdict",
            "must reach", "measured", "must", "aim"
        )?;
        for goal in Goal::ALL {
            let bounds = goal.bounds();
            let sign = if bounds.aim < bounds.must {
                "≤"
            } else {
                "≥"
            };
            let (reached, verdict) = match self.0.get(&goal) {
                Some(reached) => (shown(*reached), bounds.verdict(*reached).to_string()),
                None => ("-".to_owned(), "not measured".to_owned()),
            };
            let bound = |bound: f64| format!("{sign} {bound}");
            writeln!(
                f,
                "{:<42}{reached:>9}{:>9}{:>9}  {verdict}",
                bounds.what,
                bound(bounds.must),
                bound(bounds.aim),
            )?;
        }
        Ok(())
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Aim => "aim",
            Self::Must => "must",
            Self::Short => "short",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bounds_are_reached_from_their_side() {
        let verdicts = |goal: Goal, figures: [f64; 4]| {
            let bounds = goal.bounds();
            figures.map(|figure| bounds.verdict(figure))
        };
        assert_eq!(
            verdicts(Goal::RmcpProcessor, [1.0, 1.01, 1.6, 1.61]),
            [Verdict::Aim, Verdict::Must, Verdict::Must, Verdict::Short]
        );
        assert_eq!(
            verdicts(Goal::ActThroughput, [9.0, 8.99, 5.0, 4.99]),
            [Verdict::Aim, Verdict::Must, Verdict::Must, Verdict::Short]
        );
    }

    #[test]
    fn each_goal_is_in_the_table() {
        assert!(Goal::ALL.is_sorted());
        let mut reached = Reached::default();
        reached.set(Goal::Threads, Some(1.75));
        reached.set(Goal::Reused, None);
        let table = reached.to_string();
        assert_eq!(table.lines().count(), 1 + Goal::ALL.len());
        let line = "inside, calls/s, 2 threads / 1                 1.75    ≥ 1.6    ≥ 1.9  must";
        assert!(table.lines().any(|shown| shown == line), "{table}");
        assert!(table.ends_with("not measured\n"), "{table}");
    }
}
