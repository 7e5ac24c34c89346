//! The requests of one conversation that are being worked on.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tokio::sync::Notify;
use tokio::task::AbortHandle;

use crate::protocol::jsonrpc::Id;

/// Requests by id, so that they can be cancelled.
#[derive(Default)]
pub(super) struct InFlight {
    requests: Mutex<HashMap<Id, Work>>,
    ended: Notify,
}

/// Who works on a request.
enum Work {
    /// Whoever has received it, for as long as it waits for nothing.
    Receiver,
    /// The same, and it is cancelled already.
    Cancelled,
    /// A task of its own.
    Task(AbortHandle),
}

impl InFlight {
    /// Enters a request that its receiver works on. Refuses (`false`) an id that
    /// is in flight already: its answer could not be told from the other's.
    pub(super) fn enter(&self, id: &Id) -> bool {
        match self.lock().entry(id.clone()) {
            Entry::Occupied(_) => false,
            Entry::Vacant(entry) => {
                entry.insert(Work::Receiver);
                true
            }
        }
    }

    /// Makes the rest of the work on a request that was entered a task.
    pub(super) fn spawn(&self, id: &Id, work: impl Future<Output = ()> + Send + 'static) {
        // Held while spawning, so that work that ends at once is not entered
        // again.
        let mut requests = self.lock();
        match requests.get_mut(id) {
            Some(Work::Cancelled) => {
                requests.remove(id);
                self.ended.notify_waiters();
            }
            Some(entered) => *entered = Work::Task(tokio::spawn(work).abort_handle()),
            // It has its answer, which only has to be sent.
            None => drop(tokio::spawn(work)),
        }
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
        let mut requests = self.lock();
        match requests.get_mut(id) {
            Some(Work::Task(task)) => {
                task.abort();
                requests.remove(id);
            }
            Some(entered) => *entered = Work::Cancelled,
            None => {}
        }
        self.ended.notify_waiters();
    }

    /// Stops work on all requests.
    pub(super) fn cancel_all(&self) {
        self.lock().retain(|_, work| match work {
            Work::Task(task) => {
                task.abort();
                false
            }
            Work::Receiver | Work::Cancelled => {
                *work = Work::Cancelled;
                true
            }
        });
        self.ended.notify_waiters();
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<Id, Work>> {
        self.requests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
