//! One connection of a legacy event stream.
//!
//! It begins with a priming event where the client knows those, so that the
//! client can come back from its first moment on. The revisions before
//! 2025-11-25 do not, and some of their clients take the empty data for a
//! message. It ends with its stream, when a newer connection replaces it, when
//! the server stops and the stream answers no request, and, if the admin wants
//! that, after a time, with the request to come back. Source: MCP 2025-11-25,
//! basic, transports, "Streamable HTTP".

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use axum::body::Bytes;
use axum::response::Response;
use tokio::sync::watch;
use tokio::time::Sleep;

use super::event_stream::{self, RETRY, Source};
use super::streams::Reader;
use crate::protocol::Revision;

/// Whose connection it is, and how long it may last.
pub(super) struct ConnectionOptions {
    /// What was agreed on in the session.
    pub(super) revision: Option<Revision>,
    /// Whether the reader has named the event that it goes on behind.
    pub(super) resumes: bool,
    /// When it is closed before its stream's end.
    pub(super) timeout: Option<Duration>,
    /// Turns true when the server stops.
    pub(super) stop: watch::Receiver<bool>,
}

struct Connection {
    reader: Reader,
    priming: Option<Bytes>,
    timeout: Option<Pin<Box<Sleep>>>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
    stopping: bool,
    closed: bool,
}

/// The response that a stream is read by.
pub(super) fn response(reader: Reader, options: ConnectionOptions) -> Response {
    let polls = options.revision >= Some(Revision::V2025_11_25);
    let (number, before) = reader.beginning();
    let priming = (polls && !options.resumes).then(|| event_stream::priming(before, number));
    let timeout = options
        .timeout
        .filter(|_| polls && !reader.is_standing())
        .map(|timeout| Box::pin(tokio::time::sleep(timeout)));
    let mut stop = options.stop;
    event_stream::response(Connection {
        reader,
        priming,
        timeout,
        stop: Box::pin(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        }),
        stopping: false,
        closed: false,
    })
}

impl Source for Connection {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(priming) = self.priming.take() {
            return Poll::Ready(Some(priming));
        }
        if self.closed {
            return Poll::Ready(None);
        }
        if !self.stopping && self.stop.as_mut().poll(cx).is_ready() {
            self.stopping = true;
            // There will be no server to come back to.
            self.timeout = None;
        }
        if self.stopping && self.reader.is_standing() {
            return Poll::Ready(None);
        }
        if let Poll::Ready(event) = self.reader.poll_next(cx) {
            return Poll::Ready(event);
        }
        let Some(timeout) = &mut self.timeout else {
            return Poll::Pending;
        };
        ready!(timeout.as_mut().poll(cx));
        self.closed = true;
        Poll::Ready(Some(Bytes::from_static(RETRY.as_bytes())))
    }
}
