//! A server on HTTP, and requests to it.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::subject::Home;

/// A server on HTTP.
pub(crate) struct Server {
    child: Child,
    /// Where it serves: `127.0.0.1:PORT`.
    pub(crate) address: String,
}

impl Server {
    pub(crate) fn start(portcullis: &Path, home: &Home) -> Result<Self> {
        let mut child = Command::new(portcullis)
            .args(["serve", "--http", "127.0.0.1:0"])
            .envs(home.variables())
            .env("PORTCULLIS_LOG", "info")
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped())
            .spawn()
            .with_context(|| format!("cannot run {}", portcullis.display()))?;
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

    /// Some memory of its process in MiB, by one of the functions of
    /// [`crate::subject`].
    pub(crate) fn memory(&self, of: fn(u32) -> Option<u64>) -> Result<f64> {
        let kib = of(self.child.id()).context("only Linux tells how much memory is used")?;
        Ok(kib as f64 / 1024.0)
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

/// A request as it goes over the wire. `name` is what is called; `connection` is
/// `close` or `keep-alive`.
pub(crate) fn request(
    address: &str,
    method: &str,
    name: Option<&str>,
    body: &str,
    connection: &str,
) -> String {
    let name = name.map_or_else(String::new, |name| format!("Mcp-Name: {name}\r\n"));
    format!(
        "POST /mcp HTTP/1.1\r\nHost: {address}\r\nContent-Type: application/json\r\n\
         Accept: application/json, text/event-stream\r\nMCP-Protocol-Version: 2026-07-28\r\n\
         Mcp-Method: {method}\r\n{name}Connection: {connection}\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
}
