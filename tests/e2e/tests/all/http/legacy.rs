//! Legacy sessions: opened by `initialize`, named by a header.

use serde_json::json;

use super::server::Server;
use super::session::{message, open};
use crate::client::{LEGACY, LEGACY_REVISIONS, initialize};
use crate::home::Home;

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
        assert_eq!(called.answer()["result"]["content"][0]["text"], revision);

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
}

#[test]
fn a_handshake_that_fails_opens_no_session() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let mut wrong = initialize(LEGACY);
    wrong["protocolVersion"] = json!(7);
    let refused = server.ask("POST", &[], &message(Some(1), "initialize", wrong));
    assert_eq!(refused.json()["error"]["code"], -32602);
    assert_eq!(refused.header("mcp-session-id"), None);
}

#[test]
fn other_methods_are_refused_with_those_that_are_not() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for method in ["HEAD", "PUT", "OPTIONS", "PATCH"] {
        let refused = server.ask(method, &[], "");
        assert_eq!(refused.status, 405, "{method}");
        assert_eq!(refused.header("allow"), Some("GET, POST, DELETE"));
    }
}
