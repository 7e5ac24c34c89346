//! The requests of one conversation that are being worked on.

use std::collections::HashMap;
use std::future::Future;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::task::AbortHandle;

use crate::protocol::jsonrpc::Id;

/// Requests by id, so that they can be cancelled.
#[derive(Default)]
pub(super) struct InFlight(Mutex<HashMap<Id, AbortHandle>>);

impl InFlight {
    /// Starts work on a request. Refuses (`false`) an id that is in flight
    /// already: its answer could not be told from the other's.
    pub(super) fn start(
        self: &Arc<Self>,
        id: &Id,
        work: impl Future<Output = ()> + Send + 'static,
    ) -> bool {
        // Held while spawning, so that work that ends at once cannot be
        // removed before it is entered.
        let mut requests = self.lock();
        if requests.contains_key(id) {
            return false;
        }
        let in_flight = Arc::clone(self);
        let finished = id.clone();
        let task = tokio::spawn(async move {
            work.await;
            in_flight.lock().remove(&finished);
        });
        requests.insert(id.clone(), task.abort_handle());
        true
    }

    /// Stops work on a request; nothing happens if it has ended.
    pub(super) fn cancel(&self, id: &Id) {
        if let Some(task) = self.lock().remove(id) {
            task.abort();
        }
    }

    /// Stops work on all requests.
    pub(super) fn cancel_all(&self) {
        for (_, task) in self.lock().drain() {
            task.abort();
        }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, AbortHandle>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
