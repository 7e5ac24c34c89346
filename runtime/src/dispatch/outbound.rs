//! What goes out to one client, in its order.
//!
//! Bounded by number and by bytes: who sends waits while the client reads too
//! slowly. What a call will answer is not known before it has, so calls do not
//! begin either while there is no room. So beside what is bounded here there
//! are at most the answers of calls that were running by then.

use std::sync::Arc;
use std::task::{Context, Poll};

use tokio::sync::{Semaphore, mpsc};

use super::conversation::Outgoing;

/// KiB of all messages that the client has not read; a longer one goes alone.
const UNREAD_KIB: u32 = 16 << 10;

/// Where messages for a client are put.
#[derive(Clone)]
pub struct Outbound {
    sender: mpsc::Sender<Outgoing>,
    room: Arc<Semaphore>,
}

/// Where messages for a client are taken from. Dropping it ends all waiting.
pub struct Messages {
    receiver: mpsc::Receiver<Outgoing>,
    room: Arc<Semaphore>,
}

/// Nobody takes messages any more: the client is gone.
#[derive(Debug)]
pub struct Gone;

impl Outbound {
    /// A way to a client, for so many messages at a time.
    pub fn channel(messages: usize) -> (Outbound, Messages) {
        let (sender, receiver) = mpsc::channel(messages);
        let room = Arc::new(Semaphore::new(UNREAD_KIB as usize));
        let outbound = Outbound {
            sender,
            room: Arc::clone(&room),
        };
        (outbound, Messages { receiver, room })
    }

    /// Puts a message behind the others, when there is room.
    pub async fn send(&self, message: Outgoing) -> Result<(), Gone> {
        let room = self.room.acquire_many(kib(&message)).await;
        let room = room.map_err(|_closed| Gone)?;
        self.sender.send(message).await.map_err(|_closed| Gone)?;
        // The receiver gives it back.
        room.forget();
        Ok(())
    }

    /// Puts a message behind the others if there is room right now.
    pub fn try_send(&self, message: Outgoing) -> Result<(), Outgoing> {
        let Ok(room) = self.room.try_acquire_many(kib(&message)) else {
            return Err(message);
        };
        let sent = self.sender.try_send(message);
        sent.map_err(mpsc::error::TrySendError::into_inner)?;
        room.forget();
        Ok(())
    }

    /// Waits until nobody takes messages any more.
    pub async fn closed(&self) {
        self.sender.closed().await;
    }

    /// Whether nobody takes messages any more.
    pub fn is_closed(&self) -> bool {
        self.sender.is_closed()
    }

    /// What the client's unread messages leave, in KiB.
    pub(super) fn room(&self) -> Arc<Semaphore> {
        Arc::clone(&self.room)
    }
}

impl Messages {
    /// The next message; none when nobody sends any more.
    pub async fn recv(&mut self) -> Option<Outgoing> {
        let message = self.receiver.recv().await?;
        Some(self.taken(message))
    }

    /// The next message, if there is one.
    pub fn try_recv(&mut self) -> Option<Outgoing> {
        let message = self.receiver.try_recv().ok()?;
        Some(self.taken(message))
    }

    /// The next message, if there is one; none also when nobody sends any more.
    pub fn poll_recv(&mut self, cx: &mut Context<'_>) -> Poll<Option<Outgoing>> {
        let polled = self.receiver.poll_recv(cx);
        polled.map(|message| Some(self.taken(message?)))
    }

    /// How many may still send something.
    pub fn senders(&self) -> usize {
        self.receiver.sender_strong_count()
    }

    fn taken(&self, message: Outgoing) -> Outgoing {
        self.room.add_permits(kib(&message) as usize);
        message
    }
}

impl Drop for Messages {
    fn drop(&mut self) {
        self.room.close();
    }
}

/// What a message counts for; a short one counts by its number alone.
fn kib(message: &Outgoing) -> u32 {
    let kib = message.as_bytes().len() >> 10;
    u32::try_from(kib).map_or(UNREAD_KIB, |kib| kib.min(UNREAD_KIB))
}
