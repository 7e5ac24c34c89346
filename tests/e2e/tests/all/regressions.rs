//! Inputs on which servers of other makers are known to go wrong: to end, to
//! hang, to say the wrong thing, or to take all the memory there is.
//!
//! | input | what has to happen | over stdio | over HTTP |
//! |---|---|---|---|
//! | a notification before the first request | it is ignored | `protocol::lifecycle` | here |
//! | `tools/call` with an array for arguments, or no name | -32602 that names the field | `protocol::messages` | here |
//! | malformed JSON, nesting 200 deep, a message too long | -32700 or -32600 that names the limit, and what follows is answered | `protocol::messages` | here |
//! | malformed JSON in a session | 400, -32700, JSON | | here |
//! | a batch at 2025-03-26 | it is answered as one, and refused in other revisions | `protocol::batches`, `replay` | here |
//! | a foreign `Origin`, without a list of those that are allowed | it is refused | | `http::strangers`, here |
//! | a schema's keys | they keep their order | `protocol::tools` | here |
//! | 100,000 calls of 1 KB that nobody reads | the caller is slowed, and memory stays bounded | `protocol::pressure` | here |
//! | many small messages in an answer | none waits for an acknowledgement | | here |

mod flood;

use serde_json::{Value, json};

use crate::client::{LEGACY, LEGACY_REVISIONS, MODERN, message_of};
use crate::home::Home;
use crate::http::server::{Response, Server, modern_body};
use crate::http::session::{Session, message, open};

/// The headers of a modern request for a method.
fn headers(method: &str) -> [(&str, &str); 2] {
    [("mcp-protocol-version", MODERN), ("mcp-method", method)]
}

#[track_caller]
fn assert_refused(response: &Response, status: u16, code: i64, word: &str) {
    assert_eq!(response.status, status, "{}", response.body);
    let answer = response.json();
    assert_eq!(answer["error"]["code"], code, "{answer}");
    assert!(message_of(&answer["error"]).contains(word), "{answer}");
}

#[track_caller]
fn assert_answers(server: &Server) {
    let call = json!({ "name": "echo", "arguments": { "text": "still here" } });
    let called = server.modern("tools/call", call);
    assert_eq!(
        called.answer()["result"]["content"][0]["text"],
        "still here"
    );
}

#[test]
fn a_notification_before_the_first_request() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for (method, params) in [
        ("notifications/cancelled", json!({ "requestId": 1 })),
        ("notifications/cancelled", json!({})),
        ("notifications/initialized", json!({})),
        ("notifications/of/tomorrow", json!({ "a": 1 })),
    ] {
        let noted = server.ask("POST", &headers(method), &message(None, method, params));
        assert_eq!((noted.status, noted.body.as_str()), (202, ""), "{method}");
    }
    assert_answers(&server);
}

#[test]
fn a_call_with_an_array_for_arguments_or_no_name() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let (session, _) = open(&server, LEGACY);
    for (params, field) in [
        (json!({ "name": "echo", "arguments": [] }), "`arguments`"),
        (json!({ "name": "echo", "arguments": ["x"] }), "`arguments`"),
        (json!({ "name": "echo", "arguments": "x" }), "`arguments`"),
        (json!({ "arguments": {} }), "`name`"),
        (json!({ "name": null, "arguments": {} }), "`name`"),
        (json!({ "name": ["echo"] }), "`name`"),
    ] {
        let modern = server.modern("tools/call", params.clone());
        assert_refused(&modern, 400, -32602, field);
        let named = [("mcp-session-id", session.as_str())];
        let legacy = server.ask("POST", &named, &message(Some(2), "tools/call", params));
        assert_refused(&legacy, 200, -32602, field);
    }
    assert_answers(&server);
}

#[test]
fn malformed_json_nesting_and_long_messages() {
    let home = Home::with(&["echo"]);
    home.configure("[server]\nmax-message = \"16KiB\"\n");
    let server = Server::start(&home, &[]);
    let (session, _) = open(&server, LEGACY);
    let deep = format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"ping","params":{{"a":{}{}}}}}"#,
        "[".repeat(200),
        "]".repeat(200)
    );
    let long = "x".repeat(20_000);
    let modern = headers("tools/list");
    let legacy = [("mcp-session-id", session.as_str())];
    for headers in [&[][..], &modern, &legacy] {
        for malformed in ["", "{", "nonsense", "{\"a\":01}", "\u{feff}{}"] {
            for kind in ["application/json", "text/plain"] {
                let mut headers = headers.to_vec();
                headers.push(("content-type", kind));
                let response = server.ask("POST", &headers, malformed);
                assert_refused(&response, 400, -32700, "JSON");
                assert_eq!(response.json().get("id"), Some(&Value::Null));
            }
        }
        assert_refused(&server.ask("POST", headers, &deep), 400, -32600, "127");
        assert_refused(&server.ask("POST", headers, &long), 413, -32600, "16384");
    }
    let pinged = server.ask("POST", &legacy, &message(Some(2), "ping", json!({})));
    assert_eq!(pinged.json()["result"], json!({}));
    assert_answers(&server);
}

