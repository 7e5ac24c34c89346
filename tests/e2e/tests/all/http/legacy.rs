//! Legacy sessions: opened by `initialize`, named by a header.

use serde_json::{Value, json};

use super::server::{Response, Server};
use crate::client::{LEGACY, LEGACY_REVISIONS, initialize};
use crate::home::Home;

fn message(id: Option<i64>, method: &str, params: Value) -> String {
    let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    if let Some(id) = id {
        message["id"] = json!(id);
    }
    message.to_string()
}

fn open(server: &Server, revision: &str) -> (String, Response) {
    let body = message(Some(1), "initialize", initialize(revision));
    let response = server.ask("POST", &[], &body);
    let session = response.header("mcp-session-id").expect("a session");
    (session.to_owned(), response)
}

#[test]
fn a_session_lives_from_initialize_to_delete() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let (session, opened) = open(&server, revision);
        assert_eq!(opened.status, 200);
        assert_eq!(opened.json()["result"]["protocolVersion"], revision);
        assert!(session.bytes().all(|byte| byte.is_ascii_graphic()));

        let named = [
            ("mcp-session-id", session.as_str()),
            ("mcp-protocol-version", revision),
        ];
        let noted = server.ask(
            "POST",
            &named,
            &message(None, "notifications/initialized", json!({})),
        );
        assert_eq!((noted.status, noted.body.as_str()), (202, ""));
        let pinged = server.ask("POST", &named, &message(Some(2), "ping", json!({})));
        assert_eq!(
            pinged.json(),
            json!({ "jsonrpc": "2.0", "id": 2, "result": {} })
        );
        let call = json!({ "name": "echo", "arguments": { "text": revision } });
        let called = server.ask("POST", &named, &message(Some(3), "tools/call", call));
        assert_eq!(called.json()["result"]["content"][0]["text"], revision);

        assert_eq!(server.ask("DELETE", &named, "").status, 204);
        assert_eq!(server.ask("DELETE", &named, "").status, 404);
        let gone = server.ask("POST", &named, &message(Some(4), "ping", json!({})));
        assert_eq!(gone.status, 404);
    }
}

#[test]
fn news_comes_before_the_answer() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let (session, _) = open(&server, LEGACY);
    let call = json!({
        "name": "progress", "arguments": { "steps": 2 }, "_meta": { "progressToken": 7 },
    });
    let named = [("mcp-session-id", session.as_str())];
    let events = server
        .ask("POST", &named, &message(Some(2), "tools/call", call))
        .events();
    let last = events.last().expect("an answer");
    assert_eq!(last["id"], 2);
    let progress = events
        .iter()
        .filter(|event| event["method"] == "notifications/progress");
    assert_eq!(progress.count(), 2);
}

#[test]
fn without_a_session_a_legacy_request_is_refused() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let listed = message(Some(1), "tools/list", json!({}));
    assert_eq!(server.ask("POST", &[], &listed).status, 400);
    let unknown = server.ask("POST", &[("mcp-session-id", "nobody")], &listed);
    assert_eq!(unknown.status, 404);
    let (session, _) = open(&server, LEGACY);
    let strange = [
        ("mcp-session-id", session.as_str()),
        ("mcp-protocol-version", "1999-01-01"),
    ];
    assert_eq!(server.ask("POST", &strange, &listed).status, 400);
    assert_eq!(
        server
            .ask("GET", &[("mcp-session-id", &session)], "")
            .status,
        405
    );
}
