//! The audit log: what is in it, when it is there, and what reads it.

mod arguments;
mod durability;
mod ends;
mod files;
mod grants;
mod uses;
mod verb;

use std::fs;
use std::time::Duration;

use serde_json::Value;

use crate::home::Home;

/// The lines of the log, each of which has to be JSON.
#[track_caller]
fn lines(home: &Home) -> Vec<Value> {
    let text = fs::read_to_string(home.data().join("audit.jsonl")).unwrap_or_default();
    // A line that is being written has no end yet.
    let whole = text.rfind('\n').map_or("", |end| &text[..end]);
    let parsed = whole.lines().map(serde_json::from_str);
    parsed.map(|line| line.expect("JSON")).collect()
}

/// The lines of one event.
#[track_caller]
fn of(home: &Home, event: &str) -> Vec<Value> {
    let mut lines = lines(home);
    lines.retain(|line| line["event"] == event);
    lines
}

/// The lines of calls.
#[track_caller]
fn calls(home: &Home) -> Vec<Value> {
    of(home, "call")
}

/// The last call's line.
#[track_caller]
fn last(home: &Home) -> Value {
    calls(home).pop().expect("a call")
}

/// Waits for a line of what nobody is answered.
#[track_caller]
fn awaited(home: &Home, is_it: impl Fn(&Value) -> bool) -> Value {
    for _ in 0..3000 {
        if let Some(line) = lines(home).into_iter().find(|line| is_it(line)) {
            return line;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    panic!("it is not recorded: {:#?}", lines(home));
}
