//! A server that is measured on stdio: how to start it, and its pipes.

use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::str::FromStr;
use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, bail};

use crate::call::{Call, DISCOVER, Era, GREETED, INITIALIZE, INITIALIZED};
use crate::home::Home;

/// One of the servers, and the way in which its clients speak.
#[derive(Clone, Debug)]
pub(crate) struct Subject {
    /// Its name in the tables.
    pub(crate) name: String,
    program: PathBuf,
    arguments: Vec<String>,
    variables: Vec<(&'static str, PathBuf)>,
    era: Era,
    /// What its tools have in front of their names.
    prefix: String,
}

/// A running server, ready for calls.
pub(crate) struct Server {
    child: Child,
    /// None once it is closed, which ends the server.
    stdin: Option<ChildStdin>,
    stdout: ChildStdout,
    era: Era,
    /// What the tools that are called have in front of their names.
    pub(crate) prefix: String,
    next_id: u64,
    outgoing: Vec<u8>,
    /// Where is read to. In front stands the beginning of a line, of so many
    /// bytes.
    incoming: Vec<u8>,
    begun: usize,
}

impl Subject {
    /// `portcullis serve` on stdio.
    pub(crate) fn portcullis(name: &str, program: &Path, home: &Home, era: Era) -> Self {
        Self {
            variables: home.variables(),
            ..Self::command(name, program, &["serve".to_owned()], era)
        }
    }

    /// Any command.
    pub(crate) fn command(name: &str, program: &Path, arguments: &[String], era: Era) -> Self {
        Self {
            name: name.to_owned(),
            program: program.to_owned(),
            arguments: arguments.to_vec(),
            variables: Vec::new(),
            era,
            prefix: String::new(),
        }
    }

    /// Starts it, and shakes hands where that is the custom.
    pub(crate) fn start(&self) -> Result<Server> {
        let mut server = self.launch()?;
        if self.era == Era::Legacy {
            server.greet()?;
            server.write(format!("{INITIALIZED}\n").as_bytes())?;
        }
        Ok(server)
    }

    /// Starts it, and says nothing to it.
    pub(crate) fn launch(&self) -> Result<Server> {
        let mut child = Command::new(&self.program)
            .args(&self.arguments)
            .envs(self.variables.clone())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .with_context(|| format!("cannot run {}", self.program.display()))?;
        Ok(Server {
            stdin: Some(child.stdin.take().context("piped")?),
            stdout: child.stdout.take().context("piped")?,
            child,
            era: self.era,
            prefix: self.prefix.clone(),
            next_id: 1,
            outgoing: Vec::new(),
            incoming: vec![0; 1 << 18],
            begun: 0,
        })
    }
}

/// `NAME=COMMAND LINE`, or `NAME:PREFIX=COMMAND LINE`: another server of the same
/// tools, after a handshake. The command line is split at spaces.
impl FromStr for Subject {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let wrong =
            || format!("`{text}` is not a server; accepted: NAME=COMMAND or NAME:PREFIX=COMMAND");
        let (name, command) = text.split_once('=').ok_or_else(wrong)?;
        let (name, prefix) = name.split_once(':').unwrap_or((name, ""));
        let mut words = command.split_whitespace().map(str::to_owned);
        let program = words.next().ok_or_else(wrong)?;
        let arguments: Vec<String> = words.collect();
        Ok(Self {
            prefix: prefix.to_owned(),
            ..Self::command(name, Path::new(&program), &arguments, Era::Legacy)
        })
    }
}

impl Server {
    /// Asks who it is, and waits for the answer.
    pub(crate) fn greet(&mut self) -> Result<()> {
        let greeting = match self.era {
            Era::Modern => DISCOVER,
            Era::Legacy => INITIALIZE,
        };
        self.write(format!("{greeting}\n").as_bytes())?;
        self.receive(GREETED)?;
        Ok(())
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

    /// Makes calls for so long with `in_flight` of them unanswered, and waits for
    /// the last. Returns how many there were.
    pub(crate) fn call_for(
        &mut self,
        call: &Call,
        time: Duration,
        in_flight: usize,
    ) -> Result<usize> {
        let begun = Instant::now();
        let (mut sent, mut answered) = (in_flight, 0);
        self.send(call, in_flight)?;
        while answered < sent {
            let more = self.receive(call.answer)?;
            answered += more;
            if begun.elapsed() < time {
                self.send(call, more)?;
                sent += more;
            }
        }
        Ok(answered)
    }

    /// Ends it as a client does, by closing its input, and waits for that.
    pub(crate) fn end(mut self) -> Result<()> {
        self.stdin = None;
        self.child.wait()?;
        Ok(())
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.child.id()
    }

    /// Sends this many calls in one write.
    fn send(&mut self, call: &Call, calls: usize) -> Result<()> {
        self.outgoing.clear();
        for _ in 0..calls {
            call.write_to(&mut self.outgoing, self.next_id, &self.prefix, self.era);
            self.outgoing.push(b'\n');
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

    /// Waits for answers with this text in them, and returns how many there
    /// are, at least one.
    fn receive(&mut self, text: &str) -> Result<usize> {
        loop {
            if self.begun == self.incoming.len() {
                self.incoming.resize(2 * self.begun, 0);
            }
            let read = self.stdout.read(&mut self.incoming[self.begun..])?;
            if read == 0 {
                bail!("the server ended");
            }
            let filled = self.begun + read;
            let end = memchr::memrchr(b'\n', &self.incoming[self.begun..filled]);
            let Some(end) = end.map(|end| self.begun + end + 1) else {
                self.begun = filled;
                continue;
            };
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
            self.incoming.copy_within(end..filled, 0);
            self.begun = filled - end;
            if answers > 0 {
                return Ok(answers);
            }
        }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        // It holds nothing that would have to be written.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_is_named_before_its_command() {
        let subject = |text: &str| text.parse::<Subject>().expect("a server");
        let plain = subject("act=/bin/act run --mcp");
        assert_eq!((plain.name.as_str(), plain.prefix.as_str()), ("act", ""));
        assert_eq!(plain.program, Path::new("/bin/act"));
        assert_eq!(plain.arguments, ["run", "--mcp"]);
        let prefixed = subject("hyper-mcp:peer-=serve --file=a=b");
        assert_eq!(prefixed.name, "hyper-mcp");
        assert_eq!(prefixed.prefix, "peer-");
        assert_eq!(prefixed.arguments, ["--file=a=b"]);
        for wrong in ["act", "act=", "act=  "] {
            let error = wrong.parse::<Subject>().expect_err("refused");
            assert!(error.contains("NAME:PREFIX=COMMAND"), "{error}");
        }
    }
}
