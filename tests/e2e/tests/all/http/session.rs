//! A legacy session over HTTP, and messages for it.

use serde_json::{Value, json};

use super::events::Events;
use super::server::{Response, Server};
use crate::client::initialize;
use crate::home::Home;

/// A message; a notification if it has no id.
pub(crate) fn message(id: Option<i64>, method: &str, params: Value) -> String {
    let mut message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
    if let Some(id) = id {
        message["id"] = json!(id);
    }
    message.to_string()
}

/// Opens a session at a revision: its id, and the response that gave it.
pub(crate) fn open(server: &Server, revision: &str) -> (String, Response) {
    let body = message(Some(1), "initialize", initialize(revision));
    let response = server.ask("POST", &[], &body);
    let session = response.header("mcp-session-id").expect("a session");
    (session.to_owned(), response)
}

/// A home whose `echo` works on one call at a time, for up to 55 s: another is
/// answered only when the one before is over.
pub(crate) fn one_at_a_time() -> Home {
    let home = Home::empty();
    let limits = [
        "--grant",
        "limits.concurrency=1",
        "--grant",
        "limits.deadline=55s",
    ];
    home.add("echo", &limits);
    home
}

/// A call that takes as long as it may.
pub(crate) fn long_call() -> Value {
    json!({ "name": "sleep", "arguments": { "ms": 50_000 } })
}

/// A call that tells of each of its steps.
pub(crate) fn telling_call(steps: u32, pause: u32) -> Value {
    json!({
        "name": "progress",
        "arguments": { "steps": steps, "pause": pause },
        "_meta": { "progressToken": "t" },
    })
}

/// A session that is open.
pub(crate) struct Session<'a> {
    pub(crate) server: &'a Server,
    pub(crate) id: String,
}

impl<'a> Session<'a> {
    pub(crate) fn open(server: &'a Server, revision: &str) -> Self {
        let (id, _) = open(server, revision);
        Self { server, id }
    }

    /// Sends a request in the session, with further headers.
    pub(crate) fn ask(&self, method: &str, headers: &[(&str, &str)], body: &str) -> Response {
        self.server.ask(method, &self.named(headers), body)
    }

    /// Calls a tool and reads the stream of what comes.
    #[track_caller]
    pub(crate) fn stream(&self, id: i64, call: Value) -> Events {
        let body = message(Some(id), "tools/call", call);
        Events::read(self.server.send("POST", &self.named(&[]), &body))
    }

    /// Listens by GET, with further headers.
    #[track_caller]
    pub(crate) fn listen(&self, headers: &[(&str, &str)]) -> Events {
        let mut headers = headers.to_vec();
        headers.push(("accept", "text/event-stream"));
        Events::read(self.server.send("GET", &self.named(&headers), ""))
    }

    /// Reads on behind an event.
    #[track_caller]
    pub(crate) fn resume(&self, last: &str) -> Events {
        self.listen(&[("last-event-id", last)])
    }

    fn named<'h>(&'h self, headers: &[(&'h str, &'h str)]) -> Vec<(&'h str, &'h str)> {
        let mut headers = headers.to_vec();
        headers.push(("mcp-session-id", &self.id));
        headers
    }
}
