//! A client of the protocol that does what it is told, wrong things included.

mod answers;
mod killed;
mod log;
pub(crate) mod schema;

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, Command, Stdio};
use std::sync::mpsc::{self, RecvTimeoutError};
use std::time::Duration;

use serde_json::{Value, json};

use crate::home::Home;
use answers::{batch, message};
pub(crate) use answers::{error, message_of, result, text_of};
use log::Log;
use schema::Checked;

/// The revision of modern requests.
pub(crate) const MODERN: &str = "2026-07-28";
/// The latest revision with a handshake.
pub(crate) const LEGACY: &str = "2025-11-25";
/// All revisions with a handshake.
pub(crate) const LEGACY_REVISIONS: [&str; 4] =
    ["2024-11-05", "2025-03-26", "2025-06-18", "2025-11-25"];

/// How long an answer may take before the test fails: long enough for a busy
/// machine, and no test depends on it otherwise.
const PATIENCE: Duration = Duration::from_secs(60);

/// A running `portcullis serve` and the client's end of its pipes.
pub(crate) struct Client {
    child: Child,
    stdin: Option<ChildStdin>,
    lines: Checked,
    log: Option<Log>,
    /// Messages that were read while waiting for another.
    unread: Vec<Value>,
    next_id: i64,
    /// What each request declares; none for a client that adds nothing.
    capabilities: Option<Value>,
}

/// What was left when the server ended.
pub(crate) struct Ended {
    pub(crate) code: Option<i32>,
    /// Messages that nobody had read.
    pub(crate) rest: Vec<Value>,
    pub(crate) stderr: String,
}

impl Client {
    /// A client whose requests carry everything themselves.
    pub(crate) fn modern(home: &Home) -> Self {
        Self::able(home, json!({}))
    }

    /// [`Client::modern`], with capabilities.
    pub(crate) fn able(home: &Home, capabilities: Value) -> Self {
        Self::start(home, &[], Some(capabilities))
    }

    /// [`Client::modern`] of a server with these flags.
    pub(crate) fn with_flags(home: &Home, flags: &[&str]) -> Self {
        Self::start(home, flags, Some(json!({})))
    }

    /// A client that has shaken hands at the latest legacy revision.
    pub(crate) fn legacy(home: &Home) -> Self {
        Self::at(home, LEGACY)
    }

    /// A client that has shaken hands at a revision.
    pub(crate) fn at(home: &Home, revision: &str) -> Self {
        Self::able_at(home, revision, json!({}))
    }

    /// [`Client::at`], with capabilities.
    pub(crate) fn able_at(home: &Home, revision: &str, capabilities: Value) -> Self {
        let mut client = Self::raw(home);
        let mut params = initialize(revision);
        params["capabilities"] = capabilities;
        let agreed = client.result("initialize", params);
        assert_eq!(agreed["protocolVersion"], revision);
        client.notify("notifications/initialized", json!({}));
        client
    }

    /// A client that has said nothing yet, and adds nothing to what it sends.
    pub(crate) fn raw(home: &Home) -> Self {
        Self::start(home, &[], None)
    }

    fn start(home: &Home, flags: &[&str], capabilities: Option<Value>) -> Self {
        Self::started(home.command(&[&["serve"], flags].concat()), capabilities)
    }

    /// A client of the server that a command starts.
    pub(crate) fn started(mut command: Command, capabilities: Option<Value>) -> Self {
        command.env("PORTCULLIS_LOG", "portcullis=trace");
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let stdout = child.stdout.take().expect("piped");
        let stderr = child.stderr.take().expect("piped");
        let (sender, lines) = mpsc::channel();
        std::thread::spawn(move || {
            for line in BufReader::new(stdout).lines() {
                let Ok(line) = line else { return };
                if sender.send(line).is_err() {
                    return;
                }
            }
        });
        Self {
            stdin: child.stdin.take(),
            child,
            lines: Checked::of(lines),
            log: Some(Log::of(stderr)),
            unread: Vec::new(),
            next_id: 1,
            capabilities,
        }
    }

