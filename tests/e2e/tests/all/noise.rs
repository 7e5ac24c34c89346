//! A client that says anything, on a line of its own: each request is answered
//! once, each message that is none is answered once, and the stream goes on.

use std::collections::HashMap;
use std::fmt;

use portcullis_seeded::{Seeded, check};
use serde::de::{Deserializer, IgnoredAny, MapAccess, Visitor};
use serde_json::{Value, json};

use crate::client::{Client, LEGACY, initialize, modern_params};
use crate::home::Home;

/// Lines between two looks at the answers.
const ROUND: usize = 50;
const ROUNDS: usize = 12;

/// What has to come of a line.
#[derive(Debug, PartialEq)]
enum Expected {
    Nothing,
    /// An answer to the request with this id, as JSON.
    Answer(String),
    /// An answer that says what is wrong with the line.
    Refusal,
}

impl Expected {
    fn of(line: &[u8]) -> Self {
        if line.iter().all(u8::is_ascii_whitespace) {
            return Self::Nothing;
        }
        let parts = serde_json::from_slice::<Value>(line).ok();
        let Some(Value::Object(message)) = parts else {
            return Self::Refusal;
        };
        let names = names(line);
        let known = ["jsonrpc", "id", "method", "params", "result", "error"];
        let once = |name: &&str| names.iter().filter(|other| other == name).count() < 2;
        let id = message.get("id");
        let no_id = id.is_some_and(|id| !id.is_string() && !is_integer(id));
        let version = message.get("jsonrpc") != Some(&json!("2.0"));
        if !known.iter().all(once) || no_id || version {
            return Self::Refusal;
        }
        let set = |name| {
            message
                .get(name)
                .is_some_and(|value: &Value| !value.is_null())
        };
        let method = match message.get("method") {
            None if id.is_some() && (set("result") || set("error")) => return Self::Nothing,
            None => return Self::Refusal,
            Some(method) => method,
        };
        let params = set("params") && !message["params"].is_object();
        match id {
            _ if !method.is_string() || params => Self::Refusal,
            None => Self::Nothing,
            Some(id) => Self::Answer(id.to_string()),
        }
    }
}

fn is_integer(value: &Value) -> bool {
    let text = value.to_string();
    value.is_number() && !text.contains(['.', 'e'])
}

/// The names of an object's members, also of those that it has twice.
fn names(line: &[u8]) -> Vec<String> {
    struct Names;
    impl<'de> Visitor<'de> for Names {
        type Value = Vec<String>;
        fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            f.write_str("an object")
        }
        fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Vec<String>, A::Error> {
            let mut names = Vec::new();
            while let Some((name, IgnoredAny)) = map.next_entry()? {
                names.push(name);
            }
            Ok(names)
        }
    }
    let mut deserializer = serde_json::Deserializer::from_slice(line);
    deserializer.deserialize_map(Names).expect("an object")
}

/// What a client says that means well.
fn message(source: &mut Seeded, number: usize) -> Value {
    let echo = || json!({ "name": "echo", "arguments": { "text": "a" } });
    let progress = json!({
        "name": "progress", "arguments": { "steps": 2 }, "_meta": { "progressToken": 1 },
    });
    let (method, params) = match source.below(9) {
        0 => ("ping", json!({})),
        1 => ("initialize", initialize(LEGACY)),
        2 => ("server/discover", json!({})),
        3 => ("tools/list", json!({ "cursor": "" })),
        4 => ("resources/read", json!({ "uri": "offers://text" })),
        5 => ("notifications/initialized", json!({})),
        6 => (
            "completion/complete",
            json!({ "ref": { "type": "ref/prompt", "name": "say" } }),
        ),
        7 => ("tools/call", progress),
        _ => ("tools/call", echo()),
    };
    let params = if source.once_in(2) {
        modern_params(params)
    } else {
        params
    };
    let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    if source.below(8) > 0 {
        message["id"] = json!(format!("request number {number}"));
    }
    message
}

/// A line, most often one that once meant something.
fn line(source: &mut Seeded, number: usize) -> Vec<u8> {
    let said = message(source, number).to_string();
    let mut line = match source.below(10) {
        0 => source.bytes(40),
        1 => source.text(20).into_bytes(),
        2 => source.json(4).into_bytes(),
        3..6 => said.into_bytes(),
        _ => source.changed(said.as_bytes()),
    };
    line.retain(|byte| *byte != b'\n');
    line
}

/// Takes the answers up to that of a last request, and compares them with what
/// had to come.
fn compare(client: &mut Client, expected: &[(Vec<u8>, Expected)], last: &Value) {
    let mut answers: HashMap<String, usize> = HashMap::new();
    loop {
        let message = client.read();
        if message.get("method").is_some() {
            continue;
        }
        assert_ne!(
            message.get("result").is_some(),
            message.get("error").is_some(),
            "{message}"
        );
        let id = message.get("id").expect("an answer has an id");
        *answers.entry(id.to_string()).or_default() += 1;
        // The last request may be answered before those before it.
        let wanted = expected
            .iter()
            .filter(|(_, wanted)| *wanted != Expected::Nothing)
            .count();
        if answers.contains_key(&last.to_string()) && answers.values().sum::<usize>() > wanted {
            break;
        }
    }
    assert_eq!(answers.remove(&last.to_string()), Some(1));
    for (line, wanted) in expected {
        let Expected::Answer(id) = wanted else {
            continue;
        };
        let line = String::from_utf8_lossy(line);
        let left = answers.get_mut(id).filter(|left| **left > 0);
        *left.unwrap_or_else(|| panic!("no answer to {line}")) -= 1;
    }
}

#[test]
fn anything_is_answered_and_the_stream_goes_on() {
    let home = Home::with(&["echo", "offers"]);
    check(6, |source| {
        let mut client = Client::raw(&home);
        for round in 0..ROUNDS {
            let mut expected = Vec::new();
            for number in 0..ROUND {
                let line = line(source, round * ROUND + number);
                client.send_line(&line);
                let wanted = Expected::of(&line);
                expected.push((line, wanted));
            }
            let last = client.send("ping", json!({}));
            compare(&mut client, &expected, &last);
        }
        // Whatever the noise made of the session, a modern request is one.
        let call = json!({ "name": "echo", "arguments": { "text": "still here" } });
        let answer = client.result("tools/call", modern_params(call));
        assert_eq!(answer["content"][0]["text"], "still here");
        let ended = client.close();
        assert_eq!(
            (ended.code, ended.rest.len()),
            (Some(0), 0),
            "{}",
            ended.stderr
        );
    });
}

#[test]
fn an_id_is_free_once_it_is_answered() {
    let home = Home::with(&["echo"]);
    let mut client = Client::legacy(&home);
    for turn in 0..20_000 {
        client.send_as(json!("same"), "ping", json!({}));
        let answer = client.read();
        assert!(answer["result"].is_object(), "turn {turn}: {answer}");
    }
}
