//! Streamable HTTP: one endpoint, `/mcp`, for both eras.
//!
//! A modern request is a POST that carries all it needs; it is answered with
//! one JSON object, or with an event stream as soon as news precedes the
//! answer, and closing the stream cancels it. A legacy client opens a session by
//! `initialize` and names it in each request after that. Sources: MCP
//! 2026-07-28 and 2025-11-25, basic, transports, "Streamable HTTP".

mod events;
mod guard;
mod headers;
mod post;
mod sessions;

use std::io;
use std::net::SocketAddr;
use std::sync::Arc;

use axum::Router;
use axum::http::StatusCode;
use axum::middleware;
use axum::response::{IntoResponse as _, Response};
use axum::routing;
use axum::serve::ListenerExt as _;
use tokio::net::TcpListener;
use tokio::sync::watch;

pub use guard::Guard;

use crate::dispatch::{Answer, Dispatcher};
use crate::protocol::RpcError;
use crate::protocol::error::{INTERNAL_ERROR, METHOD_NOT_FOUND};
use sessions::Sessions;

/// Bounds of the endpoint.
#[derive(Clone, Debug)]
pub struct HttpOptions {
    /// The longest message, in bytes.
    pub max_message: usize,
    /// Requests in flight in one legacy session.
    pub max_in_flight: usize,
    /// Whose requests are taken.
    pub guard: Guard,
}

struct Server {
    dispatcher: Arc<Dispatcher>,
    options: HttpOptions,
    sessions: Sessions,
}

/// Takes the address to serve on.
pub async fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    TcpListener::bind(address).await
}

/// Serves clients until `stop` turns true, then answers what is in flight.
pub async fn serve(
    dispatcher: Arc<Dispatcher>,
    listener: TcpListener,
    options: HttpOptions,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let server = Arc::new(Server {
        dispatcher,
        options,
        sessions: Sessions::default(),
    });
    let reaper = tokio::spawn(sessions::reap(Arc::clone(&server)));
    let endpoint = routing::post(post::post)
        .delete(sessions::delete)
        .fallback(method_not_allowed);
    let router = Router::new()
        .route("/mcp", endpoint)
        .layer(middleware::from_fn_with_state(
            Arc::clone(&server),
            guard::check,
        ))
        .with_state(server);
    // Without this each small answer waits for the client's delayed
    // acknowledgement, 40 ms of it.
    let listener = listener.tap_io(|stream| {
        if let Err(error) = stream.set_nodelay(true) {
            tracing::debug!("cannot set TCP_NODELAY: {error}");
        }
    });
    let served = axum::serve(listener, router)
        .with_graceful_shutdown(async move {
            let _ = stop.wait_for(|stop| *stop).await;
        })
        .await;
    reaper.abort();
    served
}

async fn method_not_allowed() -> Response {
    let accepted = [(axum::http::header::ALLOW, "POST, DELETE")];
    (StatusCode::METHOD_NOT_ALLOWED, accepted).into_response()
}

/// A JSON-RPC answer as the whole response.
fn json(status: StatusCode, answer: Answer) -> Response {
    let kind = [(axum::http::header::CONTENT_TYPE, "application/json")];
    (status, kind, answer.bytes).into_response()
}

/// A refusal of a message whose id is not known.
fn refusal(status: StatusCode, error: &RpcError) -> Response {
    json(status, Answer::error(None, error))
}

/// The status of a modern answer: the message was at fault (400), there is no
/// such method (404), or it was answered, a failure of ours included.
fn modern_status(error: Option<i64>) -> StatusCode {
    match error {
        None | Some(INTERNAL_ERROR) => StatusCode::OK,
        Some(METHOD_NOT_FOUND) => StatusCode::NOT_FOUND,
        Some(_) => StatusCode::BAD_REQUEST,
    }
}