    /// Sends bytes as they are, and a newline.
    pub(crate) fn send_line(&mut self, line: impl AsRef<[u8]>) {
        let mut bytes = line.as_ref().to_vec();
        self.lines.sent(&bytes);
        bytes.push(b'\n');
        let stdin = self.stdin.as_mut().expect("the input is open");
        stdin.write_all(&bytes).expect("the server reads");
    }

    /// Sends a request and returns its id.
    pub(crate) fn send(&mut self, method: &str, params: Value) -> Value {
        let id = json!(self.next_id);
        self.next_id += 1;
        self.send_as(id.clone(), method, params);
        id
    }

    /// Sends a request with an id of the test's own.
    pub(crate) fn send_as(&mut self, id: Value, method: &str, params: Value) {
        let params = match &self.capabilities {
            Some(capabilities) => modern_params(declaring(params, capabilities)),
            None => params,
        };
        let message = json!({ "jsonrpc": "2.0", "id": id, "method": method, "params": params });
        self.send_line(message.to_string());
    }

    /// Sends a notification.
    pub(crate) fn notify(&mut self, method: &str, params: Value) {
        let message = json!({ "jsonrpc": "2.0", "method": method, "params": params });
        self.send_line(message.to_string());
    }

    /// Answers a request of the server's: `result`, or `error`.
    pub(crate) fn respond(&mut self, id: &Value, outcome: (&str, Value)) {
        let message = json!({ "jsonrpc": "2.0", "id": id, outcome.0: outcome.1 });
        self.send_line(message.to_string());
    }

    /// Asks that a request be cancelled.
    pub(crate) fn cancel(&mut self, id: &Value) {
        self.notify("notifications/cancelled", json!({ "requestId": id }));
    }

    /// The next message, as it arrives. Anything on stdout that is no message
    /// of the protocol fails the test, whichever it is.
    #[track_caller]
    pub(crate) fn read(&mut self) -> Value {
        if !self.unread.is_empty() {
            return self.unread.remove(0);
        }
        self.read_line()
    }

    /// The next answer to a batch, which nothing may come before.
    #[track_caller]
    pub(crate) fn read_batch(&mut self) -> Vec<Value> {
        assert!(self.unread.is_empty(), "{:?}", self.unread);
        batch(&self.raw_line())
    }

    #[track_caller]
    fn read_line(&mut self) -> Value {
        message(&self.raw_line())
    }

    #[track_caller]
    fn raw_line(&mut self) -> String {
        match self.lines.recv_timeout(PATIENCE) {
            Ok(line) => line,
            Err(RecvTimeoutError::Timeout) => panic!("no message in {PATIENCE:?}"),
            Err(RecvTimeoutError::Disconnected) => {
                let _ = self.child.wait();
                let stderr = self.log.take().map(Log::whole);
                panic!(
                    "the server ended; its stderr: {}",
                    stderr.unwrap_or_default()
                );
            }
        }
    }

    /// The answer to a request; what arrives before it is kept for `read`.
    #[track_caller]
    pub(crate) fn answer(&mut self, id: &Value) -> Value {
        self.first(|message| message.get("method").is_none() && message["id"] == *id)
    }

    /// The next request or notification of this method; what arrives before it
    /// is kept for `read`.
    #[track_caller]
    pub(crate) fn told(&mut self, method: &str) -> Value {
        self.first(|message| message["method"] == method)
    }

    #[track_caller]
    fn first(&mut self, wanted: impl Fn(&Value) -> bool) -> Value {
        if let Some(at) = self.unread.iter().position(&wanted) {
            return self.unread.remove(at);
        }
        loop {
            let message = self.read_line();
            if wanted(&message) {
                return message;
            }
            self.unread.push(message);
        }
    }

    /// Waits until the server's log has all these words in one line.
    #[track_caller]
    pub(crate) fn logged(&mut self, words: &[&str]) {
        let log = self.log.as_mut().expect("it is read until the end");
        log.wait_for(words);
    }

    /// Notifications that arrived before the last answer that was waited for.
    pub(crate) fn news(&mut self) -> Vec<Value> {
        std::mem::take(&mut self.unread)
    }

    /// Sends a request and waits for its answer, whatever it is.
    #[track_caller]
    pub(crate) fn request(&mut self, method: &str, params: Value) -> Value {
        let id = self.send(method, params);
        self.answer(&id)
    }

