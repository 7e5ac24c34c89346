//! The requests of one conversation that are being worked on.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::protocol::jsonrpc::Id;

/// Requests by id, so that they can be cancelled.
#[derive(Default)]
pub(super) struct InFlight {
    requests: Mutex<HashMap<Id, AbortHandle>>,
    ended: Notify,
}

impl InFlight {
    /// Starts work on a request. Refuses (`false`) an id that is in flight
    /// already: its answer could not be told from the other's.
    pub(super) fn start(&self, id: &Id, work: impl Future<Output = ()> + Send + 'static) -> bool {
        // Held while spawning, so that work that ends at once cannot be
        // removed before it is entered.
        let mut requests = self.lock();
        if requests.contains_key(id) {
            return false;
        }
        let task = tokio::spawn(work);
        requests.insert(id.clone(), task.abort_handle());
        true
    }

    /// Whether a request of this id is in flight.
    pub(super) fn contains(&self, id: &Id) -> bool {
        self.lock().contains_key(id)
    }

    /// Forgets a request that has ended. Done before its answer is sent: from
    /// then on the client may use the id again.
    pub(super) fn finish(&self, id: &Id) {
        self.lock().remove(id);
        self.ended.notify_waiters();
    }

    /// Waits until there are none.
    pub(super) async fn emptied(&self) {
        loop {
            let ended = self.ended.notified();
            if self.lock().is_empty() {
                return;
            }
            ended.await;
        }
    }

    /// Stops work on a request; nothing happens if it has ended.
    pub(super) fn cancel(&self, id: &Id) {
        if let Some(task) = self.lock().remove(id) {
            task.abort();
        }
        self.ended.notify_waiters();
    }

    /// Stops work on all requests.
    pub(super) fn cancel_all(&self) {
        for (_, task) in self.lock().drain() {
            task.abort();
        }
        self.ended.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, AbortHandle>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
