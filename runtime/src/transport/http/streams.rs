//! The event streams of one legacy session.
//!
//! A stream is filled by a pump, a task that takes from the channel into which
//! the conversation speaks, and is read by the body of a response. When the
//! connection is lost, the stream stays for [`KEPT`] after its end or the loss,
//! whichever is later, so that the client can come back for what it missed;
//! then it is forgotten, and at once when the session ends. A request goes on
//! without its stream, unheard.
//!
//! Bounds: a stream keeps 256 events and 1 MiB, or one longer event; a session
//! 8 MiB in all its streams, or one longer event, and 256 streams that nobody
//! reads. When something that was not taken would have to go, the pump stops,
//! then the channel is full, and then the guest waits. In a session without
//! room, what goes first are events that were taken, then whole streams that
//! nobody reads, the oldest first; who comes back for them is told so. If that
//! is not enough, the session's next request waits, so that beside the 8 MiB
//! there are at most the messages of requests that were in flight by then.
//!
//! Source: MCP 2025-11-25, basic, transports, "Resumability and Redelivery".

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use tokio::sync::Notify;

use super::event_stream::{EventId, Source};
use super::stream::{NotKept, Stream};
use crate::dispatch::{Messages, Outgoing};

/// How long a stream is kept that nobody reads.
pub(super) const KEPT: Duration = Duration::from_secs(60);
/// Bytes of events that all streams of a session keep.
const MAX_BYTES: usize = 8 << 20;
/// Streams of a session that nobody reads.
const MAX_LEFT: usize = 256;

#[derive(Default)]
pub(super) struct Streams {
    table: Mutex<Table>,
    /// Told when pumps may find room that they had not.
    room: Notify,
}

#[derive(Default)]
struct Table {
    /// By id, which is the order in which they were opened.
    streams: BTreeMap<u64, Stream>,
    opened: u64,
    standing: Option<u64>,
    closed: bool,
    last_read: Option<Instant>,
}

/// Why a stream cannot be resumed.
#[derive(Debug, thiserror::Error)]
pub(super) enum NotResumed {
    #[error(
        "no stream of this session has an event with the id `{0}`; streams are kept for {kept} s \
         after their connection is lost",
        kept = KEPT.as_secs()
    )]
    NoStream(String),
    #[error(transparent)]
    NotKept(#[from] NotKept),
}

/// What became of a message.
#[derive(Debug, PartialEq, Eq)]
enum Pushed {
    Done,
    /// After having waited for room in the session.
    DoneAtLast,
    /// Other messages have to be taken first.
    Full,
    /// The stream is forgotten.
    Gone,
}

impl Streams {
    /// Opens a stream for the answer to a request, and reads it. None if the
    /// session is ended.
    pub(super) fn open(
        self: &Arc<Self>,
        first: Option<Outgoing>,
        messages: Messages,
    ) -> Option<Reader> {
        let mut table = self.lock();
        let id = self.fill(&mut table, false, first, messages)?;
        self.attach(&mut table, id)
    }

    /// Reads the stream for what the server says by itself, from what nobody
    /// has taken yet on. Where there is none, `messages` makes what fills it.
    /// None if the session is ended.
    pub(super) fn standing(
        self: &Arc<Self>,
        messages: impl FnOnce() -> Messages,
    ) -> Option<Reader> {
        let mut table = self.lock();
        let live = table.standing.filter(|id| {
            let stream = table.streams.get(id);
            stream.is_some_and(|stream| !stream.is_ended())
        });
        let id = match live {
            Some(id) => id,
            None if table.closed => return None,
            None => self.fill(&mut table, true, None, messages())?,
        };
        table.standing = Some(id);
        self.attach(&mut table, id)
    }

    /// Reads on behind the event with this id.
    pub(super) fn resume(self: &Arc<Self>, last: &str) -> Result<Reader, NotResumed> {
        let unknown = || NotResumed::NoStream(last.to_owned());
        let id = EventId::parse(last).ok_or_else(unknown)?;
        let mut table = self.lock();
        table.forget_old();
        let stream = table.streams.get_mut(&id.stream).ok_or_else(unknown)?;
        stream.rewind(id.number)?;
        self.attach(&mut table, id.stream).ok_or_else(unknown)
    }

    /// Waits while a message of another request finds no room.
    pub(super) async fn has_room(&self) {
        loop {
            let room = self.room.notified();
            if !self.lock().streams.values().any(Stream::is_starved) {
                return;
            }
            room.await;
        }
    }

    /// Ends all streams; no more are opened.
    pub(super) fn close(&self) {
        let mut table = self.lock();
        table.closed = true;
        table.streams.clear();
        drop(table);
        self.room.notify_waiters();
    }

    /// Whether the session is ended.
    pub(super) fn is_closed(&self) -> bool {
        self.lock().closed
    }

    /// Forgets the streams that nobody has come back for.
    pub(super) fn forget_old(&self) {
        self.lock().forget_old();
        self.room.notify_waiters();
    }

    /// Whether nobody has read any of them for so long.
    pub(super) fn unread_for(&self, silence: Duration) -> bool {
        let table = self.lock();
        table.streams.values().all(|stream| stream.left().is_some())
            && table.last_read.is_none_or(|last| last.elapsed() >= silence)
    }

