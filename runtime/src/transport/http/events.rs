//! The response to a modern request: one JSON object, or an event stream.
//!
//! Source: MCP 2026-07-28, basic, transports, "Receiving Messages".

use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll};

use axum::body::Bytes;
use axum::response::Response;

use super::event_stream::{self, Source};
use super::{PATIENCE, json, modern_status};
use crate::dispatch::{Answer, Messages, Outgoing};

/// Work on one request.
pub(super) type Work = Pin<Box<dyn Future<Output = Answer> + Send>>;

/// Does the work, and answers with JSON if it ends before anything is told and
/// before [`PATIENCE`] is, else with a stream. Dropping the response ends the
/// work.
pub(super) async fn answer(mut work: Work, mut news: Messages) -> Response {
    tokio::select! {
        biased;
        Some(first) = news.recv() => {
            event_stream::response(Events::new(Some(first), Some(work), news))
        }
        answer = &mut work => {
            // Told at the last moment, together with the answer.
            match news.try_recv() {
                Some(first) => {
                    let mut events = Events::new(Some(first), None, news);
                    events.last = Some(answer);
                    event_stream::response(events)
                }
                None => json(modern_status(answer.error), answer),
            }
        }
        () = tokio::time::sleep(PATIENCE) => {
            event_stream::response(Events::new(None, Some(work), news))
        }
    }
}

/// Messages as they come, then the answer, then the end.
struct Events {
    first: Option<Bytes>,
    work: Option<Work>,
    messages: Messages,
    /// An answer that waits for the news before it.
    last: Option<Answer>,
}

impl Events {
    fn new(first: Option<Outgoing>, work: Option<Work>, messages: Messages) -> Self {
        Events {
            first: first.map(event),
            work,
            messages,
            last: None,
        }
    }
}

impl Source for Events {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(first) = self.first.take() {
            return Poll::Ready(Some(first));
        }
        match self.messages.poll_recv(cx) {
            Poll::Ready(Some(message)) => return Poll::Ready(Some(event(message))),
            Poll::Ready(None) if self.work.is_none() => {
                let last = self.last.take().map(Outgoing::Answer);
                return Poll::Ready(last.map(event));
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
        Poll::Pending
    }
}

fn event(message: Outgoing) -> Bytes {
    event_stream::message(None, &message.into_bytes())
}
