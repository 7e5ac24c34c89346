//! HTTP+SSE, the transport of 2024-11-05, for clients that know no other.
//!
//! GET `/sse` opens a session and its one event stream, which first says where
//! messages are posted to: `/messages?session=…`, with an id that cannot be
//! guessed. A POST there is accepted, and what comes of it is told on the
//! stream. The session ends with its stream, and what is in flight in it is
//! cancelled: nobody can be answered any more.
//!
//! Bounds: 16 messages wait for a client that does not read; then its requests
//! wait with their answers, and then its POSTs. Source: MCP 2024-11-05, basic,
//! transports, "HTTP with SSE".

use std::collections::HashMap;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use axum::Router;
use axum::body::{Body, Bytes};
use axum::extract::{Request, State};
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse as _, Response};
use axum::routing;
use tokio::sync::OwnedSemaphorePermit;
use url::form_urlencoded;

use super::event_stream::{self, Source};
use super::sessions::New;
use super::{Server, post, refusal};
use crate::dispatch::{Conversation, Follow, Messages, Outbound, Outgoing};
use crate::protocol::RpcError;
use crate::protocol::jsonrpc;

const STREAM: &str = "/sse";
const MESSAGES: &str = "/messages";
/// Messages that may wait for a slow reader.
const OUTBOUND: usize = 16;

/// Its two endpoints.
pub(super) fn routes() -> Router<Arc<Server>> {
    let other = || async { StatusCode::METHOD_NOT_ALLOWED };
    Router::new()
        .route(STREAM, routing::get(open).head(other))
        .route(MESSAGES, routing::post(post))
}

/// The sessions that are open.
#[derive(Default)]
pub(super) struct Listening(Mutex<HashMap<String, Open>>);

struct Open {
    conversation: Arc<Conversation>,
    outbound: Outbound,
    _place: OwnedSemaphorePermit,
}

impl Listening {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

async fn open(State(server): State<Arc<Server>>) -> Response {
    let New {
        id,
        conversation,
        place,
    } = match New::session(&server) {
        Ok(new) => new,
        Err(error) => return refusal(StatusCode::SERVICE_UNAVAILABLE, &error),
    };
    let (outbound, messages) = Outbound::channel(OUTBOUND);
    let announced = (Arc::clone(&conversation), outbound.clone());
    tokio::spawn(async move { announced.0.announce(&announced.1).await });
    let session = Open {
        conversation: Arc::clone(&conversation),
        outbound,
        _place: place,
    };
    server.listening.lock().insert(id.clone(), session);
    let mut stop = server.stop.clone();
    event_stream::response(Outlet {
        endpoint: Some(event_stream::endpoint(&format!("{MESSAGES}?session={id}"))),
        messages,
        answered: Box::pin(async move {
            let _ = stop.wait_for(|stop| *stop).await;
            conversation.finish().await;
        }),
        over: false,
        _session: Session { server, id },
    })
}

async fn post(State(server): State<Arc<Server>>, request: Request) -> Response {
    let (head, body) = request.into_parts();
    take(&server, &head.uri, body)
        .await
        .unwrap_or_else(|refused| refused)
}

async fn take(server: &Server, uri: &Uri, body: Body) -> Result<Response, Response> {
    let refused = |status, why: &str| refusal(status, &RpcError::invalid_request(why.to_owned()));
    let mut query = form_urlencoded::parse(uri.query().unwrap_or_default().as_bytes());
    let Some((_, id)) = query.find(|(name, _)| name == "session") else {
        let why = "the query names no `session`; use the path that the stream gives first";
        return Err(refused(StatusCode::BAD_REQUEST, why));
    };
    let ended = || refused(StatusCode::NOT_FOUND, "no such session; GET /sse opens one");
    let find = || {
        let sessions = server.listening.lock();
        let open = sessions.get(&*id)?;
        Some((Arc::clone(&open.conversation), open.outbound.clone()))
    };
    let (conversation, outbound) = find().ok_or_else(ended)?;
    let body = post::read(server, body).await?;
    // Nobody waits on the stream for the answer to a message without an id.
    if !conversation.takes_batch(&body)
        && let Err(rejected) = jsonrpc::parse(&body)
        && rejected.id.is_none()
    {
        return Err(refusal(StatusCode::BAD_REQUEST, &rejected.error));
    }
    tokio::select! {
        () = conversation.receive(body.into(), Follow::Nothing, &outbound) => {}
        () = outbound.closed() => {}
    }
    if outbound.is_closed() {
        // Begun at the moment at which the session ended.
        conversation.abandon();
        return Err(ended());
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// What a session's stream says.
struct Outlet {
    endpoint: Option<Bytes>,
    messages: Messages,
    /// Ready when the server stops and everything is answered.
    answered: Pin<Box<dyn Future<Output = ()> + Send>>,
    over: bool,
    _session: Session,
}

impl Source for Outlet {
    fn poll_next(&mut self, cx: &mut Context<'_>) -> Poll<Option<Bytes>> {
        if let Some(endpoint) = self.endpoint.take() {
            return Poll::Ready(Some(endpoint));
        }
        loop {
            if let Poll::Ready(message) = self.messages.poll_recv(cx) {
                let event = |message: Outgoing| event_stream::message(None, &message.into_bytes());
                return Poll::Ready(message.map(event));
            }
            if self.over {
                return Poll::Ready(None);
            }
            ready!(self.answered.as_mut().poll(cx));
            // What was told last is still in the channel.
            self.over = true;
        }
    }
}

/// A session that ends with its stream.
struct Session {
    server: Arc<Server>,
    id: String,
}

impl Drop for Session {
    fn drop(&mut self) {
        let ended = self.server.listening.lock().remove(&self.id);
        if let Some(ended) = ended {
            ended.conversation.abandon();
        }
    }
}
