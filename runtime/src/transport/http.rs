//! Streamable HTTP: one endpoint, `/mcp`, for both eras.
//!
//! A modern request is a POST that carries all it needs; it is answered with
//! one JSON object, or with an event stream as soon as news precedes the
//! answer or the answer takes longer than a second, and closing the stream
//! cancels it. A legacy client opens a session by `initialize` and names it in
//! each request after that; its streams survive their connections, and GET
//! opens one for what the server says by itself, or resumes one. Sources: MCP
//! 2026-07-28 and 2025-11-25, basic, transports, "Streamable HTTP".
//!
//! A client that does not read what it is sent is waited for: what is kept for
//! it is bounded, as `streams` and `http_sse` say where there is a session, and
//! to 64 messages for a modern request.

mod connection;
mod event_stream;
mod events;
mod get;
mod guard;
mod headers;
mod http_sse;
mod post;
mod sessions;
mod stream;
mod streams;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use axum::http::header::{ALLOW, CONTENT_TYPE, RETRY_AFTER};
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use guard::Guard;
pub use headers::check as check_headers;

use crate::dispatch::{Answer, Dispatcher};
use crate::protocol::RpcError;
use crate::protocol::error::{INTERNAL_ERROR, METHOD_NOT_FOUND, TOO_MANY_CALLS};
use http_sse::Listening;
use sessions::Sessions;

/// News that may wait for a slow reader before the call stops.
const OUTBOUND: usize = 64;
/// How long an answer is waited for before a stream is begun, on which a sign of
/// life can be given.
const PATIENCE: Duration = Duration::from_secs(1);
/// How long clients have for reading their answers when the server stops.
const GRACE: Duration = Duration::from_secs(60);

/// Bounds of the endpoint.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The longest message, in bytes.
    pub max_message: usize,
    /// Requests in flight in one legacy session.
    pub max_in_flight: usize,
    /// After how long the connection of a legacy event stream is closed, for
    /// clients that come back for the rest of the stream.
    pub stream_timeout: Option<Duration>,
    /// Whether HTTP+SSE, the transport of 2024-11-05, is served too.
    pub http_sse: bool,
    /// Whose requests are taken.
    pub guard: Guard,
}

struct Server {
    dispatcher: Arc<Dispatcher>,
    options: HttpOptions,
    sessions: Sessions,
    listening: Listening,
    stop: watch::Receiver<bool>,
}

/// Takes the address to serve on.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves clients until `stop` turns true. Then streams that answer no request
/// end, and what is in flight is answered; a client that has not read its answer
/// after a minute is cut off.
pub async fn serve(
    dispatcher: Arc<Dispatcher>,
    listener: TcpListener,
    options: HttpOptions,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let http_sse = options.http_sse;
    let server = Arc::new(Server {
        dispatcher,
        options,
        sessions: Sessions::default(),
        listening: Listening::default(),
        stop: stop.clone(),
    });
    let reaper = tokio::spawn(sessions::reap(Arc::clone(&server)));
    let endpoint = routing::post(post::post)
        .get(get::get)
        .delete(sessions::delete)
        // A handler of GET would be one of HEAD too.
        .head(method_not_allowed)
        .fallback(method_not_allowed);
    let mut router = Router::new().route("/mcp", endpoint);
    if http_sse {
        router = router.merge(http_sse::routes());
    }
    let router = router
        .layer(middleware::from_fn_with_state(
            Arc::clone(&server),
            guard::check,
        ))
        .with_state(Arc::clone(&server));
    // Without this each small answer waits for the client's delayed
    // acknowledgement, 40 ms of it.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("cannot set TCP_NODELAY: {error}");
        }
    });
    let stopping = stopped(stop.clone());
    let served = axum::serve(listener, router).with_graceful_shutdown(async move {
        stopping.await;
        server.sessions.stop();
    });
    let served = tokio::select! {
        served = served.into_future() => served,
        () = grace(stop) => {
            tracing::warn!("cutting off clients that have not read their answers");
            Ok(())
        }
    };
    reaper.abort();
    served
}

async fn stopped(mut stop: watch::Receiver<bool>) {
    let _ = stop.wait_for(|stop| *stop).await;
}

async fn grace(stop: watch::Receiver<bool>) {
    stopped(stop).await;
    tokio::time::sleep(GRACE).await;
}

async fn method_not_allowed() -> Response {
    let accepted = [(ALLOW, "GET, POST, DELETE")];
    (StatusCode::METHOD_NOT_ALLOWED, accepted).into_response()
}

/// A JSON-RPC answer as the whole response.
fn json(status: StatusCode, answer: Answer) -> Response {
    let kind = [(CONTENT_TYPE, "application/json")];
    let wait = answer.retry_after_ms.filter(|_| !status.is_success());
    let mut response = (status, kind, answer.bytes).into_response();
    if let Some(wait) = wait {
        let seconds = wait.div_ceil(1000);
        response.headers_mut().insert(RETRY_AFTER, seconds.into());
    }
    response
}

/// A refusal of a message whose id is not known.
fn refusal(status: StatusCode, error: &RpcError) -> Response {
    json(status, Answer::error(None, error))
}

/// The status of a modern answer: the message was at fault (400), there is no
/// such method (404), there were too many (429), or it was answered, a failure
/// of ours included.
fn modern_status(error: Option<i64>) -> StatusCode {
    match error {
        None | Some(INTERNAL_ERROR) => StatusCode::OK,
        Some(METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        Some(TOO_MANY_CALLS) => StatusCode::TOO_MANY_REQUESTS,
        Some(_) => StatusCode::BAD_REQUEST,
    }
}
