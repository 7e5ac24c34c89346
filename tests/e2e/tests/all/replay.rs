//! The same conversations over stdio, over the Unix socket and over HTTP: what
//! comes of each message is the same, whichever way it went.
//!
//! Compared are the messages, as JSON. What has to differ is left out: states
//! and ids that are random, times, and the order in a batch. Not replayed is
//! what one way of them cannot say: a response to no request, a request before
//! the handshake, and a message too long, which HTTP refuses by its status.

mod legacy;
mod modern;
mod peers;

use std::fmt::Write as _;
use std::sync::atomic::{AtomicU64, Ordering};

use serde_json::{Value, json};

use crate::client::LEGACY_REVISIONS;
use crate::home::Home;
use peers::{Http, Peer, Stdio, Unix};

/// A message, and what is to come of it.
struct Step {
    /// The message; `$requestState` stands for the last that was given.
    body: String,
    comes: Comes,
    /// What the client says, in this order, when it is asked for something on
    /// the way.
    replies: Vec<Value>,
}

/// What comes of a message.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comes {
    /// One answer, and news before it.
    Answer,
    Nothing,
    /// A stream without end, of which the first message is read.
    Beginning,
}

impl Step {
    fn new(body: impl ToString, comes: Comes) -> Self {
        Self {
            body: body.to_string(),
            comes,
            replies: Vec::new(),
        }
    }

    /// A message that is answered.
    fn ask(body: impl ToString) -> Self {
        Self::new(body, Comes::Answer)
    }

    /// A message that is not.
    fn tell(method: &str, params: Value) -> Self {
        let body = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        Self::new(body, Comes::Nothing)
    }
}

/// An id that no other request has.
fn fresh_id() -> Value {
    static IDS: AtomicU64 = AtomicU64::new(1);
    json!(format!("request {}", IDS.fetch_add(1, Ordering::Relaxed)))
}

/// Messages that are no good in any era, each of which is answered.
const MALFORMED: &[&str] = &[
    "{",
    "nonsense",
    "\u{feff}{}",
    r#"{"jsonrpc":"2.0","id":1,"method":"ping""#,
    r#"{"jsonrpc":"2.0","id":01,"method":"ping"}"#,
    "7",
    "null",
    r#""ping""#,
    "{}",
    r#"{"id":1,"method":"tools/list"}"#,
    r#"{"jsonrpc":"1.0","id":"two","method":"tools/list"}"#,
    r#"{"jsonrpc":"2.0","id":3}"#,
    r#"{"jsonrpc":"2.0","id":4,"method":7}"#,
    r#"{"jsonrpc":"2.0","id":null,"method":"tools/list"}"#,
    r#"{"jsonrpc":"2.0","id":1.5,"method":"tools/list"}"#,
    r#"{"jsonrpc":"2.0","id":{},"method":"tools/list"}"#,
    r#"{"jsonrpc":"2.0","id":1,"id":2,"method":"tools/list"}"#,
    r#"{"jsonrpc":"2.0","id":5,"method":"tools/list","params":[]}"#,
    r#"{"jsonrpc":"2.0","id":6,"method":"tools/list","params":"x"}"#,
];

/// Those, and one that nests too deep.
fn malformed() -> impl Iterator<Item = Step> {
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"m","params":{{"a":{}{}}}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let written = MALFORMED.iter().map(Step::ask);
    written.chain([Step::ask(deep)])
}

/// Holds a conversation: what came of each of its messages.
fn hold(peer: &mut dyn Peer, steps: &[Step]) -> Vec<Vec<Value>> {
    peer.begin();
    let mut state = String::new();
    let mut all = Vec::new();
    for step in steps {
        let body = step.body.replace("$requestState", &state);
        let mut came = peer.exchange(&body, step);
        for message in &mut came {
            if let Some(given) = message["result"]["requestState"].as_str() {
                state = given.to_owned();
            }
            neutralise(message);
        }
        all.push(came);
    }
    all
}

