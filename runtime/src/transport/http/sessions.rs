//! Legacy sessions: opened by `initialize`, named by a header, ended by DELETE
//! or by silence.
//!
//! Source: MCP 2025-11-25, basic, transports, "Session Management".

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use axum::extract::State;
use axum::http::{HeaderMap, HeaderName, HeaderValue, StatusCode};
use axum::response::{IntoResponse as _, Response};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::streams::Streams;
use super::{Server, refusal};
use crate::dispatch::{Conversation, ConversationOptions, Principal};
use crate::protocol::RpcError;

/// The header that names a session.
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// A session in which nothing was said for so long, and of which nobody reads a
/// stream, is ended.
const MAX_SILENCE: Duration = Duration::from_secs(30 * 60);
/// Sessions at once, those of HTTP+SSE included; more are refused until some
/// end.
const MAX_SESSIONS: usize = 10_000;
/// How often is looked for sessions and streams that are over.
const REAPED_EVERY: Duration = Duration::from_secs(10);

pub(super) struct Sessions {
    open: Mutex<HashMap<String, Open>>,
    places: Arc<Semaphore>,
}

struct Open {
    conversation: Arc<Conversation>,
    streams: Arc<Streams>,
    last_heard: Instant,
    _place: OwnedSemaphorePermit,
}

/// A session that nothing was said in.
pub(super) struct New {
    /// An id that cannot be guessed.
    pub(super) id: String,
    pub(super) conversation: Arc<Conversation>,
    /// Held while the session is open.
    pub(super) place: OwnedSemaphorePermit,
}

impl New {
    /// Refuses when too many are open.
    pub(super) fn session(server: &Server) -> Result<Self, RpcError> {
        let places = Arc::clone(&server.sessions.places);
        let place = places.try_acquire_owned().map_err(|_| {
            RpcError::internal(format!(
                "{MAX_SESSIONS} sessions are open, which is the limit; end one by DELETE"
            ))
        })?;
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| RpcError::internal(format!("no random bytes: {error}")))?;
        let conversation = Conversation::new(
            Arc::clone(&server.dispatcher),
            ConversationOptions {
                principal: Principal::Http,
                max_in_flight: server.options.max_in_flight,
            },
        );
        Ok(New {
            id: bytes.iter().map(|byte| format!("{byte:02x}")).collect(),
            conversation,
            place,
        })
    }
}

impl Default for Sessions {
    fn default() -> Self {
        Sessions {
            open: Mutex::default(),
            places: Arc::new(Semaphore::new(MAX_SESSIONS)),
        }
    }
}

impl Sessions {
    /// Opens a session.
    pub(super) fn open(
        &self,
        server: &Server,
    ) -> Result<(String, Arc<Conversation>, Arc<Streams>), RpcError> {
        let new = New::session(server)?;
        let streams = Arc::<Streams>::default();
        let open = Open {
            conversation: Arc::clone(&new.conversation),
            streams: Arc::clone(&streams),
            last_heard: Instant::now(),
            _place: new.place,
        };
        self.lock().insert(new.id.clone(), open);
        Ok((new.id, new.conversation, streams))
    }

    /// The session of this id, which has just been heard of.
    pub(super) fn get(&self, id: &HeaderValue) -> Option<(Arc<Conversation>, Arc<Streams>)> {
        let mut sessions = self.lock();
        let open = sessions.get_mut(id.to_str().ok()?)?;
        open.last_heard = Instant::now();
        Some((Arc::clone(&open.conversation), Arc::clone(&open.streams)))
    }

    /// Ends a session: its streams end, and what is in flight in it is
    /// cancelled. False if there is none.
    pub(super) fn end(&self, id: &str) -> bool {
        let ended = self.lock().remove(id);
        if let Some(ended) = &ended {
            ended.end();
        }
        ended.is_some()
    }

    /// Ends what waits for clients to say something, which they cannot when the
    /// server stops. What is in flight goes on.
    pub(super) fn stop(&self) {
        for open in self.lock().values() {
            open.conversation.close();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.open.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends sessions of which nothing was heard for long, and has the others
    /// forget the streams that nobody came back for.
    fn reap(&self) {
        self.lock().retain(|_, open| {
            open.streams.forget_old();
            let over =
                open.last_heard.elapsed() >= MAX_SILENCE && open.streams.unread_for(MAX_SILENCE);
            if over {
                open.end();
            }
            !over
        });
    }
}

impl Open {
    fn end(&self) {
        self.streams.close();
        self.conversation.abandon();
    }
}

/// DELETE: the client ends its session.
pub(super) async fn delete(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let Some(id) = headers.get(SESSION_ID) else {
        return refusal(StatusCode::BAD_REQUEST, &missing());
    };
    if server.sessions.end(id.to_str().unwrap_or_default()) {
        StatusCode::NO_CONTENT.into_response()
    } else {
        unknown()
    }
}

/// The error of a request that names no session.
pub(super) fn missing() -> RpcError {
    RpcError::invalid_request(format!(
        "the header `{SESSION_ID}` is missing, which `initialize` gives"
    ))
}

/// The answer to who names a session that is not, or is no more.
pub(super) fn unknown() -> Response {
    let error = RpcError::invalid_request("no such session; `initialize` opens one");
    refusal(StatusCode::NOT_FOUND, &error)
}

/// Ends what is over, for ever.
pub(super) async fn reap(server: Arc<Server>) {
    let mut tick = tokio::time::interval(REAPED_EVERY);
    loop {
        tick.tick().await;
        server.sessions.reap();
    }
}