    /// The result of a request that succeeds.
    #[track_caller]
    pub(crate) fn result(&mut self, method: &str, params: Value) -> Value {
        result(self.request(method, params))
    }

    /// The error of a request that fails.
    #[track_caller]
    pub(crate) fn error(&mut self, method: &str, params: Value) -> Value {
        error(self.request(method, params))
    }

    /// Starts a call of a tool and returns the request's id.
    pub(crate) fn start_call(&mut self, tool: &str, arguments: Value) -> Value {
        self.send(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
    }

    /// The result of calling a tool.
    #[track_caller]
    pub(crate) fn call(&mut self, tool: &str, arguments: Value) -> Value {
        self.result(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
    }

    /// The error of a call that gives no result.
    #[track_caller]
    pub(crate) fn call_error(&mut self, tool: &str, arguments: Value) -> Value {
        self.error(
            "tools/call",
            json!({ "name": tool, "arguments": arguments }),
        )
    }

    /// The text that a tool answers with; it has to succeed.
    #[track_caller]
    pub(crate) fn text(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_ne!(result["isError"], true, "{result}");
        text_of(&result)
    }

    /// The text of a tool that fails.
    #[track_caller]
    pub(crate) fn tool_error(&mut self, tool: &str, arguments: Value) -> String {
        let result = self.call(tool, arguments);
        assert_eq!(result["isError"], true, "{result}");
        text_of(&result)
    }

    /// Whether another plugin's tool answers, by calling `echo`.
    #[track_caller]
    pub(crate) fn assert_answers(&mut self) {
        assert_eq!(
            self.text("echo", json!({ "text": "still here" })),
            "still here"
        );
    }

    /// The server's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Ends the input, and waits for the server to end.
    #[track_caller]
    pub(crate) fn close(mut self) -> Ended {
        drop(self.stdin.take());
        self.ended()
    }

    /// Asks the server to end, with the input open, and waits for it.
    #[cfg(unix)]
    #[track_caller]
    pub(crate) fn terminate(self) -> Ended {
        let process = self.child.id().to_string();
        let sent = Command::new("kill").arg(process).status();
        assert!(sent.expect("`kill` runs").success());
        self.ended()
    }

    /// Ends the server in the middle of what it does.
    pub(crate) fn kill(mut self) {
        self.child.kill().expect("it runs");
        self.child.wait().expect("it ends");
    }

    #[track_caller]
    fn ended(mut self) -> Ended {
        let mut rest = self.news();
        loop {
            match self.lines.recv_timeout(PATIENCE) {
                Ok(line) => rest.push(message(&line)),
                Err(RecvTimeoutError::Disconnected) => break,
                Err(RecvTimeoutError::Timeout) => panic!("the server does not end"),
            }
        }
        let status = self.child.wait().expect("it ends");
        let stderr = self.log.take().map(Log::whole);
        Ended {
            code: status.code(),
            rest,
            stderr: stderr.unwrap_or_default(),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // A test that failed leaves its server running otherwise.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// The parameters with what a modern request says of itself; what the test has
/// put into `_meta` stays.
pub(crate) fn modern_params(params: Value) -> Value {
    let mut params = declaring(params, &json!({}));
    let meta = &mut params["_meta"];
    meta["io.modelcontextprotocol/protocolVersion"] = json!(MODERN);
    meta["io.modelcontextprotocol/clientInfo"] = json!({ "name": "e2e", "version": "1" });
    params
}

/// The parameters with what the client can do, unless they say it already.
pub(crate) fn declaring(mut params: Value, capabilities: &Value) -> Value {
    const CAPABILITIES: &str = "io.modelcontextprotocol/clientCapabilities";
    let meta = &mut params["_meta"];
    if meta.get(CAPABILITIES).is_none() {
        meta[CAPABILITIES] = capabilities.clone();
    }
    params
}

/// The parameters of a handshake.
pub(crate) fn initialize(revision: &str) -> Value {
    json!({
        "protocolVersion": revision,
        "capabilities": {},
        "clientInfo": { "name": "e2e", "version": "1" },
    })
}
