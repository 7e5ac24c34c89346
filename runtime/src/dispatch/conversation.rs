//! A stream of messages in both directions, as stdio and sockets carry it.
//!
//! A transport frames; this takes its messages one by one and gives the
//! answers, in whatever order they are ready, to the [`Outbound`] channel.
//! Every request gets exactly one answer, unless it is cancelled.

use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, mpsc};

use super::Dispatcher;
use super::caller::Caller;
use super::in_flight::InFlight;
use super::session::Session;
use crate::protocol::jsonrpc::{self, Id, Message, Notification, Rejected, Request};
use crate::protocol::members::Members;
use crate::protocol::{RequestMeta, RpcError};

/// Messages for the client, each a whole JSON text without its framing. Full
/// means that the client reads too slowly; senders wait.
pub type Outbound = mpsc::Sender<Vec<u8>>;

/// Bytes of all the requests in flight together, in KiB: a flood of long
/// messages is slowed like one of many.
const IN_FLIGHT_KIB: u32 = 64 << 10;

/// Bounds of a conversation.
#[derive(Clone, Copy, Debug)]
pub struct ConversationOptions {
    /// Requests in flight; the next message is read when there is room.
    pub max_in_flight: usize,
}

/// One client's conversation.
pub struct Conversation {
    dispatcher: Arc<Dispatcher>,
    session: Session,
    in_flight: Arc<InFlight>,
    room: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    max_in_flight: usize,
    outbound: Outbound,
}

/// What a request in flight takes up, given back when it is answered.
struct Room {
    _request: OwnedSemaphorePermit,
    _memory: OwnedSemaphorePermit,
}

impl Conversation {
    /// A conversation that answers into `outbound`.
    pub fn new(
        dispatcher: Arc<Dispatcher>,
        outbound: Outbound,
        options: ConversationOptions,
    ) -> Arc<Self> {
        let max_in_flight = options.max_in_flight.clamp(1, u32::MAX as usize);
        Arc::new(Conversation {
            dispatcher,
            session: Session::default(),
            in_flight: Arc::default(),
            room: Arc::new(Semaphore::new(max_in_flight)),
            memory: Arc::new(Semaphore::new(IN_FLIGHT_KIB as usize)),
            max_in_flight,
            outbound,
        })
    }

    /// Takes one message. Returns when it is answered or being worked on, and
    /// waits while too many requests are in flight, which is what slows down a
    /// client that floods.
    pub async fn receive(self: &Arc<Self>, message: Vec<u8>) {
        match jsonrpc::parse(&message) {
            Ok(Message::Request(Request { id, method, .. })) => {
                // What changes the session comes into force before the next
                // message is read: clients may send it without waiting.
                let in_order = matches!(&*method, "initialize" | "logging/setLevel");
                self.start(id, in_order, message).await;
            }
            Ok(Message::Notification(notification)) => self.notified(&notification),
            Ok(Message::Response) => tracing::debug!("a response to no request of ours"),
            Err(rejected) => self.reject(rejected).await,
        }
    }

    /// Answers a message that was refused before it was parsed.
    pub async fn reject(&self, rejected: Rejected) {
        let answer = jsonrpc::error_response(rejected.id.as_ref(), &rejected.error);
        self.send(answer).await;
    }

    /// Waits until all requests in flight are answered.
    pub async fn finish(&self) {
        let all = u32::try_from(self.max_in_flight).unwrap_or(u32::MAX);
        let _ = self.room.acquire_many(all).await;
    }

    async fn start(self: &Arc<Self>, id: Id, in_order: bool, message: Vec<u8>) {
        let room = self.room(message.len()).await;
        let work = Arc::clone(self).work(message, room);
        if in_order {
            work.await;
        } else if !self.in_flight.start(&id, work) {
            let error = RpcError::invalid_request(format!(
                "a request with the id {} is in flight already",
                id.as_json()
            ));
            self.send(jsonrpc::error_response(Some(&id), &error)).await;
        }
    }

    async fn room(&self, bytes: usize) -> Room {
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        let kib = kib.saturating_add(1).min(IN_FLIGHT_KIB);
        let request = Arc::clone(&self.room).acquire_owned().await;
        let memory = Arc::clone(&self.memory).acquire_many_owned(kib).await;
        Room {
            _request: request.expect("never closed"),
            _memory: memory.expect("never closed"),
        }
    }

    async fn work(self: Arc<Self>, message: Vec<u8>, room: Room) {
        // Parsed again, since a request borrows from its message: that is
        // cheaper than owning its parts.
        let Ok(Message::Request(request)) = jsonrpc::parse(&message) else {
            return;
        };
        let _even_if_it_panics = OnPanic {
            conversation: &self,
            id: &request.id,
        };
        let answer = match self.answer(&request).await {
            Ok(result) => jsonrpc::response(&request.id, &result),
            Err(error) => jsonrpc::error_response(Some(&request.id), &error),
        };
        self.send(answer).await;
        drop(room);
    }

    async fn answer(&self, request: &Request<'_>) -> Result<Vec<u8>, RpcError> {
        let params = Members::parse("params", request.params)?;
        let meta = RequestMeta::parse(params.get("_meta"))?;
        let method = &*request.method;
        if method == "initialize" && meta.protocol_version.is_none() {
            return self.dispatcher.initialize(&params, &self.session);
        }
        let caller = Caller::identify(method, meta, &self.session, self.outbound.clone())?;
        if method == "logging/setLevel" && !caller.revision.is_modern() {
            self.session
                .set_log_level(super::lifecycle::wanted_log_level(&params)?);
        }
        self.dispatcher.answer(method, &params, &caller).await
    }

    /// Notifications are answered by nothing, not even where they are wrong.
    fn notified(&self, notification: &Notification<'_>) {
        match &*notification.method {
            "notifications/cancelled" => {
                let id = Members::parse("params", notification.params)
                    .ok()
                    .and_then(|params| params.get("requestId"))
                    .and_then(Id::parse);
                match id {
                    Some(id) => self.in_flight.cancel(&id),
                    None => tracing::debug!("a cancellation without a `requestId`"),
                }
            }
            "notifications/initialized" => {}
            other => tracing::debug!(method = other, "ignored a notification"),
        }
    }

    async fn send(&self, message: Vec<u8>) {
        // The transport closes the channel when the client is gone; there is
        // nobody left to tell.
        let _ = self.outbound.send(message).await;
    }
}

/// Answers a request whose handler panics.
struct OnPanic<'a> {
    conversation: &'a Conversation,
    id: &'a Id,
}

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let error = RpcError::internal("the runtime failed; its log says where");
            let answer = jsonrpc::error_response(Some(self.id), &error);
            let _ = self.conversation.outbound.try_send(answer);
        }
    }
}
