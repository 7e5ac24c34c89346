//! The ways to the server: one process each.

use std::io::{BufRead as _, BufReader, Read, Write};
use std::process::{Child, Stdio as Pipes};
use std::sync::mpsc::{self, Receiver};
use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::{Value, json};

use super::{Comes, Step};
use crate::client::MODERN;
use crate::client::schema::Conversation;
use crate::home::Home;
use crate::http::events::Events;
use crate::http::server::{Response, Server};

/// How long an answer may take before the test fails.
const PATIENCE: Duration = Duration::from_secs(60);

/// A client that says what it is given.
pub(super) trait Peer {
    /// Begins another conversation.
    fn begin(&mut self);

    /// Sends a message, and gives what comes of it.
    fn exchange(&mut self, body: &str, step: &Step) -> Vec<Value>;
}

/// The client's response to a request of the server's, if that is one.
fn reply(message: &Value, replies: &mut impl Iterator<Item = Value>) -> Option<String> {
    if message.get("method").is_none() || message.get("id").is_none() {
        return None;
    }
    let result = replies
        .next()
        .expect("the step has a reply to each question");
    Some(json!({ "jsonrpc": "2.0", "id": message["id"], "result": result }).to_string())
}

/// Whether nothing comes behind it.
fn is_last(message: &Value, step: &Step) -> bool {
    step.comes == Comes::Beginning || message.get("method").is_none()
}

/// One message a line.
struct Lines {
    output: Box<dyn Write>,
    input: Receiver<String>,
    conversation: Conversation,
}

impl Lines {
    fn new(output: impl Write + 'static, input: impl Read + Send + 'static) -> Self {
        let (sender, receiver) = mpsc::channel();
        std::thread::spawn(move || {
            let lines = BufReader::new(input).lines();
            for line in lines.map_while(Result::ok) {
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            output: Box::new(output),
            input: receiver,
            conversation: Conversation::default(),
        }
    }

    fn send(&mut self, body: &str) {
        let body = body.replace('\n', " ");
        self.conversation.sent(body.as_bytes());
        writeln!(self.output, "{body}").expect("the server reads");
        self.output.flush().expect("the server reads");
    }

    fn exchange(&mut self, body: &str, step: &Step) -> Vec<Value> {
        self.send(body);
        let mut came = Vec::new();
        if step.comes == Comes::Nothing {
            return came;
        }
        let mut replies = step.replies.iter().cloned();
        loop {
            let line = self.input.recv_timeout(PATIENCE);
            let line = line.unwrap_or_else(|_| panic!("no answer to {body}"));
            self.conversation.came(&line);
            let message: Value = serde_json::from_str(&line).expect("JSON");
            came.push(message.clone());
            if let Some(reply) = reply(&message, &mut replies) {
                self.send(&reply);
            } else if is_last(&message, step) {
                break;
            }
        }
        if step.comes == Comes::Beginning {
            let request: Value = serde_json::from_str(body).expect("JSON");
            let cancelled = json!({
                "jsonrpc": "2.0", "method": "notifications/cancelled",
                "params": { "requestId": request["id"] },
            });
            self.send(&cancelled.to_string());
        }
        came
    }
}

/// A process that is ended with the test.
struct Process(Child);

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A process of its own for each conversation.
pub(super) struct Stdio<'a> {
    home: &'a Home,
    conversation: Option<(Process, Lines)>,
}

impl<'a> Stdio<'a> {
    pub(super) fn new(home: &'a Home) -> Self {
        Self {
            home,
            conversation: None,
        }
    }
}

impl Peer for Stdio<'_> {
    fn begin(&mut self) {
        let mut command = self.home.command(&["serve"]);
        command.stdin(Pipes::piped()).stdout(Pipes::piped());
        let mut child = command.stderr(Pipes::null()).spawn().expect("it starts");
        let output = child.stdin.take().expect("piped");
        let input = child.stdout.take().expect("piped");
        self.conversation = Some((Process(child), Lines::new(output, input)));
    }

    fn exchange(&mut self, body: &str, step: &Step) -> Vec<Value> {
        let (_, lines) = self.conversation.as_mut().expect("it has begun");
        lines.exchange(body, step)
    }
}

/// A connection for each conversation.
pub(super) struct Unix {
    _server: Process,
    path: std::path::PathBuf,
    connection: Option<Lines>,
}

impl Unix {
    pub(super) fn start(home: &Home) -> Self {
        let path = home.path("replay.sock");
        let mut command = home.command(&["serve", "--unix", path.to_str().expect("Unicode")]);
        command.stdin(Pipes::null()).stderr(Pipes::piped());
        let mut child = command.spawn().expect("it starts");
        let mut log = BufReader::new(child.stderr.take().expect("piped")).lines();
        let mut said = log.by_ref().map_while(Result::ok);
        assert!(said.any(|line| line.contains("replay.sock")), "it serves");
        // Read on, or the server would be cut off from its log.
        std::thread::spawn(move || log.for_each(drop));
        Self {
            _server: Process(child),
            path,
            connection: None,
        }
    }
}

