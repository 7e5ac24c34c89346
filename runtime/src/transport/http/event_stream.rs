//! Event streams as text: server-sent events of the HTML standard.
//!
//! A message is one line, so it is one `data` field of one event.

use std::convert::Infallible;
use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse as _, Response};
use http_body::Frame;
use tokio::time::{Instant, Sleep};

/// The media type.
pub(super) const MEDIA_TYPE: &str = "text/event-stream";

/// Told before a connection is closed although its stream goes on: after how
/// many milliseconds to come back.
pub(super) const RETRY: &str = "retry: 1000\n\n";

/// After so long without news a comment is sent, so that nobody on the way
/// takes the silence for a dead connection.
const KEEP_ALIVE: Duration = Duration::from_secs(15);

/// Where an event stands in its session: in which stream, and as which of its
/// events, from 1. On the wire `3-17`; a priming event, which stands between
/// two others, adds which reader it was for, so that no two are the same:
/// `3-17-2`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct EventId {
    pub(super) stream: u64,
    pub(super) number: u64,
}

impl EventId {
    /// Reads what a client sent back; none if we have never sent it.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let number = |text: &str| {
            let digits = text.bytes().all(|byte| byte.is_ascii_digit());
            text.parse().ok().filter(|_| digits)
        };
        let mut parts = text.split('-');
        let stream = number(parts.next()?)?;
        let event = number(parts.next()?)?;
        if let Some(reader) = parts.next() {
            number(reader)?;
        }
        parts.next().is_none().then_some(Self {
            stream,
            number: event,
        })
    }
}

impl fmt::Display for EventId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}-{}", self.stream, self.number)
    }
}

/// A message as an event, under an id if its stream can be resumed.
pub(super) fn message(id: Option<EventId>, message: &[u8]) -> Bytes {
    let mut bytes = Vec::with_capacity(message.len() + 64);
    if let Some(id) = id {
        bytes.extend_from_slice(format!("id: {id}\n").as_bytes());
    }
    bytes.extend_from_slice(b"event: message\ndata: ");
    bytes.extend_from_slice(message);
    bytes.extend_from_slice(b"\n\n");
    bytes.into()
}

/// The first event for a reader, with no message in it: what follows `id` can
/// be had by coming back. Source: MCP 2025-11-25, basic, transports, "Sending
/// Messages to the Server".
pub(super) fn priming(id: EventId, reader: u64) -> Bytes {
    format!("id: {id}-{reader}\nretry: 1000\ndata:\n\n").into()
}

/// The first event of HTTP+SSE: where messages are posted to.
pub(super) fn endpoint(path: &str) -> Bytes {
    format!("event: endpoint\ndata: {path}\n\n").into()
}

/// What an event stream is made of.
pub(super) trait Source {
    /// The next piece of its text; none at its end.
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>>;
}

/// The response that streams a source. It is polled as the client reads, and
/// dropped when the client goes.
pub(super) fn response(source: impl Source + Send + Unpin + 'static) -> Response {
    let headers = [
        (CONTENT_TYPE, MEDIA_TYPE),
        (CACHE_CONTROL, "no-cache"),
        // Proxies pass each event on at once.
        (HeaderName::from_static("x-accel-buffering"), "no"),
    ];
    let body = Body::new(EventStream {
        source,
        silence: Box::pin(tokio::time::sleep(KEEP_ALIVE)),
    });
    (StatusCode::OK, headers, body).into_response()
}

/// A source, with comments where it is silent.
struct EventStream<S> {
    source: S,
    silence: Pin<Box<Sleep>>,
}

impl<S: Source + Unpin> http_body::Body for EventStream<S> {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        let piece = match self.source.poll_next(cx) {
            Poll::Ready(piece) => piece,
            Poll::Pending if self.silence.as_mut().poll(cx).is_ready() => {
                Some(Bytes::from_static(b":\n\n"))
            }
            Poll::Pending => return Poll::Pending,
        };
        self.silence.as_mut().reset(Instant::now() + KEEP_ALIVE);
        Poll::Ready(piece.map(|bytes| Ok(Frame::data(bytes))))
    }
}

#[cfg(test)]
mod tests {
    use super::EventId;

    #[test]
    fn ids_read_back() {
        let id = EventId {
            stream: 3,
            number: 17,
        };
        assert_eq!(EventId::parse(&id.to_string()), Some(id));
        assert_eq!(EventId::parse("3-17-2"), Some(id));
        for text in [
            "",
            "3",
            "3-",
            "-17",
            "3-17-",
            "3-17-2-1",
            "+3-17",
            "3- 17",
            "a-1",
            "3-99999999999999999999",
        ] {
            assert_eq!(EventId::parse(text), None, "{text}");
        }
    }
}
