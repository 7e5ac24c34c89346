//! A server that is measured: how to start it, and its pipes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use anyhow::{Context as _, Result, bail};

/// A call that is measured, and what its answer has in it.
pub(crate) struct Call {
    pub(crate) name: &'static str,
    tool: &'static str,
    arguments: &'static str,
    answer: &'static str,
}

/// Gives back 32 bytes.
pub(crate) const ECHO: Call = Call {
    name: "echo",
    tool: "echo",
    arguments: r#"{"text":"hello from the other side of it."}"#,
    answer: "hello from the other side of it.",
};

/// Parses JSON and counts words in a map.
pub(crate) const COUNT: Call = Call {
    name: "count",
    tool: "count",
    arguments: r#"{"text":"{\"words\":[\"one\",\"two\",\"three\",\"two\",\"one\",\"two\",\"four\",\"five\"]}"}"#,
    answer: r#"\"two\":3"#,
};

/// The files of a runtime that serves the guests.
pub(crate) struct Home(PathBuf);

impl Home {
    /// Installs the guests, so that as many calls of each run at once as are
    /// held, and as fast as they come.
    pub(crate) fn new(program: &Path, guests: &Path, folder: &Path) -> Result<Self> {
        let home = Self::empty(folder);
        for guest in ["echo", "hostile"] {
            let limits = [
                "limits.concurrency=1000",
                "limits.calls-per-minute=1000000000",
            ];
            home.add(program, &guests.join(guest), &[], &limits)?;
        }
        Ok(home)
    }

    /// Installs a plugin: its folder, further arguments, what is granted.
    pub(crate) fn add(
        &self,
        program: &Path,
        plugin: &Path,
        arguments: &[&str],
        grants: &[&str],
    ) -> Result<()> {
        let added = Command::new(program)
            .arg("add")
            .arg(plugin)
            .args(arguments)
            .args(grants.iter().flat_map(|grant| ["--grant", grant]))
            .envs(self.variables())
            .stdout(Stdio::null())
            .status()
            .with_context(|| format!("cannot run {}", program.display()))?;
        if !added.success() {
            bail!("the guest {} cannot be installed", plugin.display());
        }
        Ok(())
    }

    /// A home with nothing installed.
    pub(crate) fn empty(folder: &Path) -> Self {
        Self(folder.to_owned())
    }

    /// What tells the runtime where they are.
    pub(crate) fn variables(&self) -> Vec<(&'static str, PathBuf)> {
        vec![
            ("PORTCULLIS_CONFIG", self.0.join("portcullis.toml")),
            ("PORTCULLIS_DATA", self.0.join("data")),
            ("PORTCULLIS_LOG", "error".into()),
        ]
    }
}

/// One of the servers, and the way in which its clients speak.
pub(crate) struct Subject {
    /// Its name in the table.
    pub(crate) name: String,
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(&'static str, PathBuf)>,
    modern: bool,
}

/// A running server, ready for calls.
pub(crate) struct Server {
    child: Child,
    /// None once it is closed, which ends the server.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    modern: bool,
    next_id: u64,
    outgoing: Vec<u8>,
    incoming: Vec<u8>,
}

impl Subject {
    /// `portcullis serve` on stdio, in the newest revision.
    pub(crate) fn portcullis(program: &Path, home: &Home) -> Self {
        Self {
            name: "portcullis".to_owned(),
            program: program.to_owned(),
            arguments: vec!["serve".to_owned()],
            variables: home.variables(),
            modern: true,
        }
    }

    /// Another server of the same tools, after a handshake.
    pub(crate) fn other(name: &str, program: &Path, arguments: Vec<String>) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments,
            variables: Vec::new(),
            modern: false,
        }
    }

    /// A command, for clients of either era.
    pub(crate) fn command(name: &str, program: &Path, arguments: &[String], modern: bool) -> Self {
        Self {
            modern,
            ..Self::other(name, program, arguments.to_vec())
        }
    }

    /// Starts it, and shakes hands where that is the custom.
    pub(crate) fn start(&self) -> Result<Server> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.variables.clone())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        let stdin = child.stdin.take().context("piped")?;
        let stdout = child.stdout.take().context("piped")?;
        let mut server = Server {
            child,
            stdin: Some(stdin),
            stdout,
            modern: self.modern,
            next_id: 1,
            outgoing: Vec::new(),
            incoming: Vec::with_capacity(1 << 18),
        };
        if !self.modern {
            server.shake_hands()?;
        }
        Ok(server)
    }
}

