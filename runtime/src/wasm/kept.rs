//! Instances that wait for their plugin's next call, where the admin granted it
//! reuse.
//!
//! They take up room in the pool, and nobody waits for that room: it is free for
//! whoever has got a place among the calls in flight. A call that finds too
//! little of it has the instances dropped that have waited longest.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::plugin::Shared;
use super::sandbox::Sandbox;

/// How long an instance waits for a call.
pub(super) const PATIENCE: Duration = Duration::from_secs(60);

/// The instances of one engine that wait.
#[derive(Default)]
pub(super) struct Kept {
    /// Those that have waited longest come first.
    waiting: Mutex<VecDeque<Waiting>>,
    /// How many places of the pool they take up.
    places: AtomicUsize,
}

struct Waiting {
    sandbox: Sandbox,
    places: usize,
    since: Instant,
}

impl Kept {
    /// The plugin's instance that was used last, for who has a place for it.
    pub(super) fn take(&self, plugin: &Arc<Shared>) -> Option<Sandbox> {
        let mut waiting = self.lock();
        let is_its = |one: &Waiting| Arc::ptr_eq(one.sandbox.plugin(), plugin);
        let index = waiting.iter().rposition(is_its)?;
        let taken = waiting.remove(index)?;
        self.places.fetch_sub(taken.places, Ordering::Release);
        Some(taken.sandbox)
    }

    /// Keeps an instance. Whoever calls this still has its places.
    pub(super) fn put(&self, sandbox: Sandbox, places: usize) {
        let mut waiting = self.lock();
        self.places.fetch_add(places, Ordering::Release);
        waiting.push_back(Waiting {
            sandbox,
            places,
            since: Instant::now(),
        });
    }

    /// Drops what takes up more places than are `free`, for who is about to make
    /// an instance and has its places.
    pub(super) fn make_room(&self, free: impl Fn() -> usize) {
        // Whoever gave up a place had counted before what it kept there.
        if self.places.load(Ordering::Acquire) == 0 {
            return;
        }
        let mut waiting = self.lock();
        while self.places.load(Ordering::Acquire) > free() && self.drop_first(&mut waiting) {}
    }

    /// Drops what has waited for long.
    pub(super) fn expire(&self) {
        if self.is_empty() {
            return;
        }
        let mut waiting = self.lock();
        while waiting
            .front()
            .is_some_and(|first| first.since.elapsed() > PATIENCE)
        {
            self.drop_first(&mut waiting);
        }
    }

    /// Drops a plugin's instances: there will be no more calls of it.
    pub(super) fn forget(&self, plugin: &Arc<Shared>) {
        if self.is_empty() {
            return;
        }
        let mut waiting = self.lock();
        let mut places = 0;
        waiting.retain(|one| {
            let goes = Arc::ptr_eq(one.sandbox.plugin(), plugin);
            places += if goes { one.places } else { 0 };
            !goes
        });
        self.places.fetch_sub(places, Ordering::Release);
    }

    pub(super) fn is_empty(&self) -> bool {
        self.places.load(Ordering::Acquire) == 0
    }

    /// Drops an instance and only then gives up its places: where somebody else
    /// finds room, there is some.
    fn drop_first(&self, waiting: &mut VecDeque<Waiting>) -> bool {
        let Some(Waiting {
            sandbox, places, ..
        }) = waiting.pop_front()
        else {
            return false;
        };
        drop(sandbox);
        self.places.fetch_sub(places, Ordering::Release);
        true
    }

    fn lock(&self) -> MutexGuard<'_, VecDeque<Waiting>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
