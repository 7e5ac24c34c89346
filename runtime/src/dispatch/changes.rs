//! Who wants to be told of changes, and what they have not been told yet.
//!
//! A listener holds each thing it has to be told once, however often it
//! happens: a client that reads slowly costs no more memory for it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};

use tokio::sync::{Notify, watch};

use crate::protocol::subscriptions::Filter;
use crate::wasm::Change;

/// Something that listeners may be told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum News {
    /// What a plugin offers, or a resource of it, has changed.
    Changed(Change),
    /// The task of this id is in another state.
    Task(String),
}

/// Everybody who listens.
pub struct Listeners {
    all: Mutex<Vec<Weak<Listener>>>,
    /// Whether somebody asked for changes of resources.
    caring: watch::Sender<bool>,
}

/// One who listens.
pub(super) struct Listener {
    state: Mutex<State>,
    wake: Notify,
}

#[derive(Default)]
struct State {
    wanted: Filter,
    /// What it has not been told yet: a part of what is wanted.
    untold: Filter,
}

impl Default for Listeners {
    fn default() -> Self {
        Listeners {
            all: Mutex::default(),
            caring: watch::Sender::new(false),
        }
    }
}

impl Listeners {
    /// Waits until somebody has asked to be told of changes of resources. Until
    /// then no directory need be watched for them.
    pub async fn caring_for_resources(&self) {
        let _ = self.caring.subscribe().wait_for(|caring| *caring).await;
    }

    pub(super) fn care_for_resources(&self) {
        self.caring.send_replace(true);
    }

    /// A new listener. It is forgotten when it is dropped.
    pub(super) fn listen(&self, wanted: Filter) -> Arc<Listener> {
        let listener = Arc::new(Listener {
            state: Mutex::new(State {
                wanted,
                untold: Filter::default(),
            }),
            wake: Notify::new(),
        });
        let mut listeners = self.lock();
        // Swept when the list would have to grow, so that it costs nothing on
        // the whole.
        if listeners.len() == listeners.capacity() {
            listeners.retain(|listener| listener.strong_count() > 0);
        }
        listeners.push(Arc::downgrade(&listener));
        listener
    }

    /// Tells everybody who wants to know.
    pub fn tell(&self, news: &News) {
        for listener in self.lock().iter().filter_map(Weak::upgrade) {
            listener.tell(news);
        }
    }

    fn lock(&self) -> MutexGuard<'_, Vec<Weak<Listener>>> {
        self.all.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Listener {
    fn tell(&self, news: &News) {
        let mut state = self.lock();
        let State { wanted, untold } = &mut *state;
        match news {
            News::Changed(Change::Tools) if wanted.tools => untold.tools = true,
            News::Changed(Change::Prompts) if wanted.prompts => untold.prompts = true,
            News::Changed(Change::Resources) if wanted.resources => untold.resources = true,
            News::Changed(Change::Resource(uri)) if wanted.uris.contains(uri) => {
                untold.uris.insert(uri.clone());
            }
            News::Task(id) if wanted.tasks.contains(id) => {
                untold.tasks.insert(id.clone());
            }
            _ => return,
        }
        drop(state);
        self.wake.notify_one();
    }

    /// Changes what is wanted.
    pub(super) fn want<R>(&self, change: impl FnOnce(&mut Filter) -> R) -> R {
        change(&mut self.lock().wanted)
    }

    /// Waits until there is something to tell, and takes it.
    pub(super) async fn untold(&self) -> Filter {
        loop {
            let woken = self.wake.notified();
            let untold = std::mem::take(&mut self.lock().untold);
            if untold != Filter::default() {
                return untold;
            }
            woken.await;
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
