//! How long it takes from the spawn of a server to its first answers.

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result};

use crate::call::ECHO;
use crate::goals::{Goal, Reached};
use crate::sheet::{Sheet, median};
use crate::subject::{Server, Subject};

/// Starts in a round, or as many as there are in [`MEASURED`], for each figure.
const STARTS: usize = 10;
const MEASURED: Duration = Duration::from_millis(500);

/// The name of the subject with many plugins.
pub(crate) const CROWD: &str = "1,000";

const FIRST_ANSWER: &str = "spawn to first answer, ms";
const FIRST_CALL: &str = "spawn to first tools/call, ms";

/// Measures the subjects in turn. The first is ours, with one plugin; one is
/// called [`CROWD`].
pub(crate) fn measure(subjects: &[Subject], rounds: usize, reached: &mut Reached) -> Result<Sheet> {
    let names = subjects.iter().map(|subject| &*subject.name);
    let mut sheet = Sheet::new("start, caches warm", names);
    // The first start fills the caches, and does not count.
    for subject in subjects {
        first_call(subject).with_context(|| subject.name.clone())?;
    }
    for round in 1..=rounds {
        for subject in subjects {
            eprintln!("start, round {round} of {rounds}: {}", subject.name);
            let figures = [
                (FIRST_ANSWER, first_answer as Start),
                (FIRST_CALL, first_call),
            ];
            for (what, start) in figures {
                let taken = starts(subject, start).with_context(|| subject.name.clone())?;
                sheet.record(&subject.name, what, taken);
            }
        }
    }
    let ours = &subjects[0].name;
    reached.set(Goal::ActStart, sheet.ratio(FIRST_CALL, ours, "act"));
    reached.set(Goal::CrowdStart, sheet.ratio(FIRST_CALL, CROWD, ours));
    Ok(sheet)
}

/// The server is given back, so that the time it takes to end does not count.
type Start = fn(&Subject) -> Result<Server>;

/// The median of some starts, in milliseconds.
fn starts(subject: &Subject, start: Start) -> Result<f64> {
    let mut taken = Vec::new();
    let all = Instant::now();
    while taken.len() < STARTS && (taken.is_empty() || all.elapsed() < MEASURED) {
        let begun = Instant::now();
        let server = start(subject)?;
        taken.push(begun.elapsed().as_secs_f64() * 1000.0);
        drop(server);
    }
    Ok(median(&taken).unwrap_or(f64::NAN))
}

fn first_answer(subject: &Subject) -> Result<Server> {
    let mut server = subject.launch()?;
    server.greet()?;
    Ok(server)
}

fn first_call(subject: &Subject) -> Result<Server> {
    let mut server = subject.start()?;
    server.call_many(&ECHO, 1, 1)?;
    Ok(server)
}
