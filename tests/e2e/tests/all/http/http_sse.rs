//! HTTP+SSE, the transport of 2024-11-05, where the admin wants it.

use serde_json::{Value, json};

use super::events::{Event, Events};
use super::server::Server;
use super::session::{message, one_at_a_time, telling_call};
use crate::client::{initialize, text_of};
use crate::home::Home;

const REVISION: &str = "2024-11-05";
const NOWHERE: &str = "/messages?session=00000000000000000000000000000000";

/// A client's stream, and where it posts to.
struct Client<'a> {
    server: &'a Server,
    stream: Events,
    endpoint: String,
}

impl<'a> Client<'a> {
    fn connect(server: &'a Server) -> Self {
        let headers = [("accept", "text/event-stream")];
        let mut stream = Events::read(server.send_to("/sse", "GET", &headers, ""));
        let first = stream.next().expect("an endpoint");
        let endpoint = first.data.clone().expect("data");
        let expected = Event {
            name: Some("endpoint".to_owned()),
            data: first.data,
            ..Event::default()
        };
        assert_eq!(first.id, expected.id);
        assert_eq!(first.name, expected.name);
        Self {
            server,
            stream,
            endpoint,
        }
    }

    /// A client that has shaken hands.
    fn open(server: &'a Server) -> Self {
        let mut client = Self::connect(server);
        client.post(&message(Some(1), "initialize", initialize(REVISION)));
        let agreed = client.next();
        assert_eq!(agreed["result"]["protocolVersion"], REVISION);
        client.post(&message(None, "notifications/initialized", json!({})));
        client
    }

    #[track_caller]
    fn post(&self, body: &str) {
        let accepted = self.server.ask_at(&self.endpoint, "POST", &[], body);
        assert_eq!((accepted.status, accepted.body.as_str()), (202, ""));
    }

    #[track_caller]
    fn next(&mut self) -> Value {
        let (id, message) = self.stream.message();
        assert_eq!(id, None, "these streams cannot be resumed");
        message
    }
}

#[test]
fn a_conversation_goes_on_on_one_stream() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &["--http-sse"]);
    let mut client = Client::open(&server);
    let mut other = Client::open(&server);
    assert_ne!(client.endpoint, other.endpoint);

    client.post(&message(Some(2), "tools/list", json!({})));
    let tools = client.next();
    assert_eq!(tools["id"], 2);
    assert_eq!(tools["result"]["tools"][0]["name"], "echo");

    client.post(&message(Some(3), "tools/call", telling_call(2, 0)));
    let told: Vec<Value> = (0..5).map(|_| client.next()).collect();
    let progress = told
        .iter()
        .filter(|message| message["method"] == "notifications/progress");
    assert_eq!(progress.count(), 2);
    assert_eq!(told[4]["id"], 3);
    assert_eq!(text_of(&told[4]["result"]), "2 steps");

    other.post(&message(Some(2), "ping", json!({})));
    assert_eq!(other.next()["result"], json!({}));
    client.post(&message(Some(4), "no/such", json!({})));
    assert_eq!(client.next()["error"]["code"], -32601);
}

#[test]
fn a_session_ends_with_its_stream() {
    let home = one_at_a_time();
    let server = Server::start(&home, &["--http-sse"]);
    let mut client = Client::open(&server);
    client.post(&message(Some(2), "tools/call", telling_call(1000, 50)));
    // Under way.
    client.next();
    let endpoint = client.endpoint;
    drop(client.stream);

    // The plugin has one place, so this is answered only because the first call
    // has given it up.
    let mut other = Client::open(&server);
    let call = json!({ "name": "echo", "arguments": { "text": "hi" } });
    other.post(&message(Some(2), "tools/call", call));
    assert_eq!(text_of(&other.next()["result"]), "hi");
    let ping = message(Some(3), "ping", json!({}));
    let refused = server.ask_at(&endpoint, "POST", &[], &ping);
    assert_eq!(refused.status, 404);
    assert_eq!(refused.json()["error"]["code"], -32600);
}

#[test]
fn what_is_wrong_is_refused() {
    let home = Home::with(&["echo"]);
    home.configure("[server]\nmax-message = \"2KiB\"\n");
    let server = Server::start(&home, &["--http-sse"]);
    let mut client = Client::open(&server);
    let post = |path: &str, body: &str| server.ask_at(path, "POST", &[], body);
    let ping = message(Some(2), "ping", json!({}));
    assert_eq!(post("/messages", &ping).status, 400);
    assert_eq!(post(NOWHERE, &ping).status, 404);
    assert_eq!(post(&client.endpoint, &"x".repeat(3000)).status, 413);
    let malformed = post(&client.endpoint, "{");
    assert_eq!(malformed.status, 400);
    assert_eq!(malformed.json()["error"]["code"], -32700);
    // Who waits for an id waits for it on the stream.
    client.post(r#"{"jsonrpc":"1.0","id":7,"method":"ping"}"#);
    let answer = client.next();
    assert_eq!(
        (&answer["id"], &answer["error"]["code"]),
        (&json!(7), &json!(-32600))
    );
    for (path, method) in [("/sse", "POST"), ("/sse", "HEAD"), ("/messages", "GET")] {
        assert_eq!(server.ask_at(path, method, &[], "").status, 405, "{path}");
    }
    // The sessions of one transport are not those of the other.
    let (_, id) = client.endpoint.split_once('=').expect("a session");
    let named = [("mcp-session-id", id)];
    assert_eq!(server.ask("POST", &named, &ping).status, 404);
    let (id, _) = super::session::open(&server, REVISION);
    assert_eq!(post(&format!("/messages?session={id}"), &ping).status, 404);
    // All that was refused has changed nothing.
    client.post(&ping);
    assert_eq!(client.next()["id"], 2);
}

#[test]
fn foreign_hosts_and_origins_are_refused() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &["--http-sse"]);
    for (header, value) in [
        ("origin", "http://evil.example.com"),
        ("host", "evil.example.com"),
    ] {
        for (path, method) in [("/sse", "GET"), (NOWHERE, "POST")] {
            let refused = server.ask_at(path, method, &[(header, value)], "");
            assert_eq!(refused.status, 403, "{path} {value}");
        }
    }
    let local = [("origin", "http://localhost:3000")];
    let mut stream = Events::read(server.send_to("/sse", "GET", &local, ""));
    assert!(stream.next().is_some());
}

#[test]
fn without_the_flag_it_is_not_there() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    assert_eq!(server.ask_at("/sse", "GET", &[], "").status, 404);
    assert_eq!(server.ask_at(NOWHERE, "POST", &[], "").status, 404);
    let alone = home.run(&["serve", "--http-sse"]);
    assert!(alone.failed(2).contains("--http"));
}

#[cfg(unix)]
#[test]
fn a_server_that_is_asked_to_ends_when_all_is_answered() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &["--http-sse"]);
    let Client { mut stream, .. } = {
        let mut client = Client::open(&server);
        client.post(&message(Some(2), "tools/call", telling_call(10, 50)));
        client.next();
        client
    };
    let Client {
        stream: mut idle, ..
    } = Client::connect(&server);
    server.terminate();
    assert_eq!(idle.rest(), []);
    let answer = stream.rest().pop().expect("an answer").message();
    assert_eq!(text_of(&answer["result"]), "10 steps");
    assert_eq!(server.ended(), Some(0));
}
