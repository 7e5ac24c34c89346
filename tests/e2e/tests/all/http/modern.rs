//! Modern requests: each by itself, with headers that mirror its body.

use serde_json::json;

use super::events::Events;
use super::server::{Server, modern_body};
use super::session::{long_call, one_at_a_time};
use crate::client::MODERN;
use crate::home::Home;

#[test]
fn a_call_is_answered_with_one_json_object() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let discovered = server.modern("server/discover", json!({}));
    assert_eq!(discovered.status, 200);
    assert_eq!(discovered.json()["result"]["supportedVersions"][0], MODERN);
    let called = server.modern(
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "hi" } }),
    );
    assert_eq!(called.status, 200);
    assert_eq!(called.answer()["result"]["content"][0]["text"], "hi");
}

#[test]
fn news_turns_the_answer_into_a_stream() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let params = json!({
        "name": "progress", "arguments": { "steps": 2 }, "_meta": { "progressToken": "t" },
    });
    let response = server.modern("tools/call", params);
    assert_eq!(response.header("x-accel-buffering"), Some("no"));
    let events = response.events();
    let methods: Vec<&str> = events
        .iter()
        .filter_map(|event| event["method"].as_str())
        .collect();
    assert_eq!(methods, ["notifications/progress"; 2]);
    assert_eq!(events.last().map(|last| &last["id"]), Some(&json!(1)));
}

#[test]
fn headers_that_do_not_mirror_the_body_are_refused() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let body = modern_body(
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "hi" } }),
    );
    let version = ("mcp-protocol-version", MODERN);
    let method = ("mcp-method", "tools/call");
    for (headers, named) in [
        (vec![method, ("mcp-name", "echo")], "mcp-protocol-version"),
        (vec![version, ("mcp-name", "echo")], "mcp-method"),
        (vec![version, method], "mcp-name"),
        (
            vec![version, ("mcp-method", "tools/list"), ("mcp-name", "echo")],
            "mcp-method",
        ),
        (
            vec![version, ("mcp-method", "TOOLS/CALL"), ("mcp-name", "echo")],
            "mcp-method",
        ),
        (vec![version, method, ("mcp-name", "count")], "mcp-name"),
        (
            vec![version, method, ("mcp-name", "=?base64?!?=")],
            "mcp-name",
        ),
        (
            vec![version, method, ("mcp-name", "echo"), ("mcp-name", "echo")],
            "mcp-name",
        ),
        (
            vec![
                ("mcp-protocol-version", "2025-11-25"),
                method,
                ("mcp-name", "echo"),
            ],
            "mcp-protocol-version",
        ),
    ] {
        let response = server.ask("POST", &headers, &body);
        assert_eq!(response.status, 400, "{headers:?}");
        let error = &response.json()["error"];
        assert_eq!(error["code"], -32020, "{headers:?}");
        let message = error["message"].as_str().unwrap_or_default();
        assert!(message.contains(named), "{headers:?}: {message}");
    }
    for name in ["echo", " echo\t", "=?base64?ZWNobw==?="] {
        let response = server.ask("POST", &[version, method, ("Mcp-Name", name)], &body);
        assert_eq!(response.status, 200, "{name}: {}", response.body);
    }
}

#[test]
fn statuses_tell_what_was_wrong() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for (method, params, status, code) in [
        ("ping", json!({}), 404, -32601),
        ("no/such", json!({}), 404, -32601),
        (
            "tools/call",
            json!({ "name": "echo", "arguments": [1] }),
            400,
            -32602,
        ),
        ("tools/call", json!({ "arguments": {} }), 400, -32602),
        ("tools/call", json!({ "name": "nope" }), 400, -32602),
        (
            "resources/read",
            json!({ "uri": "no://where" }),
            400,
            -32602,
        ),
    ] {
        let response = server.modern(method, params);
        assert_eq!(response.status, status, "{method}: {}", response.body);
        assert_eq!(response.json()["error"]["code"], code, "{method}");
    }
    for (body, code) in [
        ("{", -32700),
        ("[]", -32600),
        (
            r#"{"jsonrpc":"2.0","id":1,"method":"server/discover"}"#,
            -32602,
        ),
    ] {
        let headers = [
            ("mcp-protocol-version", MODERN),
            ("mcp-method", "server/discover"),
        ];
        let response = server.ask("POST", &headers, body);
        assert_eq!(
            (response.status, &response.json()["error"]["code"]),
            (400, &json!(code))
        );
    }
    let unknown = modern_body("tools/list", json!({})).replace(MODERN, "1999-01-01");
    let headers = [
        ("mcp-protocol-version", "1999-01-01"),
        ("mcp-method", "tools/list"),
    ];
    let response = server.ask("POST", &headers, &unknown);
    assert_eq!(response.status, 400);
    assert_eq!(response.json()["error"]["code"], -32022);
    assert_eq!(response.json()["error"]["data"]["requested"], "1999-01-01");
}

#[test]
fn a_message_too_long_is_refused_with_the_limit() {
    let home = Home::with(&["echo"]);
    let config = std::fs::read_to_string(home.config()).expect("a config");
    let config = format!("[server]\nmax-message = \"2KiB\"\n\n{config}");
    std::fs::write(home.config(), config).expect("written");
    let server = Server::start(&home, &[]);
    let response = server.ask("POST", &[], &"x".repeat(3000));
    assert_eq!(response.status, 413);
    assert!(response.body.contains("2048 bytes"), "{}", response.body);
}

#[test]
fn closing_the_stream_cancels_the_call() {
    let home = one_at_a_time();
    let server = Server::start(&home, &[]);
    let params = json!({
        "name": "progress", "arguments": { "steps": 1000, "pause": 50 },
        "_meta": { "progressToken": 1 },
    });
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "progress"),
    ];
    let mut stream = server.send("POST", &headers, &modern_body("tools/call", params));
    // Under way: the head and the first event have arrived.
    let mut byte = [0];
    std::io::Read::read_exact(&mut stream, &mut byte).expect("the call has begun");
    drop(stream);
    // The plugin has one place, so this is answered only because the first call
    // has given it up.
    let called = server.modern(
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "hi" } }),
    );
    assert_eq!(called.answer()["result"]["content"][0]["text"], "hi");
}

#[test]
fn a_slow_answer_is_a_stream() {
    let home = one_at_a_time();
    let server = Server::start(&home, &[]);
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "sleep"),
    ];
    let body = modern_body("tools/call", long_call());
    // It is there before the answer.
    drop(Events::read(server.send("POST", &headers, &body)));
    let called = server.modern(
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "hi" } }),
    );
    assert_eq!(called.answer()["result"]["content"][0]["text"], "hi");

    let slow = json!({ "name": "sleep", "arguments": { "ms": 3000 } });
    let body = modern_body("tools/call", slow);
    let mut stream = Events::read(server.send("POST", &headers, &body));
    let (id, answer) = stream.message();
    assert_eq!(id, None, "modern streams cannot be resumed");
    assert_eq!(answer["result"]["content"][0]["text"], "slept 3000 ms");
    assert_eq!(stream.rest(), []);
}
