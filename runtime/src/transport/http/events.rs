//! The response to a request: one JSON object, or an event stream.
//!
//! Source: MCP 2026-07-28, basic, transports, "Receiving Messages"; the stream's
//! format is that of server-sent events in the HTML standard.

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body::Frame;
use tokio::sync::mpsc;
use tokio::time::{Instant, Sleep};

use super::{json, modern_status};
use crate::dispatch::{Answer, Outgoing};

/// After so long without news a comment is sent, so that nobody on the way
/// takes the silence for a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Work on one request.
pub(super) type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Does the work, and answers with JSON if nothing was told before its end,
/// else with a stream. Dropping the response ends the work.
pub(super) async fn answer(mut work: Work, mut news: mpsc::Receiver<Outgoing>) -> Response {
    tokio::select! {
        biased;
        Some(first) = news.recv() => {
            response(Events::new(first.into_bytes(), Some(work), news))
        }
        answer = &mut work => {
            // Told at the last moment, together with the answer.
            match news.try_recv() {
                Ok(first) => {
                    let mut events = Events::new(first.into_bytes(), None, news);
                    events.last = Some(answer);
                    response(events)
                }
                Err(_) => json(modern_status(answer.error), answer),
            }
        }
    }
}

/// A stream of messages that are made elsewhere, the first of them known.
pub(super) fn stream(first: Vec<u8>, messages: mpsc::Receiver<Outgoing>) -> Response {
    response(Events::new(first, None, messages))
}

fn response(events: Events) -> Response {
    let headers = [
        (CONTENT_TYPE, "text/event-stream"),
        (CACHE_CONTROL, "no-cache"),
        // Proxies pass each event on at once.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    (StatusCode::OK, headers, Body::new(events)).into_response()
}

/// Messages as they come, then the answer, then the end.
struct Events {
    ready: VecDeque<Bytes>,
    work: Option<Work>,
    messages: mpsc::Receiver<Outgoing>,
    /// An answer that waits for the news before it.
    last: Option<Answer>,
    silence: Pin<Box<Sleep>>,
}

impl Events {
    fn new(first: Vec<u8>, work: Option<Work>, messages: mpsc::Receiver<Outgoing>) -> Self {
        Events {
            ready: VecDeque::from([event(&first)]),
            work,
            messages,
            last: None,
            silence: Box::pin(tokio::time::sleep(KEEP_ALIVE)),
        }
    }

    /// The next piece of the stream; none at its end.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(ready) = self.ready.pop_front() {
            return Poll::Ready(Some(ready));
        }
        match self.messages.poll_recv(cx) {
            Poll::Ready(Some(message)) => return Poll::Ready(Some(event(&message.into_bytes()))),
            Poll::Ready(None) if self.work.is_none() => {
                let last = self.last.take();
                return Poll::Ready(last.map(|answer| event(&answer.bytes)));
            }
            Poll::Ready(None) | Poll::Pending => {}
        }
        if let Some(work) = &mut self.work
            && let Poll::Ready(answer) = work.as_mut().poll(cx)
        {
            // The work held the other end of the channel: what it told last is
            // still in there and goes first.
            self.work = None;
            self.last = Some(answer);
            return self.poll_next(cx);
        }
        if self.silence.as_mut().poll(cx).is_ready() {
            self.silence.as_mut().reset(Instant::now() + KEEP_ALIVE);
            return Poll::Ready(Some(Bytes::from_static(b":\n\n")));
        }
        Poll::Pending
    }
}

impl http_body::Body for Events {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        self.poll_next(cx).map(|piece| {
            self.silence.as_mut().reset(Instant::now() + KEEP_ALIVE);
            piece.map(|bytes| Ok(Frame::data(bytes)))
        })
    }
}

/// One message as an event. A message is one line, so it is one `data` field.
fn event(message: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(message.len() + 24);
    bytes.extend_from_slice(b"event: message\ndata: ");
    bytes.extend_from_slice(message);
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}
