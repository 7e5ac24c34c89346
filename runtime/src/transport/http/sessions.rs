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

use super::{Server, refusal};
use crate::dispatch::{Conversation, ConversationOptions};
use crate::protocol::RpcError;

/// The header that names a session.
pub(super) const SESSION_ID: HeaderName = HeaderName::from_static("mcp-session-id");

/// A session in which nothing was said for so long is ended.
const MAX_SILENCE: Duration = Duration::from_secs(30 * 60);
/// Sessions at once; more are refused until some end.
const MAX_SESSIONS: usize = 10_000;

#[derive(Default)]
pub(super) struct Sessions(Mutex<HashMap<String, Open>>);

struct Open {
    conversation: Arc<Conversation>,
    last_heard: Instant,
}

impl Sessions {
    /// Opens a session under an id that cannot be guessed.
    pub(super) fn open(&self, server: &Server) -> Result<(String, Arc<Conversation>), RpcError> {
        let mut bytes = [0; 16];
        getrandom::fill(&mut bytes)
            .map_err(|error| RpcError::internal(format!("no random bytes: {error}")))?;
        let id: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let conversation = Conversation::new(
            Arc::clone(&server.dispatcher),
            ConversationOptions {
                max_in_flight: server.options.max_in_flight,
            },
        );
        let mut sessions = self.lock();
        if sessions.len() >= MAX_SESSIONS {
            return Err(RpcError::internal(format!(
                "{MAX_SESSIONS} sessions are open, which is the limit; end one by DELETE"
            )));
        }
        let open = Open {
            conversation: Arc::clone(&conversation),
            last_heard: Instant::now(),
        };
        sessions.insert(id.clone(), open);
        Ok((id, conversation))
    }

    /// The session of this id, which has just been heard of.
    pub(super) fn get(&self, id: &HeaderValue) -> Option<Arc<Conversation>> {
        let mut sessions = self.lock();
        let open = sessions.get_mut(id.to_str().ok()?)?;
        open.last_heard = Instant::now();
        Some(Arc::clone(&open.conversation))
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Open>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Ends a session. What is in flight in it is answered all the same.
pub(super) async fn delete(State(server): State<Arc<Server>>, headers: HeaderMap) -> Response {
    let Some(id) = headers.get(SESSION_ID) else {
        let error = RpcError::invalid_request(format!("the header `{SESSION_ID}` is missing"));
        return refusal(StatusCode::BAD_REQUEST, &error);
    };
    let id = id.to_str().unwrap_or_default();
    match server.sessions.lock().remove(id) {
        Some(_) => StatusCode::NO_CONTENT.into_response(),
        None => unknown(),
    }
}

pub(super) fn unknown() -> Response {
    let error = RpcError::invalid_request("no such session; `initialize` opens one");
    refusal(StatusCode::NOT_FOUND, &error)
}

/// Ends sessions of which nothing was heard for long, for ever.
pub(super) async fn reap(server: Arc<Server>) {
    let mut minute = tokio::time::interval(Duration::from_secs(60));
    loop {
        minute.tick().await;
        server
            .sessions
            .lock()
            .retain(|_, open| open.last_heard.elapsed() < MAX_SILENCE);
    }
}