    fn fill(
        self: &Arc<Self>,
        table: &mut Table,
        standing: bool,
        first: Option<Outgoing>,
        messages: Messages,
    ) -> Option<u64> {
        if table.closed {
            return None;
        }
        table.opened += 1;
        let id = table.opened;
        let mut stream = Stream::new(id, standing);
        let pump = tokio::spawn(pump(Arc::clone(self), id, first, messages));
        stream.filled_by(pump.abort_handle());
        table.streams.insert(id, stream);
        Some(id)
    }

    fn attach(self: &Arc<Self>, table: &mut Table, id: u64) -> Option<Reader> {
        let stream = table.streams.get_mut(&id)?;
        let (number, before) = stream.attach();
        Some(Reader {
            streams: Arc::clone(self),
            number,
            before,
            standing: stream.is_standing(),
        })
    }

    /// Adds a message when there is room. False if the stream is forgotten.
    async fn push(&self, id: u64, message: &[u8]) -> bool {
        loop {
            let room = self.room.notified();
            let pushed = self.lock().push(id, message);
            match pushed {
                Pushed::Done => return true,
                Pushed::DoneAtLast => {
                    self.room.notify_waiters();
                    return true;
                }
                Pushed::Full => room.await,
                Pushed::Gone => return false,
            }
        }
    }

    fn end(&self, id: u64) {
        if let Some(stream) = self.lock().streams.get_mut(&id) {
            stream.end();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Table> {
        self.table.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Fills a stream until nobody speaks into it any more.
async fn pump(streams: Arc<Streams>, id: u64, mut first: Option<Outgoing>, mut messages: Messages) {
    loop {
        let message = match first.take() {
            Some(first) => Some(first),
            None => messages.recv().await,
        };
        let Some(message) = message else { break };
        if !streams.push(id, &message.into_bytes()).await {
            return;
        }
    }
    streams.end(id);
}

impl Table {
    fn push(&mut self, id: u64, message: &[u8]) -> Pushed {
        let Some(stream) = self.streams.get_mut(&id) else {
            return Pushed::Gone;
        };
        if !stream.make_room(message.len()) {
            return Pushed::Full;
        }
        while self.bytes() + message.len() > MAX_BYTES {
            if !self.free(id) {
                if self.bytes() == 0 {
                    break;
                }
                if let Some(stream) = self.streams.get_mut(&id) {
                    stream.starve();
                }
                return Pushed::Full;
            }
        }
        let Some(stream) = self.streams.get_mut(&id) else {
            return Pushed::Gone;
        };
        let waited = stream.is_starved();
        stream.push(message);
        if waited {
            Pushed::DoneAtLast
        } else {
            Pushed::Done
        }
    }

    /// Bytes that all streams keep.
    fn bytes(&self) -> usize {
        self.streams.values().map(Stream::bytes).sum()
    }

    /// Frees some memory, but not that of the stream that needs it.
    fn free(&mut self, needs: u64) -> bool {
        if self.streams.values_mut().any(Stream::forget_taken) {
            return true;
        }
        self.forget_left(|id, stream| id != needs && stream.bytes() > 0)
    }

    /// Forgets the stream that nobody has read for longest, of those that may
    /// go. False if none may.
    fn forget_left(&mut self, may: impl Fn(u64, &Stream) -> bool) -> bool {
        let left = self.streams.iter().filter(|(id, stream)| may(**id, stream));
        let left = left.filter_map(|(id, stream)| Some((stream.left()?, *id)));
        let Some((_, oldest)) = left.min() else {
            return false;
        };
        if let Some(stream) = self.streams.remove(&oldest)
            && !stream.is_finished()
        {
            tracing::debug!("forgot an event stream that nobody came back for");
        }
        true
    }

    fn forget_old(&mut self) {
        self.streams
            .retain(|_, stream| stream.left().is_none_or(|left| left.elapsed() < KEPT));
    }

    /// Keeps the number of streams that nobody reads within its bound. Those
    /// that were taken to their end go first.
    fn bound(&mut self) {
        let left = |table: &Self| {
            let left = table
                .streams
                .values()
                .filter(|stream| stream.left().is_some());
            left.count()
        };
        while left(self) > MAX_LEFT {
            if !self.forget_left(|_, stream| stream.is_finished()) {
                self.forget_left(|_, _| true);
            }
        }
    }
}

/// Who takes the events of a stream, until a newer one does.
pub(super) struct Reader {
    streams: Arc<Streams>,
    number: u64,
    /// The event after which it began.
    before: EventId,
    standing: bool,
}

impl Reader {
    /// Its number among the stream's readers, and the event after which it
    /// began.
    pub(super) fn beginning(&self) -> (u64, EventId) {
        (self.number, self.before)
    }

    /// Whether it reads the stream for what the server says by itself.
    pub(super) fn is_standing(&self) -> bool {
        self.standing
    }
}

impl Source for Reader {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        let mut table = self.streams.lock();
        let Some(stream) = table.streams.get_mut(&self.before.stream) else {
            return Poll::Ready(None);
        };
        let taken = stream.poll_take(self.number, cx);
        drop(table);
        if taken.is_ready() {
            self.streams.room.notify_waiters();
        }
        taken
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let mut table = self.streams.lock();
        let stream = table.streams.get_mut(&self.before.stream);
        if stream.is_some_and(|stream| stream.leave(self.number)) {
            table.last_read = Some(Instant::now());
            table.bound();
        }
        drop(table);
        self.streams.room.notify_waiters();
    }
}

#[cfg(test)]
mod tests;