const BATCH: &str = r#"[{"jsonrpc":"2.0","id":1,"method":"ping"},
    {"jsonrpc":"2.0","method":"notifications/of/tomorrow"},
    {"jsonrpc":"2.0","id":"b","method":"no/such"}, 7]"#;

/// Looks at the answer to [`BATCH`].
#[track_caller]
fn assert_batch_answered(answer: &Value) {
    let answers = answer.as_array().expect("a batch answers a batch");
    assert_eq!(answers.len(), 3, "{answer}");
    let with_id = |id: Value| {
        let mut found = answers.iter().filter(move |answer| answer["id"] == id);
        found.next().expect("an answer").clone()
    };
    assert_eq!(with_id(json!(1))["result"], json!({}));
    assert_eq!(with_id(json!("b"))["error"]["code"], -32601);
    assert_eq!(with_id(json!(null))["error"]["code"], -32600);
}

#[test]
fn a_batch_at_2025_03_26() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let answered = session.ask("POST", &[], BATCH);
        if revision == "2025-03-26" {
            assert_eq!(answered.status, 200);
            assert_batch_answered(&answered.answer());
            let notes = r#"[{"jsonrpc":"2.0","method":"notifications/initialized"}]"#;
            let noted = session.ask("POST", &[], notes);
            assert_eq!((noted.status, noted.body.as_str()), (202, ""));
        } else {
            assert_refused(&answered, 400, -32600, "array");
        }
        let pinged = session.ask("POST", &[], &message(Some(2), "ping", json!({})));
        assert_eq!(pinged.json()["result"], json!({}), "{revision}");
    }
    // Nor is a batch taken from who has no session.
    assert_refused(&server.ask("POST", &[], BATCH), 400, -32600, "array");
}

#[test]
fn a_long_batch_where_there_are_none() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let long = format!("[{}7]", "7,".repeat(20));
    assert_refused(&server.ask("POST", &[], &long), 400, -32600, "array");
}

#[test]
fn a_malformed_batch_at_2025_03_26() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, "2025-03-26");
    for (batch, code, word) in [("[{]", -32700, "JSON"), ("[]", -32600, "batch")] {
        let refused = session.ask("POST", &[], batch);
        assert_refused(&refused, 400, code, word);
    }
}

#[test]
fn a_foreign_origin_without_a_list_of_those_allowed() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, LEGACY);
    let ping = message(Some(2), "ping", json!({}));
    let opening = message(Some(1), "initialize", crate::client::initialize(LEGACY));
    let foreign = ("origin", "https://evil.example.com");
    for (method, body) in [("POST", &*ping), ("POST", "{"), ("GET", ""), ("DELETE", "")] {
        let refused = session.ask(method, &[foreign, ("accept", "text/event-stream")], body);
        assert_refused(&refused, 403, -32600, "`Origin`");
    }
    assert_refused(
        &server.ask("POST", &[foreign], &opening),
        403,
        -32600,
        "`Origin`",
    );
    // Two of them do not make up for each other.
    let both = [("origin", "http://localhost"), foreign];
    assert_refused(&session.ask("POST", &both, &ping), 403, -32600, "`Origin`");
    // The session is as it was.
    let own = ("origin", "http://localhost:1234");
    assert_eq!(
        session.ask("POST", &[own], &ping).json()["result"],
        json!({})
    );
}

#[test]
fn the_keys_of_a_schema_keep_their_order() {
    let home = Home::with(&["offers"]);
    let server = Server::start(&home, &[]);
    let schema = r#"{ "type": "object", "z": 1.50, "a": { "y": 1e2, "b": [] }, "properties": { "n": {}, "c": {} } }"#;
    let modern = server.modern("tools/list", json!({}));
    assert!(modern.body.contains(schema), "{}", modern.body);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let listed = session.ask("POST", &[], &message(Some(2), "tools/list", json!({})));
        assert!(listed.body.contains(schema), "{}", listed.body);
    }
}

/// Small messages one by one are what a system holds back until the one before
/// is acknowledged, if it is not told otherwise.
#[cfg(target_os = "linux")]
#[test]
fn no_message_waits_for_an_acknowledgement() {
    use std::io::{BufReader, Write as _};

    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let mut ours = server.connect();
    let body = modern_body("tools/list", json!({}));
    let head = format!(
        "POST /mcp HTTP/1.1\r\nhost: localhost\r\nmcp-protocol-version: {MODERN}\r\n\
         mcp-method: tools/list\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    ours.write_all(format!("{head}{body}").as_bytes())
        .expect("sent");
    // Once it answers it has taken the connection.
    let mut reader = BufReader::new(ours.try_clone().expect("a second handle"));
    assert_eq!(Response::read_head(&mut reader).status, 200);
    let Some(theirs) = crate::process::accepted_end(server.process(), &ours) else {
        eprintln!("SKIPPED: this system does not show the server's end of a connection");
        return;
    };
    assert!(theirs.nodelay().expect("an option of sockets"));
    assert!(
        !ours.nodelay().expect("an option of sockets"),
        "off by default"
    );
}
