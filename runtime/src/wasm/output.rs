//! A guest's log lines and what it prints, on their way to the admin.
//!
//! Nothing a guest prints reaches our stdout, which carries the protocol. Its
//! stdout and stderr are cut into lines and logged under the plugin's name;
//! together with `wasi:logging` they may have [`Limits::log_bytes`] a call.
//!
//! [`Limits::log_bytes`]: crate::policy::Limits::log_bytes

use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};

use bytes::Bytes;
use tokio::io::AsyncWrite;
use wasmtime_wasi::cli::{IsTerminal, StdoutStream};
use wasmtime_wasi::p2::{OutputStream, Pollable, StreamResult};

use crate::policy::printable;

/// How much of what a guest printed last goes into the error of a crash.
const LAST_WORDS: usize = 300;
/// The longest line; longer ones are cut there.
const MAX_LINE: usize = 8 << 10;

/// What a guest prints, and how much more of it its call may.
pub(super) struct Output {
    plugin: Arc<str>,
    budget: Mutex<Budget>,
    /// How many of its streams the guest has open.
    streams: AtomicUsize,
}

struct Budget {
    left: u64,
    allowed: u64,
    stderr_tail: Vec<u8>,
    /// What was printed of the present line, on stdout and on stderr.
    pending: [Vec<u8>; 2],
}

impl Output {
    pub(super) fn new(plugin: Arc<str>, log_bytes: u64) -> Arc<Self> {
        Arc::new(Output {
            plugin,
            budget: Mutex::new(Budget {
                left: log_bytes,
                allowed: log_bytes,
                stderr_tail: Vec::new(),
                pending: Default::default(),
            }),
            streams: AtomicUsize::new(0),
        })
    }

    pub(super) fn streams(&self) -> usize {
        self.streams.load(Ordering::Relaxed)
    }

    /// Ends a call, and its last line with it, since streams may stay open. The
    /// next has a budget of its own.
    pub(super) fn end(&self) {
        self.end_line("stdout");
        self.end_line("stderr");
        let mut budget = self.lock();
        budget.left = budget.allowed;
        budget.stderr_tail.clear();
    }

    /// Takes a line's bytes from the call's budget. The first line beyond it
    /// is replaced by a note, the rest is dropped.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let mut budget = self.lock();
        if budget.left == 0 {
            return false;
        }
        let bytes = bytes as u64 + 1;
        if bytes <= budget.left {
            budget.left -= bytes;
            return true;
        }
        budget.left = 0;
        tracing::warn!(
            plugin = &*self.plugin,
            "this call reached its log-bytes limit ({} bytes); the rest of its lines are dropped",
            budget.allowed
        );
        false
    }

    /// What the guest printed last on stderr, in one line, if anything.
    pub(super) fn last_words(&self) -> Option<String> {
        let budget = self.lock();
        let text = String::from_utf8_lossy(&budget.stderr_tail);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| printable(&line).into_owned())
    }

    fn push(&self, stream: &'static str, bytes: &[u8]) {
        if stream == "stderr" {
            self.remember(bytes);
        }
        let mut pending = self.take_pending(stream);
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            let room = MAX_LINE.saturating_sub(pending.len());
            let text = line.unwrap_or(piece);
            pending.extend_from_slice(&text[..text.len().min(room)]);
            if line.is_some() {
                self.print(stream, &pending);
                pending.clear();
            }
        }
        self.lock().pending[which(stream)] = pending;
    }

    fn end_line(&self, stream: &'static str) {
        let pending = self.take_pending(stream);
        self.print(stream, &pending);
    }

    fn take_pending(&self, stream: &'static str) -> Vec<u8> {
        std::mem::take(&mut self.lock().pending[which(stream)])
    }

    fn print(&self, stream: &'static str, line: &[u8]) {
        if line.is_empty() || !self.take(line.len()) {
            return;
        }
        let line = String::from_utf8_lossy(line);
        tracing::info!(
            plugin = &*self.plugin,
            context = stream,
            "{}",
            printable(&line)
        );
    }

    fn remember(&self, bytes: &[u8]) {
        let mut budget = self.lock();
        let tail = &mut budget.stderr_tail;
        tail.extend_from_slice(&bytes[bytes.len().saturating_sub(LAST_WORDS)..]);
        let excess = tail.len().saturating_sub(LAST_WORDS);
        tail.drain(..excess);
    }

    fn lock(&self) -> MutexGuard<'_, Budget> {
        self.budget.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn which(stream: &str) -> usize {
    usize::from(stream == "stderr")
}

/// A guest's stdout or stderr.
pub(super) struct Printed {
    pub(super) output: Arc<Output>,
    pub(super) stream: &'static str,
}

impl IsTerminal for Printed {
    fn is_terminal(&self) -> bool {
        false
    }
}

impl StdoutStream for Printed {
    fn async_stream(&self) -> Box<dyn AsyncWrite + Send + Sync> {
        Box::new(Lines::new(self))
    }

    fn p2_stream(&self) -> Box<dyn OutputStream> {
        Box::new(Lines::new(self))
    }
}

/// Cuts a stream of bytes into lines; the last one counts without a newline.
struct Lines {
    output: Arc<Output>,
    stream: &'static str,
}

impl Lines {
    fn new(printed: &Printed) -> Self {
        printed.output.streams.fetch_add(1, Ordering::Relaxed);
        Lines {
            output: Arc::clone(&printed.output),
            stream: printed.stream,
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.output.end_line(self.stream);
        self.output.streams.fetch_sub(1, Ordering::Relaxed);
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.output.push(self.stream, &bytes);
        Ok(())
    }

    fn flush(&mut self) -> StreamResult<()> {
        Ok(())
    }

    fn check_write(&mut self) -> StreamResult<usize> {
        Ok(64 << 10)
    }
}

impl AsyncWrite for Lines {
    fn poll_write(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.output.push(self.stream, bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