impl Server {
    fn shake_hands(&mut self) -> Result<()> {
        let initialize = concat!(
            r#"{"jsonrpc":"2.0","id":0,"method":"initialize","params":{"protocolVersion":"2025-06-18","#,
            r#""capabilities":{},"clientInfo":{"name":"bench","version":"1"}}}"#,
            "\n"
        );
        self.write(initialize.as_bytes())?;
        self.receive("serverInfo")?;
        let initialized = r#"{"jsonrpc":"2.0","method":"notifications/initialized"}"#;
        self.write(format!("{initialized}\n").as_bytes())
    }

    /// Sends this many calls in one write.
    pub(crate) fn send(&mut self, call: &Call, calls: usize) -> Result<()> {
        let meta = if self.modern {
            r#","_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}"#
        } else {
            ""
        };
        let Call {
            tool, arguments, ..
        } = call;
        self.outgoing.clear();
        for _ in 0..calls {
            writeln!(
                self.outgoing,
                r#"{{"jsonrpc":"2.0","id":{},"method":"tools/call","params":{{"name":"{tool}","arguments":{arguments}{meta}}}}}"#,
                self.next_id,
            )?;
            self.next_id += 1;
        }
        let stdin = self.stdin.as_mut().context("the server was ended")?;
        stdin
            .write_all(&self.outgoing)
            .context("the server does not read")
    }

    fn write(&mut self, bytes: &[u8]) -> Result<()> {
        let stdin = self.stdin.as_mut().context("the server was ended")?;
        stdin.write_all(bytes).context("the server does not read")
    }

    /// Ends it as a client does, by closing its input, and waits for that.
    pub(crate) fn end(mut self) -> Result<()> {
        self.stdin = None;
        self.child.wait()?;
        Ok(())
    }

    /// Waits for answers with this text in them, and returns how many there
    /// are, at least one.
    pub(crate) fn receive(&mut self, text: &str) -> Result<usize> {
        loop {
            let before = self.incoming.len();
            self.incoming.resize(before + (1 << 16), 0);
            let read = self.stdout.read(&mut self.incoming[before..])?;
            self.incoming.truncate(before + read);
            if read == 0 {
                bail!("the server ended");
            }
            let Some(end) = memchr::memrchr(b'\n', &self.incoming[before..]) else {
                continue;
            };
            let end = before + end + 1;
            let mut answers = 0;
            for line in self.incoming[..end].split_inclusive(|byte| *byte == b'\n') {
                // Some tell of themselves when they have begun.
                if memchr::memmem::find(line, br#""method":"#).is_some() {
                    continue;
                }
                if memchr::memmem::find(line, text.as_bytes()).is_none() {
                    bail!("not the answer: {}", String::from_utf8_lossy(line));
                }
                answers += 1;
            }
            self.incoming.drain(..end);
            if answers > 0 {
                return Ok(answers);
            }
        }
    }

    /// Makes this many calls with at most `in_flight` of them unanswered.
    pub(crate) fn call_many(&mut self, call: &Call, calls: usize, in_flight: usize) -> Result<()> {
        let (mut sent, mut answered) = (in_flight.min(calls), 0);
        self.send(call, sent)?;
        while answered < calls {
            answered += self.receive(call.answer)?;
            let more = (answered + in_flight).min(calls) - sent;
            if more > 0 {
                self.send(call, more)?;
                sent += more;
            }
        }
        Ok(())
    }

    /// Processor time used so far by all its threads, in nanoseconds; only
    /// Linux tells.
    pub(crate) fn processor_time(&self) -> Option<u64> {
        let tasks = std::fs::read_dir(format!("/proc/{}/task", self.child.id())).ok()?;
        let mut total = 0;
        for task in tasks {
            let path = task.ok()?.path().join("schedstat");
            let text = std::fs::read_to_string(path).ok()?;
            total += text.split_whitespace().next()?.parse::<u64>().ok()?;
        }
        Some(total)
    }

    /// The most memory it had at a time, in KiB; only Linux tells.
    pub(crate) fn peak_memory(&self) -> Option<u64> {
        peak_memory(self.child.id())
    }
}

/// The most memory that a process had at a time, in KiB; only Linux tells.
pub(crate) fn peak_memory(process: u32) -> Option<u64> {
    memory(process, "VmHWM:")
}

/// The memory that a process has now, in KiB; only Linux tells.
pub(crate) fn resident_memory(process: u32) -> Option<u64> {
    memory(process, "VmRSS:")
}

fn memory(process: u32, field: &str) -> Option<u64> {
    let text = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = text.lines().find_map(|line| line.strip_prefix(field))?;
    line.split_whitespace().next()?.parse().ok()
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that would have to be written.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
