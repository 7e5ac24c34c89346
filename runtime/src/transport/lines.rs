//! One JSON text a line: stdio's framing, on any pair of byte streams.
//!
//! Source: MCP 2026-07-28, basic, transports, "stdio".

use std::io;
use std::sync::Arc;

use tokio::io::{AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _};
use tokio::sync::watch;

use crate::dispatch::{
    self, Conversation, ConversationOptions, Dispatcher, Follow, Messages, Outbound, Principal,
};
use crate::protocol::RpcError;
use crate::protocol::jsonrpc::Rejected;

/// Answers that may wait for a slow reader before work stops.
const OUTBOUND: usize = 256;
/// How much is written at once, at most.
const BATCH: usize = 64 << 10;
/// How much is read at once, at least.
const CHUNK: usize = 16 << 10;

/// Whose a stream is, and its bounds.
#[derive(Clone, Debug)]
pub struct LineOptions {
    /// Who is at the other end.
    pub principal: Principal,
    /// The longest message, in bytes.
    pub max_message: usize,
    /// Requests in flight.
    pub max_in_flight: usize,
}

/// Serves one client until its input ends or `stop` turns true, then answers
/// what is in flight.
pub async fn serve<R, W>(
    dispatcher: Arc<Dispatcher>,
    input: R,
    output: W,
    options: LineOptions,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()>
where
    R: AsyncRead + Send + Unpin + 'static,
    W: AsyncWrite + Send + Unpin + 'static,
{
    let (outbound, messages) = Outbound::channel(OUTBOUND);
    let mut writer = tokio::spawn(write(output, messages));
    let conversation = Conversation::new(
        dispatcher,
        ConversationOptions {
            principal: options.principal,
            max_in_flight: options.max_in_flight,
        },
    );
    let mut lines = Lines::new(input, options.max_message);
    let reading = async {
        while let Some(line) = lines.next().await? {
            match line {
                Line::Message(message) => {
                    let follow = lines.follow();
                    conversation.receive(message, follow, &outbound).await;
                }
                Line::TooLong => {
                    let error = RpcError::invalid_request(format!(
                        "the message is longer than {} bytes, which is the limit",
                        options.max_message
                    ));
                    dispatch::reject(&Rejected { id: None, error }, &outbound).await;
                }
            }
        }
        Ok(())
    };
    let ended = tokio::select! {
        ended = reading => ended,
        // Ends only when the client reads no more.
        () = conversation.announce(&outbound) => Ok(()),
        _ = stop.wait_for(|stop| *stop) => Ok(()),
        // The client reads no more: nothing that it still asks can be answered.
        written = &mut writer => return written.unwrap_or(Ok(())),
    };
    conversation.finish().await;
    drop(outbound);
    let written = writer.await.unwrap_or(Ok(()));
    ended.and(written)
}

/// Writes messages, many at once where many are waiting.
async fn write<W: AsyncWrite + Unpin>(mut output: W, mut messages: Messages) -> io::Result<()> {
    let mut batch = Vec::with_capacity(BATCH);
    while let Some(message) = messages.recv().await {
        if messages.senders() > 1 {
            // Others that are about to be answered go along.
            tokio::task::yield_now().await;
        }
        batch.extend_from_slice(&message.into_bytes());
        batch.push(b'\n');
        while batch.len() < BATCH
            && let Some(message) = messages.try_recv()
        {
            batch.extend_from_slice(&message.into_bytes());
            batch.push(b'\n');
        }
        output.write_all(&batch).await?;
        output.flush().await?;
        batch.clear();
        batch.shrink_to(BATCH);
    }
    Ok(())
}

/// One line of input, without its end.
enum Line {
    Message(Vec<u8>),
    /// Longer than allowed; read to its end and dropped.
    TooLong,
}

/// Cuts input into lines.
struct Lines<R> {
    input: R,
    buffer: Vec<u8>,
    /// Where the next line begins in the buffer.
    start: usize,
    /// Up to where the buffer has been searched for its end.
    searched: usize,
    max: usize,
    /// Whether the line being read is too long already.
    skipping: bool,
}

impl<R: AsyncRead + Unpin> Lines<R> {
    fn new(input: R, max: usize) -> Self {
        Lines {
            input,
            buffer: Vec::new(),
            start: 0,
            searched: 0,
            max,
            skipping: false,
        }
    }

    /// The next line that is not empty; none at the end of input. A last line
    /// without a newline counts.
    async fn next(&mut self) -> io::Result<Option<Line>> {
        loop {
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[self.searched..]) {
                let line = self.take(self.searched + end);
                if let Some(line) = self.finished(line) {
                    return Ok(Some(line));
                }
                continue;
            }
            if self.buffer.len() - self.start > self.max {
                self.skipping = true;
                self.buffer.truncate(self.start);
            }
            // What was read at once is cut without being moved; what is left of
            // it now is the beginning of one line.
            self.buffer.drain(..self.start);
            self.start = 0;
            self.searched = self.buffer.len();
            self.buffer.reserve(CHUNK);
            if self.input.read_buf(&mut self.buffer).await? == 0 {
                let line = self.take(self.buffer.len());
                return Ok(self.finished(line));
            }
        }
    }

    /// Takes the line that ends there.
    fn take(&mut self, end: usize) -> Vec<u8> {
        let rest = (end + 1).min(self.buffer.len());
        let line = if end - self.start > CHUNK {
            // A long line keeps its buffer, and is not held twice.
            let after = self.buffer.split_off(rest);
            let mut line = std::mem::replace(&mut self.buffer, after);
            line.truncate(end);
            line.drain(..self.start);
            self.start = 0;
            line
        } else {
            let line = self.buffer[self.start..end].to_vec();
            self.start = rest;
            line
        };
        self.searched = self.start;
        line
    }

    /// What is known to follow the line that was given last.
    fn follow(&self) -> Follow {
        match memchr::memchr(b'\n', &self.buffer[self.start..]) {
            Some(_) => Follow::More,
            None => Follow::Nothing,
        }
    }

    fn finished(&mut self, mut line: Vec<u8>) -> Option<Line> {
        if std::mem::take(&mut self.skipping) {
            return Some(Line::TooLong);
        }
        while line.last().is_some_and(u8::is_ascii_whitespace) {
            line.pop();
        }
        if line.len() > self.max {
            return Some(Line::TooLong);
        }
        (!line.is_empty()).then_some(Line::Message(line))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    async fn lines(input: &[u8], max: usize) -> Vec<String> {
        let mut lines = Lines::new(input, max);
        let mut found = Vec::new();
        while let Some(line) = lines.next().await.expect("reads") {
            found.push(match line {
                Line::Message(bytes) => String::from_utf8(bytes).expect("UTF-8"),
                Line::TooLong => "too long".to_owned(),
            });
        }
        found
    }

    #[tokio::test]
    async fn lines_end_with_newlines_or_the_input() {
        assert_eq!(lines(b"a\r\n\n  \nbc\nd", 10).await, ["a", "bc", "d"]);
        assert!(lines(b"", 10).await.is_empty());
    }

    #[tokio::test]
    async fn a_line_too_long_is_told_and_the_next_is_read() {
        let mut input = vec![b'x'; 100_000];
        input.extend_from_slice(b"\nok\n");
        assert_eq!(lines(&input, 10).await, ["too long", "ok"]);
        assert_eq!(lines(b"12345\n123456\n", 5).await, ["12345", "too long"]);
    }
}
