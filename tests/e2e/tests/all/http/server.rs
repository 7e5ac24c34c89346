//! A running `portcullis serve --http`, and requests to it byte by byte.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{SocketAddr, TcpStream};
use std::process::{Child, Stdio};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::{MODERN, modern_params};
use crate::home::Home;

/// A server on a port of the system's choice, stopped at the test's end.
pub(crate) struct Server {
    child: Child,
    address: SocketAddr,
}

/// A response, read to its end.
pub(crate) struct Response {
    pub(crate) status: u16,
    headers: Vec<(String, String)>,
    pub(crate) body: String,
}

impl Server {
    /// Serves what a home has, with further arguments to `serve`.
    pub(crate) fn start(home: &Home, arguments: &[&str]) -> Self {
        let mut all = vec!["serve", "--http", "127.0.0.1:0"];
        all.extend(arguments);
        let mut child = home
            .command(&all)
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the server starts");
        let mut lines = BufReader::new(child.stderr.take().expect("piped")).lines();
        let address = lines
            .by_ref()
            .map_while(Result::ok)
            .find_map(|line| {
                let (_, rest) = line.split_once("http://")?;
                rest.strip_suffix("/mcp")?.parse().ok()
            })
            .expect("the server says where it serves");
        // Read on, or the server would be cut off from its log.
        std::thread::spawn(move || lines.for_each(drop));
        Self { child, address }
    }

    /// The server's process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Connects; all else is the test's.
    pub(crate) fn connect(&self) -> TcpStream {
        let stream = TcpStream::connect(self.address).expect("the server listens");
        stream
            .set_read_timeout(Some(Duration::from_secs(60)))
            .expect("set");
        stream
    }

    /// Connects and sends a request; what comes back is the test's to read.
    pub(crate) fn send(&self, method: &str, headers: &[(&str, &str)], body: &str) -> TcpStream {
        self.send_to("/mcp", method, headers, body)
    }

    /// [`Server::send`], to another path.
    pub(crate) fn send_to(
        &self,
        path: &str,
        method: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> TcpStream {
        let mut stream = self.connect();
        let mut head = format!("{method} {path} HTTP/1.1\r\nconnection: close\r\n");
        if !headers.iter().any(|(name, _)| *name == "host") {
            head.push_str(&format!("host: {}\r\n", self.address));
        }
        for (name, value) in headers {
            head.push_str(&format!("{name}: {value}\r\n"));
        }
        head.push_str(&format!("content-length: {}\r\n\r\n", body.len()));
        stream.write_all(head.as_bytes()).expect("sent");
        // A server that has refused the head may close before the body's end.
        let _ = stream.write_all(body.as_bytes());
        stream
    }

    /// Sends a request and reads the response to its end.
    pub(crate) fn ask(&self, method: &str, headers: &[(&str, &str)], body: &str) -> Response {
        Response::read(self.send(method, headers, body))
    }

    /// [`Server::ask`], at another path.
    pub(crate) fn ask_at(
        &self,
        path: &str,
        method: &str,
        headers: &[(&str, &str)],
        body: &str,
    ) -> Response {
        Response::read(self.send_to(path, method, headers, body))
    }

    /// Posts a modern request with the headers that mirror its body.
    pub(crate) fn modern(&self, method: &str, params: Value) -> Response {
        let name = ["name", "uri", "taskId"]
            .iter()
            .find_map(|member| params[*member].as_str());
        let name = name.map(str::to_owned);
        let mut headers = vec![("mcp-protocol-version", MODERN), ("mcp-method", method)];
        if let Some(name) = &name {
            headers.push(("mcp-name", name));
        }
        self.ask("POST", &headers, &modern_body(method, params))
    }
}

#[cfg(unix)]
impl Server {
    /// Asks the server to end.
    pub(crate) fn terminate(&self) {
        let process = self.child.id().to_string();
        let sent = std::process::Command::new("kill").arg(process).status();
        assert!(sent.expect("`kill` runs").success());
    }

    /// The code with which it ends.
    pub(crate) fn ended(mut self) -> Option<i32> {
        self.child.wait().expect("it ends").code()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A modern request with id 1.
pub(crate) fn modern_body(method: &str, params: Value) -> String {
    let params = modern_params(params);
    json!({ "jsonrpc": "2.0", "id": 1, "method": method, "params": params }).to_string()
}

impl Response {
    fn read(stream: TcpStream) -> Self {
        let mut reader = BufReader::new(stream);
        Self::read_head(&mut reader).with_body(reader)
    }

    /// Reads the rest of a response.
    pub(crate) fn with_body(mut self, mut reader: BufReader<TcpStream>) -> Self {
        let mut body = Vec::new();
        reader.read_to_end(&mut body).expect("a body");
        self.body = String::from_utf8(body).expect("UTF-8");
        if self.header("transfer-encoding") == Some("chunked") {
            self.body = unchunked(&self.body);
        }
        self
    }

    /// Reads a response up to its body.
    pub(crate) fn read_head(reader: &mut BufReader<TcpStream>) -> Self {
        let mut line = String::new();
        reader.read_line(&mut line).expect("a status line");
        let status = line
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok());
        let mut headers = Vec::new();
        loop {
            let mut line = String::new();
            reader.read_line(&mut line).expect("a header");
            let Some((name, value)) = line.trim_end().split_once(':') else {
                break;
            };
            headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        Self {
            status: status.expect("a status"),
            headers,
            body: String::new(),
        }
    }

    pub(crate) fn header(&self, name: &str) -> Option<&str> {
        let mut found = self.headers.iter().filter(|(header, _)| header == name);
        found.next().map(|(_, value)| value.as_str())
    }

    /// The one message of a JSON response.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        assert_eq!(
            self.header("content-type"),
            Some("application/json"),
            "{}",
            self.body
        );
        serde_json::from_str(&self.body).expect("JSON")
    }

    /// The answer to the one request, which is the whole of a JSON response, or
    /// the last message of an event stream where it took longer.
    #[track_caller]
    pub(crate) fn answer(&self) -> Value {
        match self.header("content-type") {
            Some("text/event-stream") => self.events().pop().expect("an answer"),
            _ => self.json(),
        }
    }

    /// The messages of an event stream.
    #[track_caller]
    pub(crate) fn events(&self) -> Vec<Value> {
        assert_eq!(
            self.header("content-type"),
            Some("text/event-stream"),
            "{}",
            self.body
        );
        let data = self
            .body
            .lines()
            .filter_map(|line| line.strip_prefix("data: "));
        data.map(|data| serde_json::from_str(data).expect("JSON"))
            .collect()
    }
}

fn unchunked(body: &str) -> String {
    let mut text = String::new();
    let mut rest = body;
    while let Some((size, after)) = rest.split_once("\r\n") {
        let size = usize::from_str_radix(size, 16).expect("a chunk's size");
        if size == 0 {
            break;
        }
        text.push_str(&after[..size]);
        rest = &after[size + 2..];
    }
    text
}
