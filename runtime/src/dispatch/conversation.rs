//! A stream of messages in both directions, as stdio and sockets carry it.
//!
//! A transport frames; this takes its messages one by one and gives what comes
//! of each, in whatever order it is ready, to the [`Outbound`] channel that
//! came with it.
//! Every request gets exactly one answer, unless it is cancelled.

use std::future::poll_fn;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Poll;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::in_flight::InFlight;
use super::outbound::Outbound;
use super::principal::Principal;
use super::session::Session;
use super::{Dispatcher, Whence, batch};
use crate::protocol::jsonrpc::{self, Id, Message, Notification, Rejected, Request};
use crate::protocol::members::Members;
use crate::protocol::{Revision, RpcError};

/// A message for the client: a whole JSON text without its framing.
#[derive(Debug)]
pub enum Outgoing {
    /// What happens while a request is worked on.
    News(Vec<u8>),
    /// The answer to a request; nothing more follows for it.
    Answer(Answer),
}

impl Outgoing {
    /// The JSON text.
    pub fn as_bytes(&self) -> &[u8] {
        match self {
            Outgoing::News(bytes) => bytes,
            Outgoing::Answer(answer) => &answer.bytes,
        }
    }

    /// The JSON text.
    pub fn into_bytes(self) -> Vec<u8> {
        match self {
            Outgoing::News(bytes) => bytes,
            Outgoing::Answer(answer) => answer.bytes,
        }
    }
}

/// The answer to a request, or to a message that was none.
#[derive(Debug)]
pub struct Answer {
    /// The JSON text.
    pub bytes: Vec<u8>,
    /// The code, if it is an error: transports that have codes of their own
    /// choose theirs by it.
    pub error: Option<i64>,
    /// After how many milliseconds the request may be made again, if it was
    /// refused for a while.
    pub retry_after_ms: Option<u64>,
}

impl Answer {
    /// The answer to the request with this id.
    pub fn new(id: &Id, result: Result<Vec<u8>, RpcError>) -> Answer {
        match result {
            Ok(result) => Answer {
                bytes: jsonrpc::response(id, &result),
                error: None,
                retry_after_ms: None,
            },
            Err(error) => Answer::error(Some(id), &error),
        }
    }

    /// An error, for the request with this id if it could be read.
    pub fn error(id: Option<&Id>, error: &RpcError) -> Answer {
        Answer {
            bytes: jsonrpc::error_response(id, error),
            error: Some(error.code),
            retry_after_ms: error.retry_after_ms(),
        }
    }
}

/// Bytes of all the requests in flight together, in KiB: a flood of long
/// messages is slowed like one of many.
const IN_FLIGHT_KIB: u32 = 64 << 10;
/// Subscriptions of one conversation.
const MAX_SUBSCRIPTIONS: u32 = 256;

/// Whose a conversation is, and its bounds.
#[derive(Clone, Debug)]
pub struct ConversationOptions {
    /// Whom its requests are from.
    pub principal: Principal,
    /// Requests in flight; the next message is read when there is room.
    pub max_in_flight: usize,
}

/// One client's conversation.
pub struct Conversation {
    dispatcher: Arc<Dispatcher>,
    principal: Principal,
    session: Session,
    in_flight: Arc<InFlight>,
    room: Arc<Semaphore>,
    memory: Arc<Semaphore>,
    /// Subscriptions, which last, and so have a place of their own.
    subscriptions: Arc<Semaphore>,
    max_in_flight: usize,
}

/// A request's room, which it gives back when it ends, or before it waits for
/// its client: answers have to be read although no more requests are.
#[derive(Clone)]
pub struct Place(Arc<Mutex<Option<Room>>>);

impl Place {
    /// Gives the room back.
    pub(super) fn give_up(&self) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    }
}

/// What a request in flight takes up.
struct Room {
    _place: OwnedSemaphorePermit,
    _memory: Option<OwnedSemaphorePermit>,
}

/// What is known to follow a message.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// Others have arrived: they are worked on at the same time.
    More,
    /// Nothing yet. Then it is worked on where it is received, for as long as it
    /// waits for nothing: most calls end so, and no other thread need wake up.
    Nothing,
}

/// When a request is worked on.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Order {
    /// Before the next message is read.
    First,
    /// At any time.
    Any(Follow),
    /// At any time, until it is cancelled.
    Lasting,
}

impl Conversation {
    /// A conversation in which nothing was said yet.
    pub fn new(dispatcher: Arc<Dispatcher>, options: ConversationOptions) -> Arc<Self> {
        let max_in_flight = options.max_in_flight.clamp(1, u32::MAX as usize);
        Arc::new(Conversation {
            dispatcher,
            principal: options.principal,
            session: Session::default(),
            in_flight: Arc::default(),
            room: Arc::new(Semaphore::new(max_in_flight)),
            memory: Arc::new(Semaphore::new(IN_FLIGHT_KIB as usize)),
            subscriptions: Arc::new(Semaphore::new(MAX_SUBSCRIPTIONS as usize)),
            max_in_flight,
        })
    }

    /// The revision agreed on, once it is.
    pub fn revision(&self) -> Option<Revision> {
        self.session.get().map(|negotiated| negotiated.revision)
    }

    /// Takes one message. Returns when it is answered or being worked on, and
    /// waits while too many requests are in flight, which is what slows down a
    /// client that floods.
    pub async fn receive(self: &Arc<Self>, message: Vec<u8>, follow: Follow, outbound: &Outbound) {
        if self.takes_batch(&message) {
            batch::receive(self, &message, outbound).await;
        } else {
            self.receive_one(message, follow, outbound).await;
        }
    }

