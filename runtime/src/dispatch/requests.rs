//! Requests of ours to a legacy client, and its responses.
//!
//! A request travels with what else the client gets to know about the call that
//! needs it; the response comes as a message of its own.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde::Serialize;
use serde_json::value::RawValue;
use tokio::sync::oneshot;

use super::conversation::Outgoing;
use super::outbound::Outbound;
use crate::protocol::jsonrpc::{self, Id, Outcome};

/// How long a person may take to answer.
pub(super) const PATIENCE: Duration = Duration::from_secs(600);

type Response = Result<Box<RawValue>, String>;

/// The requests that wait for their responses.
pub(super) struct Requests(Mutex<Waiting>);

#[derive(Default)]
struct Waiting {
    last: i64,
    by_id: HashMap<i64, oneshot::Sender<Response>>,
    /// The client is gone: nothing is answered any more.
    closed: bool,
}

/// Forgets a request whose asker is gone.
struct Forget<'a>(&'a Requests, i64);

impl Requests {
    pub(super) fn new() -> Self {
        Requests(Mutex::default())
    }

    /// Asks the client and waits for what it says: the result, or why there is
    /// none.
    pub(super) async fn ask(
        &self,
        outbound: &Outbound,
        method: &str,
        params: &impl Serialize,
    ) -> Response {
        let gone = || Err("the client is gone".to_owned());
        let (sender, response) = oneshot::channel();
        let id = {
            let mut waiting = self.lock();
            if waiting.closed {
                return gone();
            }
            waiting.last += 1;
            let id = waiting.last;
            waiting.by_id.insert(id, sender);
            id
        };
        let _forget = Forget(self, id);
        let message = Outgoing::News(jsonrpc::request(id, method, params));
        if outbound.send(message).await.is_err() {
            return gone();
        }
        match tokio::time::timeout(PATIENCE, response).await {
            Ok(response) => response.unwrap_or_else(|_| gone()),
            Err(_) => Err(format!(
                "no answer came within {} minutes",
                PATIENCE.as_secs() / 60
            )),
        }
    }

    /// Takes a response; one to no request of ours is ignored.
    pub(super) fn answered(&self, id: &Id, outcome: Outcome<'_>) {
        let asker = id
            .as_json()
            .parse()
            .ok()
            .and_then(|id: i64| self.lock().by_id.remove(&id));
        let Some(asker) = asker else {
            tracing::debug!(?id, "a response to no request of ours");
            return;
        };
        // The asker may have given up meanwhile.
        let _ = asker.send(match outcome {
            Outcome::Result(result) => Ok(result.to_owned()),
            Outcome::Error(error) => Err(format!("the client answered: {error}")),
        });
    }

    /// Ends all waiting: the client is gone.
    pub(super) fn close(&self) {
        let mut waiting = self.lock();
        waiting.closed = true;
        waiting.by_id.clear();
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Forget<'_> {
    fn drop(&mut self) {
        self.0.lock().by_id.remove(&self.1);
    }
}
