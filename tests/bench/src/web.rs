//! A server on HTTP, and requests to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::home::Home;

/// A server on HTTP.
pub(crate) struct Server {
    child: Child,
    /// Where it serves: `127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Server {
    /// `portcullis serve` over HTTP.
    pub(crate) fn portcullis(program: &Path, home: &Home) -> Result<Self> {
        let mut command = Command::new(program);
        command.args(["serve", "--http", "127.0.0.1:0"]);
        command.envs(home.variables()).env("PORTCULLIS_LOG", "info");
        Self::start(&mut command)
    }

    /// A command that tells on stderr where it serves.
    pub(crate) fn start(command: &mut Command) -> Result<Self> {
        let mut child = command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", command.get_program().display()))?;
        let log = child.stderr.take().context("piped")?;
        let mut lines = BufReader::new(log).lines().map_while(std::io::Result::ok);
        let address = lines.by_ref().find_map(|line| {
            let (_, rest) = line.split_once("serving on http://")?;
            Some(rest.split('/').next()?.to_owned())
        });
        let Some(address) = address else {
            bail!("the server does not say where it serves")
        };
        // Somebody reads the log, as an admin's system would.
        std::thread::spawn(move || lines.for_each(drop));
        Ok(Self { child, address })
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that would have to be written.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// A call of a tool, which wants to hear of its progress.
pub(crate) fn call_body(tool: &str, arguments: &str) -> String {
    format!(
        r#"{{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments},"_meta":{{"progressToken":1,"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{{}}}}}}}}"#
    )
}

/// A request of the newest revision. `name` is what is called; `connection` is
/// `close` or `keep-alive`.
pub(crate) fn request(
    address: &str,
    method: &str,
    name: Option<&str>,
    body: &str,
    connection: &str,
) -> String {
    let name = name.map_or_else(String::new, |name| format!("Mcp-Name: {name}\r\n"));
    let headers = format!(
        "MCP-Protocol-Version: 2026-07-28\r\nMcp-Method: {method}\r\n{name}Connection: {connection}\r\n"
    );
    post(address, &headers, body)
}

/// A request as it goes over the wire, with such headers, each a line.
pub(crate) fn post(address: &str, headers: &str, body: &str) -> String {
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\n{headers}Content-Length: {}\r\n\r\n{body}",
        body.len()
    )
}

/// The value of a header among lines of them.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines().find_map(|line| {
        let (key, value) = line.split_once(':')?;
        key.eq_ignore_ascii_case(name).then(|| value.trim())
    })
}

/// How long the answer is that begins here, once its head is there. It has to say
/// so itself.
pub(crate) fn length(answer: &[u8]) -> Result<Option<usize>> {
    let Some(end) = memchr::memmem::find(answer, b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = std::str::from_utf8(&answer[..end])?;
    let length = header(head, "Content-Length");
    let length = length.with_context(|| format!("the answer is not one piece of JSON: {head}"))?;
    Ok(Some(end + 4 + length.parse::<usize>()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_says_how_long_it_is() {
        let answer = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\nX: y\r\n\r\n{}";
        for begun in 0..answer.len() - 2 {
            assert_eq!(length(&answer[..begun]).expect("begun"), None);
        }
        assert_eq!(length(answer).expect("there"), Some(answer.len()));
        assert!(length(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").is_err());
    }
}
