//! Lines of calls that end at the same time, written together.
//!
//! A call adds its line, lets others come that are about to end, and then sees
//! to it that its line is written: whoever is first writes for all. This saves
//! most of the writes, and threads that wait for each other's. A call that is
//! alone writes at once.

use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::file::LogFile;

/// The lines that come next.
pub(super) struct Batches {
    file: Arc<Mutex<LogFile>>,
    next: Mutex<Batch>,
    /// How many lines were given to the file.
    written: AtomicU64,
    /// Calls that have begun and whose lines have not come.
    open: AtomicUsize,
}

#[derive(Default)]
struct Batch {
    lines: Vec<u8>,
    count: u64,
    /// How many lines there were up to now, written or not.
    all: u64,
}

/// Sees to it, when it is dropped and so also when its call is cancelled, that
/// so many lines are written.
struct Writes<'a>(&'a Batches, u64);

impl Batches {
    pub(super) fn new(file: Arc<Mutex<LogFile>>) -> Self {
        Batches {
            file,
            next: Mutex::default(),
            written: AtomicU64::new(0),
            open: AtomicUsize::new(0),
        }
    }

    /// A call begins, whose line will come.
    pub(super) fn begin(&self) {
        self.open.fetch_add(1, Ordering::Relaxed);
    }

    /// A call's line has come, or will not.
    pub(super) fn end(&self) {
        self.open.fetch_sub(1, Ordering::Relaxed);
    }

    /// Adds a line, and ends when it is written.
    pub(super) async fn add(&self, line: &[u8]) {
        let writes = self.append(line);
        if self.open.load(Ordering::Relaxed) > 1 {
            tokio::task::yield_now().await;
        }
        drop(writes);
    }

    /// Adds a line, and writes it and those that are there.
    pub(super) fn write(&self, line: &[u8]) {
        drop(self.append(line));
    }

    fn append(&self, line: &[u8]) -> Writes<'_> {
        let mut next = self.next();
        next.lines.extend_from_slice(line);
        next.count += 1;
        next.all += 1;
        Writes(self, next.all)
    }

    fn next(&self) -> MutexGuard<'_, Batch> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Writes<'_> {
    fn drop(&mut self) {
        let Writes(batches, lines) = *self;
        let is_written = || batches.written.load(Ordering::Acquire) >= lines;
        if is_written() {
            return;
        }
        // Taken with the file in hand: batches are written in their order.
        let mut file = batches.file.lock().unwrap_or_else(PoisonError::into_inner);
        if is_written() {
            return;
        }
        let (batch, count, all) = {
            let mut next = batches.next();
            let room = Vec::with_capacity(next.lines.len());
            let batch = std::mem::replace(&mut next.lines, room);
            (batch, std::mem::take(&mut next.count), next.all)
        };
        // A failure is logged and counted.
        let _ = file.write(&batch, count);
        batches.written.store(all, Ordering::Release);
    }
}
