//! Batches over HTTP, in sessions of 2025-03-26.

use serde_json::{Value, json};

use super::server::{Server, modern_body};
use super::session::Session;
use crate::client::{LEGACY_REVISIONS, MODERN};
use crate::home::Home;

const REVISION: &str = "2025-03-26";

fn echo(id: i64, text: &str) -> Value {
    let call = json!({ "name": "echo", "arguments": { "text": text } });
    json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": call })
}

fn notification() -> Value {
    json!({ "jsonrpc": "2.0", "method": "notifications/progress", "params": {} })
}

#[test]
fn requests_are_answered_by_one_array() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, REVISION);
    let batch = json!([echo(1, "one"), notification(), echo(2, "two"), 7]);
    let answered = session.ask("POST", &[], &batch.to_string());
    assert_eq!(answered.status, 200);
    let answer = answered.answer();
    let mut answers = answer.as_array().expect("an array").clone();
    answers.sort_by_key(|answer| answer["id"].to_string());
    assert_eq!(answers.len(), 3, "{answers:?}");
    assert_eq!(answers[0]["result"]["content"][0]["text"], "one");
    assert_eq!(answers[1]["result"]["content"][0]["text"], "two");
    assert_eq!(answers[2]["error"]["code"], -32600);
}

#[test]
fn notifications_alone_are_accepted() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, REVISION);
    let batch = json!([notification(), notification()]).to_string();
    let accepted = session.ask("POST", &[], &batch);
    assert_eq!((accepted.status, accepted.body.as_str()), (202, ""));
}

#[test]
fn an_array_of_none_or_too_many_is_refused() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, REVISION);
    let many: Vec<_> = (0..101).map(|id| echo(id, "x")).collect();
    for batch in [json!([]), json!(many)] {
        let refused = session.ask("POST", &[], &batch.to_string());
        assert_eq!(refused.answer()["error"]["code"], -32600);
    }
    let answered = session.ask("POST", &[], &json!([echo(1, "one")]).to_string());
    assert_eq!(answered.answer()[0]["id"], 1);
}

#[test]
fn other_revisions_have_none() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let batch = json!([echo(1, "one")]).to_string();
    for revision in LEGACY_REVISIONS
        .into_iter()
        .filter(|revision| *revision != REVISION)
    {
        let session = Session::open(&server, revision);
        let refused = session.ask("POST", &[], &batch);
        assert_eq!(refused.status, 400, "{revision}");
        assert_eq!(refused.json()["error"]["code"], -32600, "{revision}");
    }
    // Without a session there is none that could.
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/list"),
    ];
    let modern = format!("[{}]", modern_body("tools/list", json!({})));
    for (headers, batch) in [(&headers[..], &modern), (&[], &batch)] {
        let refused = server.ask("POST", headers, batch);
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"]["code"], -32600);
    }
    let unknown = server.ask("POST", &[("mcp-session-id", "nobody")], &batch);
    assert_eq!(unknown.status, 404);
}

#[test]
fn what_a_request_tells_comes_before_the_array() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, REVISION);
    let call = json!({
        "name": "progress", "arguments": { "steps": 2 }, "_meta": { "progressToken": "t" },
    });
    let progress = json!({ "jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call });
    let batch = json!([progress, echo(2, "one")]).to_string();
    let events = session.ask("POST", &[], &batch).events();
    let told = events
        .iter()
        .filter(|event| event["method"] == "notifications/progress");
    assert_eq!(told.count(), 2);
    assert_eq!(
        events.last().and_then(Value::as_array).map(Vec::len),
        Some(2)
    );
}