impl Peer for Unix {
    fn begin(&mut self) {
        let stream = std::os::unix::net::UnixStream::connect(&self.path).expect("it listens");
        let output = stream.try_clone().expect("a second handle");
        self.connection = Some(Lines::new(output, stream));
    }

    fn exchange(&mut self, body: &str, step: &Step) -> Vec<Value> {
        self.connection
            .as_mut()
            .expect("it has begun")
            .exchange(body, step)
    }
}

/// A session for each conversation that begins with a handshake. Headers are
/// made from the body.
pub(super) struct Http {
    server: Server,
    session: Option<String>,
    revision: String,
}

impl Http {
    pub(super) fn start(home: &Home) -> Self {
        Self {
            server: Server::start(home, &[]),
            session: None,
            revision: MODERN.to_owned(),
        }
    }

    fn headers(&self, body: &str) -> Vec<(String, String)> {
        let body: Value = serde_json::from_str(body).unwrap_or_default();
        let params = &body["params"];
        let named = &params["_meta"]["io.modelcontextprotocol/protocolVersion"];
        let mut headers = Vec::new();
        let mut add = |name: &str, value: &str| headers.push((name.to_owned(), encoded(value)));
        if let (Some(session), None) = (&self.session, named.as_str()) {
            add("mcp-session-id", session);
            add("mcp-protocol-version", &self.revision);
            return headers;
        }
        if body["method"] == "initialize" && named.is_null() {
            return headers;
        }
        add(
            "mcp-protocol-version",
            named.as_str().unwrap_or(&self.revision),
        );
        if let Some(method) = body["method"].as_str() {
            add("mcp-method", method);
        }
        for name in ["name", "uri", "taskId"] {
            if let Some(name) = params[name].as_str() {
                add("mcp-name", name);
                break;
            }
        }
        if params["name"] == "test_custom_header" {
            add(
                "mcp-param-value",
                params["arguments"]["value"].as_str().expect("text"),
            );
        }
        headers
    }

    fn send(&self, body: &str) -> std::net::TcpStream {
        let headers = self.headers(body);
        let headers: Vec<_> = headers
            .iter()
            .map(|(name, value)| (&**name, &**value))
            .collect();
        self.server.send("POST", &headers, body)
    }

    /// What an event stream says, up to the answer.
    fn listen(&self, mut events: Events, step: &Step) -> Vec<Value> {
        let mut came = Vec::new();
        let mut replies = step.replies.iter().cloned();
        while let Some(event) = events.next() {
            if event.is_priming() {
                continue;
            }
            let message = event.message();
            came.push(message.clone());
            if let Some(reply) = reply(&message, &mut replies) {
                let mut taken = BufReader::new(self.send(&reply));
                assert_eq!(Response::read_head(&mut taken).status, 202);
            } else if is_last(&message, step) {
                break;
            }
        }
        came
    }
}

/// A value as a header has it: in Base64 where it could not stand for itself.
fn encoded(value: &str) -> String {
    let plain = value.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if plain && value.trim() == value && !value.starts_with("=?base64?") {
        return value.to_owned();
    }
    format!("=?base64?{}?=", BASE64.encode(value))
}

impl Peer for Http {
    fn begin(&mut self) {
        self.session = None;
        self.revision = MODERN.to_owned();
    }

    fn exchange(&mut self, body: &str, step: &Step) -> Vec<Value> {
        let mut reader = BufReader::new(self.send(body));
        let head = Response::read_head(&mut reader);
        if let Some(session) = head.header("mcp-session-id") {
            self.session = Some(session.to_owned());
        }
        let came = match head.header("content-type") {
            Some("text/event-stream") => self.listen(Events::behind(head, reader), step),
            Some(_) => vec![head.with_body(reader).json()],
            None => {
                assert_eq!(head.status, 202, "{body}");
                Vec::new()
            }
        };
        if let Some(agreed) = came
            .last()
            .and_then(|last| last["result"]["protocolVersion"].as_str())
        {
            self.revision = agreed.to_owned();
        }
        came
    }
}

#[test]
fn headers_are_wrapped_where_they_have_to_be() {
    assert_eq!(encoded("plain text"), "plain text");
    assert_eq!(encoded("\u{e9}"), "=?base64?w6k=?=");
    assert_eq!(encoded(" a"), "=?base64?IGE=?=");
    assert_eq!(encoded("=?base64?x"), "=?base64?PT9iYXNlNjQ/eA==?=");
}