/// Replaces what differs from run to run.
fn neutralise(value: &mut Value) {
    const RANDOM: [&str; 4] = ["requestState", "taskId", "createdAt", "lastUpdatedAt"];
    match value {
        Value::Array(values) => {
            values.iter_mut().for_each(neutralise);
            if values.iter().all(|value| value["jsonrpc"] == "2.0") {
                values.sort_by_key(|value| value["id"].to_string());
            }
        }
        Value::Object(members) => {
            for (name, value) in members {
                if RANDOM.contains(&name.as_str()) && value.is_string() {
                    *value = json!("[random]");
                } else {
                    neutralise(value);
                }
            }
        }
        _ => {}
    }
}

/// Where two values differ, as paths with both.
fn differences(path: &str, left: &Value, right: &Value, found: &mut Vec<String>) {
    match (left, right) {
        (Value::Object(a), Value::Object(b)) if a.keys().all(|key| b.contains_key(key)) => {
            for (name, right) in b {
                let left = a.get(name).unwrap_or(&Value::Null);
                differences(&format!("{path}.{name}"), left, right, found);
            }
        }
        (Value::Array(a), Value::Array(b)) if a.len() == b.len() => {
            for (at, (left, right)) in a.iter().zip(b).enumerate() {
                differences(&format!("{path}[{at}]"), left, right, found);
            }
        }
        _ if left == right => {}
        _ => found.push(format!("{path}: {left}\n    and not {right}")),
    }
}

/// Holds the conversation in each way, and compares what came of it.
#[track_caller]
fn compare(peers: &mut [(&str, &mut dyn Peer)], name: &str, steps: &[Step]) {
    let (first, others) = peers.split_first_mut().expect("there are some");
    let expected = hold(first.1, steps);
    let mut report = String::new();
    for (way, peer) in others {
        let came = hold(*peer, steps);
        for ((step, expected), came) in steps.iter().zip(&expected).zip(came) {
            let mut found = Vec::new();
            differences("", &json!(came), &json!(expected), &mut found);
            if !found.is_empty() {
                let _ = writeln!(report, "{}\n  {way} says {}", step.body, found.join("\n  "));
            }
        }
    }
    assert!(
        report.is_empty(),
        "{name}: not the same as {}:\n{report}",
        first.0
    );
}

/// Replays conversations in all ways.
#[track_caller]
fn replay(conversations: impl IntoIterator<Item = (&'static str, Vec<Step>)>) {
    let home = Home::with(&["offers", "everything"]);
    let mut stdio = Stdio::new(&home);
    let mut http = Http::start(&home);
    let mut unix = Unix::start(&home);
    let mut peers: [(&str, &mut dyn Peer); 3] = [
        ("stdio", &mut stdio),
        ("the Unix socket", &mut unix),
        ("HTTP", &mut http),
    ];
    for (name, steps) in conversations {
        compare(&mut peers, name, &steps);
    }
}

#[test]
fn modern_requests_over_stdio_sockets_and_http() {
    replay(modern::conversations());
}

#[test]
fn legacy_sessions_over_stdio_sockets_and_http() {
    replay(LEGACY_REVISIONS.map(|revision| (revision, legacy::conversation(revision))));
}

#[test]
fn differences_are_told_by_their_paths() {
    let mut found = Vec::new();
    let (left, right) = (
        json!({ "a": [1, { "b": 2 }] }),
        json!({ "a": [1, { "b": 3 }] }),
    );
    differences("", &left, &right, &mut found);
    assert_eq!(found, [".a[1].b: 2\n    and not 3"]);
    found.clear();
    differences(
        "",
        &json!({ "a": 1, "b": 2 }),
        &json!({ "b": 2 }),
        &mut found,
    );
    differences(
        "",
        &json!({ "b": 2 }),
        &json!({ "a": 1, "b": 2 }),
        &mut found,
    );
    assert_eq!(found.len(), 2, "{found:?}");
}
