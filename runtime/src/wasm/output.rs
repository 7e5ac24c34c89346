//! A guest's log lines and what it prints, on their way to the admin.
//!
//! Nothing a guest prints reaches our stdout, which carries the protocol. Its
//! stdout and stderr are cut into lines and logged under the plugin's name;
//! together with `wasi:logging` they may have [`Limits::log_bytes`] a call.
//!
//! [`Limits::log_bytes`]: crate::policy::Limits::log_bytes

use std::io;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
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

/// What one call has printed so far.
pub(super) struct Output {
    plugin: Arc<str>,
    budget: Mutex<Budget>,
}

struct Budget {
    left: u64,
    allowed: u64,
    stderr_tail: Vec<u8>,
}

impl Output {
    pub(super) fn new(plugin: Arc<str>, log_bytes: u64) -> Arc<Self> {
        Arc::new(Output {
            plugin,
            budget: Mutex::new(Budget {
                left: log_bytes,
                allowed: log_bytes,
                stderr_tail: Vec::new(),
            }),
        })
    }

    /// Takes a line's bytes from the call's budget. The first line beyond it
    /// is replaced by a note, the rest is dropped.
    pub(super) fn take(&self, bytes: usize) -> bool {
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
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
        let budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let text = String::from_utf8_lossy(&budget.stderr_tail);
        let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
        (!line.is_empty()).then(|| printable(&line).into_owned())
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
        let mut budget = self.budget.lock().unwrap_or_else(PoisonError::into_inner);
        let tail = &mut budget.stderr_tail;
        tail.extend_from_slice(&bytes[bytes.len().saturating_sub(LAST_WORDS)..]);
        let excess = tail.len().saturating_sub(LAST_WORDS);
        tail.drain(..excess);
    }
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
    pending: Vec<u8>,
}

impl Lines {
    fn new(printed: &Printed) -> Self {
        Lines {
            output: Arc::clone(&printed.output),
            stream: printed.stream,
            pending: Vec::new(),
        }
    }

    fn push(&mut self, bytes: &[u8]) {
        if self.stream == "stderr" {
            self.output.remember(bytes);
        }
        for piece in bytes.split_inclusive(|byte| *byte == b'\n') {
            let line = piece.strip_suffix(b"\n");
            let room = MAX_LINE.saturating_sub(self.pending.len());
            let text = line.unwrap_or(piece);
            self.pending
                .extend_from_slice(&text[..text.len().min(room)]);
            if line.is_some() {
                self.output.print(self.stream, &self.pending);
                self.pending.clear();
            }
        }
    }
}

impl Drop for Lines {
    fn drop(&mut self) {
        self.output.print(self.stream, &self.pending);
    }
}

#[wasmtime_wasi::async_trait]
impl Pollable for Lines {
    async fn ready(&mut self) {}
}

impl OutputStream for Lines {
    fn write(&mut self, bytes: Bytes) -> StreamResult<()> {
        self.push(&bytes);
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
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.push(bytes);
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}