    /// Takes one message that is no batch.
    pub(super) async fn receive_one(
        self: &Arc<Self>,
        message: Vec<u8>,
        follow: Follow,
        outbound: &Outbound,
    ) {
        match jsonrpc::parse(&message) {
            Ok(Message::Request(Request { id, method, .. })) => {
                // What changes the session comes into force before the next
                // message is read: clients may send it without waiting.
                let order = match &*method {
                    "initialize" | "logging/setLevel" => Order::First,
                    "subscriptions/listen" => Order::Lasting,
                    _ => Order::Any(follow),
                };
                self.start(id, order, message, outbound).await;
            }
            Ok(Message::Notification(notification)) => self.notified(&notification),
            Ok(Message::Response(response)) => {
                let requests = self.session.requests();
                requests.answered(&response.id, response.outcome);
            }
            Err(rejected) => reject(&rejected, outbound).await,
        }
    }

    /// Tells a legacy client of changes, for as long as somebody takes what is
    /// sent and the conversation goes on.
    pub async fn announce(&self, outbound: &Outbound) {
        self.dispatcher.announce(&self.session, outbound).await;
    }

    /// Ends the conversation, and cancels what is in flight: nobody can be
    /// answered any more.
    pub fn abandon(&self) {
        self.close();
        self.in_flight.cancel_all();
    }

    /// Ends the conversation: nothing is asked or told any more. What is in
    /// flight goes on.
    pub fn close(&self) {
        self.session.close();
    }

    /// Ends the conversation, and waits until all requests in flight are
    /// answered.
    pub async fn finish(&self) {
        self.close();
        let all = u32::try_from(self.max_in_flight).unwrap_or(u32::MAX);
        let _ = self.room.acquire_many(all).await;
        let _ = self.subscriptions.acquire_many(MAX_SUBSCRIPTIONS).await;
        // Those that gave up their room.
        self.in_flight.emptied().await;
    }

    async fn start(self: &Arc<Self>, id: Id, order: Order, message: Vec<u8>, outbound: &Outbound) {
        let room = match order {
            Order::Lasting => match Arc::clone(&self.subscriptions).try_acquire_owned() {
                Ok(place) => Room {
                    _place: place,
                    _memory: None,
                },
                Err(_) => {
                    let error = RpcError::invalid_request(format!(
                        "{MAX_SUBSCRIPTIONS} subscriptions are open here, which is the limit"
                    ));
                    return send(outbound, Answer::error(Some(&id), &error)).await;
                }
            },
            _ => self.room(message.len()).await,
        };
        if !self.in_flight.enter(&id) {
            let error = RpcError::invalid_request(format!(
                "a request with the id {} is in flight already",
                id.as_json()
            ));
            return send(outbound, Answer::error(Some(&id), &error)).await;
        }
        let mut work = Box::pin(Arc::clone(self).work(message, room, outbound.clone()));
        match order {
            Order::First => work.await,
            Order::Any(Follow::Nothing) if begun(&mut work).await.is_ready() => {}
            _ => self.in_flight.spawn(&id, work),
        }
    }

    async fn room(&self, bytes: usize) -> Room {
        let kib = u32::try_from(bytes >> 10).unwrap_or(u32::MAX);
        let kib = kib.saturating_add(1).min(IN_FLIGHT_KIB);
        let request = Arc::clone(&self.room).acquire_owned().await;
        let memory = Arc::clone(&self.memory).acquire_many_owned(kib).await;
        Room {
            _place: request.expect("never closed"),
            _memory: Some(memory.expect("never closed")),
        }
    }

    async fn work(self: Arc<Self>, message: Vec<u8>, room: Room, outbound: Outbound) {
        // Parsed again, since a request borrows from its message: that is
        // cheaper than owning its parts.
        let Ok(Message::Request(request)) = jsonrpc::parse(&message) else {
            return;
        };
        let _even_if_it_panics = OnPanic {
            outbound: &outbound,
            in_flight: &self.in_flight,
            id: &request.id,
        };
        let place = Place(Arc::new(Mutex::new(Some(room))));
        let whence = Whence {
            principal: &self.principal,
            session: Some(&self.session),
            place: Some(&place),
        };
        let result = self.dispatcher.respond(&request, whence, &outbound).await;
        let answer = Answer::new(&request.id, result);
        self.in_flight.finish(&request.id);
        send(&outbound, answer).await;
        place.give_up();
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
}

/// Works on a request until it ends or waits for something. If it panics it has
/// ended, and was answered.
async fn begun(work: &mut Pin<Box<impl Future<Output = ()>>>) -> Poll<()> {
    poll_fn(|cx| {
        let polled = catch_unwind(AssertUnwindSafe(|| work.as_mut().poll(cx)));
        Poll::Ready(polled.unwrap_or(Poll::Ready(())))
    })
    .await
}

/// Answers a message that could not be taken.
pub async fn reject(rejected: &Rejected, outbound: &Outbound) {
    let answer = Answer::error(rejected.id.as_ref(), &rejected.error);
    send(outbound, answer).await;
}

async fn send(outbound: &Outbound, answer: Answer) {
    // The transport closes the channel when the client is gone; there is nobody
    // left to tell.
    let _ = outbound.send(Outgoing::Answer(answer)).await;
}

/// Answers a request whose handler panics.
struct OnPanic<'a> {
    outbound: &'a Outbound,
    in_flight: &'a InFlight,
    id: &'a Id,
}

impl Drop for OnPanic<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            let error = RpcError::internal("the runtime failed; its log says where");
            let answer = Answer::error(Some(self.id), &error);
            self.in_flight.finish(self.id);
            let _ = self.outbound.try_send(Outgoing::Answer(answer));
        }
    }
}
