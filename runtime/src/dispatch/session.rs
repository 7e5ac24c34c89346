//! What a legacy client says once, by `initialize`, and a modern one with each
//! request.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;

use super::changes::{Listener, Listeners};
use super::requests::Requests;
use crate::protocol::Revision;
use crate::protocol::input::Kinds;
use crate::protocol::logging::LogLevel;
use crate::protocol::subscriptions::Filter;

/// A legacy session: empty until `initialize`.
pub struct Session {
    negotiated: Mutex<Option<Negotiated>>,
    requests: Arc<Requests>,
    listener: OnceLock<Arc<Listener>>,
    closed: watch::Sender<bool>,
}

/// What was agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiated {
    /// The revision of all answers.
    pub(super) revision: Revision,
    /// The least level of log lines wanted; `info` until the client says.
    pub(super) log_level: LogLevel,
    /// What the client can be asked for.
    pub(super) kinds: Kinds,
}

impl Default for Session {
    fn default() -> Self {
        Session {
            negotiated: Mutex::default(),
            requests: Arc::new(Requests::new()),
            listener: OnceLock::new(),
            closed: watch::Sender::new(false),
        }
    }
}

impl Session {
    pub(super) fn get(&self) -> Option<Negotiated> {
        *self.lock()
    }

    /// The requests of ours to its client.
    pub(super) fn requests(&self) -> Arc<Requests> {
        Arc::clone(&self.requests)
    }

    /// What its client wants to be told; nothing before it is open.
    pub(super) fn listener(&self, listeners: &Listeners) -> Arc<Listener> {
        let listener = self
            .listener
            .get_or_init(|| listeners.listen(Filter::default()));
        Arc::clone(listener)
    }

    /// Ends what waits for its client or for changes to tell it.
    pub(super) fn close(&self) {
        self.requests.close();
        self.closed.send_replace(true);
    }

    /// Waits for its end.
    pub(super) async fn closed(&self) {
        let _ = self.closed.subscribe().wait_for(|closed| *closed).await;
    }

    /// Opens the session; a second `initialize` renegotiates.
    pub(super) fn open(&self, revision: Revision, kinds: Kinds, listeners: &Listeners) {
        self.listener(listeners)
            .want(|wanted| *wanted = Filter::lists());
        *self.lock() = Some(Negotiated {
            revision,
            log_level: LogLevel::Info,
            kinds,
        });
    }

    /// Sets the least level of log lines, in an open session.
    pub(super) fn set_log_level(&self, level: LogLevel) {
        if let Some(negotiated) = &mut *self.lock() {
            negotiated.log_level = level;
        }
    }

    fn lock(&self) -> MutexGuard<'_, Option<Negotiated>> {
        self.negotiated
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
