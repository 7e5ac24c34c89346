//! Log lines on their way to stderr, fit for a terminal.
//!
//! They are written by a thread of their own: a host program that never reads our
//! stderr must not be able to stop us.

use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::time::Duration;

use tracing_subscriber::fmt::MakeWriter;

use crate::policy::printable_lines;

/// Bytes that wait for who reads stderr slowly; what is more is lost, and that is
/// said.
const MAX_WAITING: usize = 4 << 20;
/// How long the end of the program waits for who reads stderr slowly.
const PATIENCE: Duration = Duration::from_secs(1);

/// Where log lines go.
pub(super) struct Stderr {
    lines: Sender<Vec<u8>>,
    waiting: Arc<AtomicUsize>,
    /// Lines that were lost and not told of.
    lost: AtomicUsize,
}

/// Waits, when it is dropped, until the lines are written.
pub(super) struct Written {
    lines: Sender<Vec<u8>>,
    ended: Receiver<()>,
}

impl Stderr {
    pub(super) fn new() -> io::Result<(Self, Written)> {
        let (lines, received) = channel::<Vec<u8>>();
        let (end, ended) = channel();
        let waiting = Arc::new(AtomicUsize::new(0));
        let written = Arc::clone(&waiting);
        std::thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || {
                // An empty line is the end.
                while let Ok(line) = received.recv()
                    && !line.is_empty()
                {
                    // There is nowhere to tell of a stderr that is closed.
                    let _ = io::stderr().write_all(&line);
                    written.fetch_sub(line.len(), Ordering::Relaxed);
                }
                let _ = end.send(());
            })?;
        let stderr = Self {
            lines: lines.clone(),
            waiting,
            lost: AtomicUsize::new(0),
        };
        Ok((stderr, Written { lines, ended }))
    }

    fn send(&self, line: Vec<u8>) {
        if self.waiting.load(Ordering::Relaxed) + line.len() > MAX_WAITING {
            self.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let lost = self.lost.swap(0, Ordering::Relaxed);
        if lost > 0 {
            let told = format!("{lost} log lines were lost: stderr is read too slowly\n");
            self.put(told.into_bytes());
        }
        self.put(line);
    }

    fn put(&self, line: Vec<u8>) {
        self.waiting.fetch_add(line.len(), Ordering::Relaxed);
        // The other end is gone when the program ends, and it has ended.
        let _ = self.lines.send(line);
    }
}

impl Drop for Written {
    fn drop(&mut self) {
        if self.lines.send(Vec::new()).is_ok() {
            // In vain where nobody reads stderr.
            let _ = self.ended.recv_timeout(PATIENCE);
        }
    }
}

impl<'a> MakeWriter<'a> for Stderr {
    type Writer = Line<'a>;

    fn make_writer(&'a self) -> Line<'a> {
        Line(self)
    }
}

/// What one line is written with.
pub(super) struct Line<'a>(&'a Stderr);

impl Write for Line<'_> {
    /// Takes a whole line, as the log writes it, and escapes what a terminal would
    /// obey.
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let text = String::from_utf8_lossy(bytes);
        self.0
            .send(printable_lines(&text).into_owned().into_bytes());
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
