//! Subscriptions over HTTP: a modern one is the response to its request, and
//! legacy news comes by GET.

use serde_json::{Value, json};

use super::events::Events;
use super::server::{Server, modern_body};
use super::session::{Session, message};
use crate::client::{LEGACY_REVISIONS, MODERN};
use crate::home::Home;

const LISTEN: &str = "subscriptions/listen";
const TOOLS: &str = "notifications/tools/list_changed";
const UPDATED: &str = "notifications/resources/updated";
const WATCHED: &str = "test://watched-resource";
const HEADERS: [(&str, &str); 2] = [("mcp-protocol-version", MODERN), ("mcp-method", LISTEN)];

/// Listens, up to the acknowledgement.
#[track_caller]
fn listen(server: &Server, wanted: Value) -> Events {
    let body = modern_body(LISTEN, json!({ "notifications": wanted }));
    let mut stream = Events::read(server.send("POST", &HEADERS, &body));
    let (id, first) = stream.message();
    assert_eq!(id, None, "modern streams cannot be resumed");
    assert_eq!(first["method"], "notifications/subscriptions/acknowledged");
    assert_eq!(first["params"]["notifications"], wanted);
    assert_eq!(first["params"]["_meta"], subscription());
    stream
}

fn subscription() -> Value {
    json!({ "io.modelcontextprotocol/subscriptionId": 1 })
}

/// Has the guest report a change.
#[track_caller]
fn change(server: &Server, tool: &str) {
    let called = server.modern("tools/call", json!({ "name": tool, "arguments": {} }));
    assert_eq!(called.status, 200, "{}", called.body);
}

#[test]
fn each_is_told_what_it_asked_for() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let mut tools = listen(&server, json!({ "toolsListChanged": true }));
    let mut resource = listen(&server, json!({ "resourceSubscriptions": [WATCHED] }));
    change(&server, "test_update_watched_resource");
    let (_, told) = resource.message();
    assert_eq!(told["method"], UPDATED);
    assert_eq!(
        told["params"],
        json!({ "_meta": subscription(), "uri": WATCHED })
    );
    change(&server, "test_trigger_tool_change");
    let (_, told) = tools.message();
    assert_eq!(told["method"], TOOLS);
    assert_eq!(told["params"], json!({ "_meta": subscription() }));
}

#[cfg(unix)]
#[test]
fn all_end_well_when_the_server_is_asked_to_end() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    let mut streams = [(); 3].map(|()| listen(&server, json!({ "toolsListChanged": true })));
    server.terminate();
    for stream in &mut streams {
        let (_, answer) = stream.message();
        assert_eq!(answer["id"], 1);
        assert_eq!(answer["result"]["resultType"], "complete");
        assert_eq!(answer["result"]["_meta"], subscription());
        assert_eq!(stream.rest(), []);
    }
    drop(streams);
    assert_eq!(server.ended(), Some(0));
}

#[test]
fn one_that_is_closed_leaves_the_others() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    for _ in 0..50 {
        drop(listen(&server, json!({ "toolsListChanged": true })));
    }
    let mut left = listen(&server, json!({ "toolsListChanged": true }));
    change(&server, "test_trigger_tool_change");
    assert_eq!(left.message().1["method"], TOOLS);
}

#[test]
fn filters_of_the_wrong_form_are_refused_as_json() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    for params in [
        json!({}),
        json!({ "notifications": { "toolsListChanged": 1 } }),
        json!({ "notifications": { "resourceSubscriptions": "x" } }),
    ] {
        let refused = server.ask("POST", &HEADERS, &modern_body(LISTEN, params));
        assert_eq!(refused.status, 400);
        assert_eq!(refused.json()["error"]["code"], -32602);
    }
    let wanted = json!({ "notifications": { "taskIds": ["x"] } });
    let refused = server.ask("POST", &HEADERS, &modern_body(LISTEN, wanted));
    assert_eq!(refused.status, 400);
    assert_eq!(refused.json()["error"]["code"], -32021);
}

#[test]
fn a_legacy_session_is_told_by_get() {
    let home = Home::with(&["everything"]);
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let other = Session::open(&server, revision);
        let (mut stream, mut other) = (session.listen(&[]), other.listen(&[]));
        let subscribe = |method, id| {
            let body = message(Some(id), method, json!({ "uri": WATCHED }));
            assert_eq!(session.ask("POST", &[], &body).json()["result"], json!({}));
        };
        subscribe("resources/subscribe", 2);
        change(&server, "test_update_watched_resource");
        let told = next(&mut stream);
        assert_eq!(told["method"], UPDATED, "{revision}");
        assert_eq!(told["params"], json!({ "uri": WATCHED }));
        subscribe("resources/unsubscribe", 3);
        change(&server, "test_update_watched_resource");
        change(&server, "test_trigger_tool_change");
        assert_eq!(next(&mut stream)["method"], TOOLS, "{revision}");
        // Who has not subscribed is told of lists alone.
        assert_eq!(next(&mut other)["method"], TOOLS, "{revision}");
    }
}

#[track_caller]
fn next(stream: &mut Events) -> Value {
    loop {
        let event = stream.next().expect("the stream goes on");
        if !event.is_priming() {
            return event.message();
        }
    }
}
