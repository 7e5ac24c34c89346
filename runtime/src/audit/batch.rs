//! Lines of calls that end at the same time, written together.
//!
//! Where calls end one after the other without a pause, who ends first lets the
//! others that are ready come, and writes for all of them; they wait for that.
//! This saves most of the writes, and threads that wait for each other's. After
//! a pause each writes at once: letting others come wakes threads for nothing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use super::file::LogFile;

/// A longer time between two lines is a pause.
const PAUSE: Duration = Duration::from_micros(50);

/// The lines that come next.
pub(super) struct Batches {
    file: Arc<Mutex<LogFile>>,
    next: Mutex<Next>,
}

#[derive(Default)]
struct Next {
    batch: Batch,
    /// When the last line was added.
    last: Option<Instant>,
}

#[derive(Default)]
struct Batch {
    lines: Vec<u8>,
    count: u64,
    /// Tells those who wait that it is written.
    written: Arc<Notify>,
    /// Whether somebody is going to write it.
    taken: bool,
}

/// Writes the next batch when it is dropped, so also when its call is cancelled.
struct Writes<'a>(&'a Batches);

impl Batches {
    pub(super) fn new(file: Arc<Mutex<LogFile>>) -> Self {
        Batches {
            file,
            next: Mutex::default(),
        }
    }

    /// Adds a line, and waits until it is written.
    pub(super) async fn add(&self, line: &[u8]) {
        let (others, paused) = {
            let mut next = self.lock();
            let paused = next.add(line);
            let batch = &mut next.batch;
            let taken = std::mem::replace(&mut batch.taken, true);
            let others = taken.then(|| Arc::clone(&batch.written).notified_owned());
            (others, paused)
        };
        if let Some(written) = others {
            return written.await;
        }
        let writes = Writes(self);
        if !paused {
            tokio::task::yield_now().await;
        }
        drop(writes);
    }

    /// Adds a line, and writes it and those that are there.
    pub(super) fn write(&self, line: &[u8]) {
        self.lock().add(line);
        drop(Writes(self));
    }

    fn lock(&self) -> MutexGuard<'_, Next> {
        self.next.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Next {
    /// Adds a line, and gives whether it came after a pause.
    fn add(&mut self, line: &[u8]) -> bool {
        self.batch.lines.extend_from_slice(line);
        self.batch.count += 1;
        let now = Instant::now();
        let last = self.last.replace(now);
        last.is_none_or(|last| now - last > PAUSE)
    }
}

impl Drop for Writes<'_> {
    fn drop(&mut self) {
        // Taken with the file in hand: batches are written in their order.
        let mut file = self.0.file.lock().unwrap_or_else(PoisonError::into_inner);
        let batch = std::mem::take(&mut self.0.lock().batch);
        if batch.count > 0 {
            // A failure is logged and counted.
            let _ = file.write(&batch.lines, batch.count);
        }
        batch.written.notify_waiters();
    }
}
