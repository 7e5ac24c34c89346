//! One event stream of a legacy session, which outlives its connections.
//!
//! Its events are numbered from 1. Those that its reader has not taken yet are
//! kept, and so are those before them while there is room, for a reader that
//! has to come back for them. It has one reader at a time: a newer one replaces
//! the one before.
//!
//! Nothing here waits, and nothing here knows of other streams; see
//! [`super::streams`].

use std::collections::VecDeque;
use std::task::{Context, Poll, Waker};
use std::time::Instant;

use axum::body::Bytes;
use tokio::task::AbortHandle;

use super::event_stream::{self, EventId};

/// Events that are kept.
const MAX_EVENTS: usize = 256;
/// Bytes of the events that are kept. An event that is longer is kept alone.
const MAX_BYTES: usize = 1 << 20;
/// What its framing adds to a message, at most.
const FRAMING: usize = 96;

pub(super) struct Stream {
    id: u64,
    /// Whether it is for what the server says by itself, not for an answer.
    standing: bool,
    events: VecDeque<Bytes>,
    /// The number of the first event that is kept.
    first: u64,
    /// The number of the event that the reader takes next.
    next: u64,
    bytes: usize,
    ended: bool,
    /// How many readers there were. The last is the one that counts.
    readers: u64,
    /// Since when nobody reads it.
    left: Option<Instant>,
    reader: Option<Waker>,
    /// What fills it.
    pump: Option<AbortHandle>,
    /// Whether it has a message that finds no room in the session.
    starved: bool,
}

/// Why a reader cannot go on where it wants to.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub(super) enum NotKept {
    #[error("no event of this stream has the id `{0}`; the last has `{1}`")]
    Unknown(EventId, EventId),
    #[error("what followed the event `{0}` is no longer kept")]
    Forgotten(EventId),
}

impl Stream {
    pub(super) fn new(id: u64, standing: bool) -> Self {
        Stream {
            id,
            standing,
            events: VecDeque::new(),
            first: 1,
            next: 1,
            bytes: 0,
            ended: false,
            readers: 0,
            left: Some(Instant::now()),
            reader: None,
            pump: None,
            starved: false,
        }
    }

    /// What ends when the stream is forgotten.
    pub(super) fn filled_by(&mut self, pump: AbortHandle) {
        self.pump = Some(pump);
    }

    pub(super) fn is_standing(&self) -> bool {
        self.standing
    }

    pub(super) fn is_ended(&self) -> bool {
        self.ended
    }

    /// Bytes that it keeps.
    pub(super) fn bytes(&self) -> usize {
        self.bytes
    }

    /// Since when nobody reads it; none if somebody does.
    pub(super) fn left(&self) -> Option<Instant> {
        self.left
    }

    /// Whether it has a message that finds no room in the session.
    pub(super) fn is_starved(&self) -> bool {
        self.starved
    }

    pub(super) fn starve(&mut self) {
        self.starved = true;
    }

    /// Whether everything was taken that will ever be in it.
    pub(super) fn is_finished(&self) -> bool {
        self.ended && self.next == self.after_last()
    }

    /// Makes room for a message by forgetting what was taken. False if the
    /// reader has to take more first.
    pub(super) fn make_room(&mut self, message: usize) -> bool {
        while self.events.len() >= MAX_EVENTS || self.bytes + message + FRAMING > MAX_BYTES {
            if self.events.is_empty() {
                return true;
            }
            if !self.forget_taken() {
                return false;
            }
        }
        true
    }

    /// Forgets the oldest event, if it was taken.
    pub(super) fn forget_taken(&mut self) -> bool {
        if self.first == self.next {
            return false;
        }
        let Some(event) = self.events.pop_front() else {
            return false;
        };
        self.first += 1;
        self.bytes -= event.len();
        true
    }

    /// Adds a message, for which room was made.
    pub(super) fn push(&mut self, message: &[u8]) {
        let event = event_stream::message(Some(self.event(self.after_last())), message);
        self.bytes += event.len();
        self.events.push_back(event);
        self.starved = false;
        self.wake();
    }

    /// Nothing is added any more.
    pub(super) fn end(&mut self) {
        self.ended = true;
        self.left = self.left.map(|_| Instant::now());
        self.wake();
    }

    /// Takes a new reader, which goes on behind the last event that was taken,
    /// and ends the one before. Gives its number and the event's.
    pub(super) fn attach(&mut self) -> (u64, EventId) {
        self.readers += 1;
        self.left = None;
        self.wake();
        (self.readers, self.event(self.next - 1))
    }

    /// Goes back to what followed an event.
    pub(super) fn rewind(&mut self, after: u64) -> Result<(), NotKept> {
        let wanted = self.event(after);
        if after >= self.after_last() {
            let last = self.event(self.after_last() - 1);
            return Err(NotKept::Unknown(wanted, last));
        }
        if after + 1 < self.first {
            return Err(NotKept::Forgotten(wanted));
        }
        self.next = after + 1;
        Ok(())
    }

    /// The next event for this reader; none if nothing more will come for it.
    pub(super) fn poll_take(&mut self, reader: u64, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if reader != self.readers {
            return Poll::Ready(None);
        }
        let taken = usize::try_from(self.next - self.first).unwrap_or(usize::MAX);
        if let Some(event) = self.events.get(taken) {
            self.next += 1;
            return Poll::Ready(Some(event.clone()));
        }
        if self.ended {
            return Poll::Ready(None);
        }
        self.reader = Some(cx.waker().clone());
        Poll::Pending
    }

    /// This reader is gone. False if it had been replaced already.
    pub(super) fn leave(&mut self, reader: u64) -> bool {
        let current = reader == self.readers;
        if current {
            self.left = Some(Instant::now());
            self.reader = None;
        }
        current
    }

    fn event(&self, number: u64) -> EventId {
        EventId {
            stream: self.id,
            number,
        }
    }

    fn after_last(&self) -> u64 {
        self.first + self.events.len() as u64
    }

    fn wake(&mut self) {
        if let Some(reader) = self.reader.take() {
            reader.wake();
        }
    }
}

impl Drop for Stream {
    fn drop(&mut self) {
        // Without the pump nobody takes what is said, and the request's work
        // goes on unheard. The reader finds its stream gone.
        if let Some(pump) = self.pump.take() {
            pump.abort();
        }
        self.wake();
    }
}

#[cfg(test)]
mod tests;
