//! Group commit: lines that wait for the disk wait together.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{self, Receiver, Sender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};

use tokio::sync::oneshot;

use super::file::LogFile;
use super::log::Unwritable;

/// Bytes that are written at once; more wait for the next round.
const AT_ONCE: usize = 1 << 20;

/// A thread that writes lines and waits for the disk, for all that came
/// meanwhile together.
pub(super) struct Commits {
    /// None when it ends.
    queue: Option<Sender<Commit>>,
    thread: Option<JoinHandle<()>>,
}

struct Commit {
    line: Vec<u8>,
    done: oneshot::Sender<Result<(), Unwritable>>,
}

impl Commits {
    /// `broken` is set while lines cannot be written.
    pub(super) fn start(
        file: Arc<Mutex<LogFile>>,
        broken: Arc<AtomicBool>,
    ) -> std::io::Result<Self> {
        let (queue, commits) = mpsc::channel();
        let thread = thread::Builder::new()
            .name("audit".into())
            .spawn(move || run(&file, &broken, &commits))?;
        Ok(Commits {
            queue: Some(queue),
            thread: Some(thread),
        })
    }

    /// Hands a line over; it is written whether or not the result is waited for.
    pub(super) fn add(&self, line: Vec<u8>) -> oneshot::Receiver<Result<(), Unwritable>> {
        let (done, written) = oneshot::channel();
        if let Some(queue) = &self.queue {
            // The thread ends after the queue. If it has panicked, the receiver
            // finds that nobody answers.
            let _ = queue.send(Commit { line, done });
        }
        written
    }
}

impl Drop for Commits {
    /// Waits until all is written.
    fn drop(&mut self) {
        self.queue.take();
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

fn run(file: &Mutex<LogFile>, broken: &AtomicBool, commits: &Receiver<Commit>) {
    while let Ok(first) = commits.recv() {
        let mut lines = first.line;
        let mut waiting = vec![first.done];
        while lines.len() < AT_ONCE
            && let Ok(next) = commits.try_recv()
        {
            lines.extend(next.line);
            waiting.push(next.done);
        }
        let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file
            .write(&lines, waiting.len() as u64)
            .map_err(|error| Unwritable::new(file.path(), error));
        drop(file);
        broken.store(written.is_err(), Ordering::Relaxed);
        for done in waiting {
            // Who was cancelled meanwhile does not wait.
            let _ = done.send(written.clone());
        }
    }
}
