//! GET: the stream for what the server says by itself.

use serde_json::json;

use super::server::{Response, Server};
use super::session::Session;
#[cfg(unix)]
use super::session::telling_call;
use crate::client::{LEGACY, LEGACY_REVISIONS, MODERN};
use crate::home::Home;

const ACCEPT: (&str, &str) = ("accept", "text/event-stream");

#[track_caller]
fn refused(response: &Response, status: u16, named: &str) {
    assert_eq!(response.status, status, "{}", response.body);
    let error = &response.json()["error"];
    assert_eq!(error["code"], -32600);
    let message = error["message"].as_str().unwrap_or_default();
    assert!(message.contains(named), "{message}");
}

#[test]
fn who_listens_says_so_and_in_which_session() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let session = Session::open(&server, LEGACY);
    refused(&session.ask("GET", &[], ""), 406, "text/event-stream");
    let json = [("accept", "application/json")];
    refused(&session.ask("GET", &json, ""), 406, "text/event-stream");
    refused(&server.ask("GET", &[ACCEPT], ""), 400, "mcp-session-id");
    let nobody = [ACCEPT, ("mcp-session-id", "nobody")];
    refused(&server.ask("GET", &nobody, ""), 404, "no such session");
    let strange = [ACCEPT, ("mcp-protocol-version", "1999-01-01")];
    let response = session.ask("GET", &strange, "");
    assert_eq!(response.status, 400);
    assert_eq!(response.json()["error"]["code"], -32022);
    // Modern clients have no such stream.
    let modern = [ACCEPT, ("mcp-protocol-version", MODERN)];
    let response = server.ask("GET", &modern, "");
    assert_eq!(response.status, 405);
    let foreign = [ACCEPT, ("origin", "http://evil.example.com")];
    assert_eq!(session.ask("GET", &foreign, "").status, 403);
}

#[test]
fn a_newer_stream_replaces_the_older() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for revision in LEGACY_REVISIONS {
        let session = Session::open(&server, revision);
        let mut older = session.listen(&[]);
        assert_eq!(older.header("mcp-session-id"), None);
        let mut newer = session.listen(&[]);
        if revision == LEGACY {
            let first = older.next().expect("it was open");
            let second = newer.next().expect("it is open");
            assert!(first.is_priming() && second.is_priming());
            assert_ne!(first.id, second.id);
            assert_eq!(older.rest(), []);
            // One that comes back replaces it too.
            let resumed = session.resume(&second.id.expect("an id"));
            assert_eq!(newer.rest(), []);
            drop(resumed);
        } else {
            assert_eq!(older.rest(), []);
        }
        // A session that is listened to takes requests.
        let body = super::session::message(Some(2), "ping", json!({}));
        assert_eq!(session.ask("POST", &[], &body).status, 200);
    }
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_ends_with_streams_open() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let (mut standing, mut call) = {
        let session = Session::open(&server, LEGACY);
        (session.listen(&[]), session.stream(2, telling_call(10, 50)))
    };
    assert!(standing.next().expect("it is open").is_priming());
    assert!(call.next().expect("it has begun").is_priming());
    server.terminate();
    assert_eq!(standing.rest(), []);
    let answer = call.rest().pop().expect("an answer").message();
    assert_eq!(answer["result"]["content"][0]["text"], "10 steps");
    assert_eq!(server.ended(), Some(0));
}
