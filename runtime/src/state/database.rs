//! How work gets to the file: one thread has the only connection and does one
//! job at a time.
//!
//! A lock on blocking threads would do, but hundreds of calls at once then
//! occupy hundreds of the threads that the file system and name lookups share,
//! or wake one for each job. With 500 callers at once this does more than twice
//! as many jobs a second, on one thread.

use std::{
    any::Any,
    panic::{self, AssertUnwindSafe},
    path::Path,
    sync::{Arc, Mutex, PoisonError},
    thread::{self, JoinHandle},
};

use rusqlite::{Connection, Transaction, TransactionBehavior};
use tokio::sync::{mpsc, oneshot};

use super::{
    Answer, StateError,
    error::FileError,
    file::{self, explain},
    schema,
};

/// How many jobs wait in the queue; more wait outside of it.
const QUEUE: usize = 64;

/// A database that is opened at its first job. Clones are the same one, and
/// dropping the last closes it.
#[derive(Clone)]
pub(super) struct Database {
    worker: Arc<Worker>,
}

struct Worker {
    path: Arc<Path>,
    running: Mutex<Option<Running>>,
}

/// The thread, from the first job on.
struct Running {
    queue: mpsc::Sender<Job>,
    thread: JoinHandle<()>,
}

type Job = Box<dyn FnOnce(&mut Option<Open>) + Send>;

/// An open database, in the hands of one job.
pub(super) struct Open {
    path: Arc<Path>,
    connection: Connection,
    synced: Option<Durability>,
}

/// What a write survives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Durability {
    /// The end of the process, however sudden. A power cut may take the last
    /// writes, in order, and never a part of one (`synchronous = normal`).
    /// For plugins' values: a write takes a tenth of the time.
    Process,
    /// A power cut (`synchronous = full`). For tasks.
    Power,
}

/// Why a job failed.
pub(super) enum Failure {
    State(StateError),
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for Failure {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

impl From<StateError> for Failure {
    fn from(error: StateError) -> Self {
        Self::State(error)
    }
}

impl From<FileError> for Failure {
    fn from(error: FileError) -> Self {
        Self::State(error.into())
    }
}

impl Database {
    pub(super) fn new(path: impl Into<Arc<Path>>) -> Self {
        Self {
            worker: Arc::new(Worker {
                path: path.into(),
                running: Mutex::default(),
            }),
        }
    }

    /// Does a job when its turn comes. A job that was not begun when the
    /// answer is dropped is not done. One that panics does so for who asked.
    pub(super) fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&mut Open) -> Result<T, Failure> + Send + 'static,
    ) -> Answer<T> {
        let worker = Arc::clone(&self.worker);
        Box::pin(async move {
            let (answer, given) = oneshot::channel();
            let path = Arc::clone(&worker.path);
            let job = move |open: &mut Option<Open>| {
                if !answer.is_closed() {
                    // Who asked may be gone by now.
                    let _ = answer.send(attempt(&path, open, job));
                }
            };
            let ended = || FileError::Ended {
                path: worker.path.to_path_buf(),
            };
            let queued = worker.queue()?.send(Box::new(job)).await;
            queued.map_err(|_| ended())?;
            match given.await.map_err(|_| ended())? {
                Ok(result) => result,
                Err(payload) => panic::resume_unwind(payload),
            }
        })
    }
}

impl Worker {
    /// Where jobs go. The thread is started if this is the first.
    fn queue(&self) -> Result<mpsc::Sender<Job>, FileError> {
        let mut running = self.running.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(running) = &*running {
            return Ok(running.queue.clone());
        }
        let (queue, mut jobs) = mpsc::channel::<Job>(QUEUE);
        let work = move || {
            let mut open = None;
            while let Some(job) = jobs.blocking_recv() {
                job(&mut open);
            }
        };
        let thread = thread::Builder::new()
            .name("state".to_owned())
            .spawn(work)
            .map_err(|source| FileError::Io {
                action: "start a thread for",
                path: self.path.to_path_buf(),
                source,
            })?;
        let running = running.insert(Running { queue, thread });
        Ok(running.queue.clone())
    }
}

impl Drop for Worker {
    /// Waits for the job that is being done, so that the file is closed then.
    /// Each pending answer keeps the worker, so nothing else is in the queue
    /// but jobs whose answers were dropped.
    fn drop(&mut self) {
        let running = self.running.get_mut();
        if let Some(Running { queue, thread }) =
            running.unwrap_or_else(PoisonError::into_inner).take()
        {
            drop(queue);
            // A waker that the thread drops could own the last answer.
            if thread.thread().id() != thread::current().id() {
                // The thread lets no panic out.
                let _ = thread.join();
            }
        }
    }
}

/// Does a job, after opening the database if need be. What panics leaves its
/// transaction undone and the connection as it was.
fn attempt<T>(
    path: &Arc<Path>,
    open: &mut Option<Open>,
    job: impl FnOnce(&mut Open) -> Result<T, Failure>,
) -> Result<Result<T, StateError>, Box<dyn Any + Send>> {
    panic::catch_unwind(AssertUnwindSafe(|| {
        let open = match open {
            Some(open) => open,
            none => none.insert(Open::new(path)?),
        };
        job(open).map_err(|failure| match failure {
            Failure::State(error) => error,
            Failure::Engine(error) => explain(path, error).into(),
        })
    }))
}

impl Open {
    fn new(path: &Arc<Path>) -> Result<Self, StateError> {
        Ok(Self {
            connection: file::open(path)?,
            path: Arc::clone(path),
            synced: None,
        })
    }

    /// Reads, from one snapshot.
    pub(super) fn read<T>(
        &mut self,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        self.transaction(TransactionBehavior::Deferred, job)
    }

    /// Writes, alone among all processes. An error of the job undoes all of it.
    pub(super) fn write<T>(
        &mut self,
        durability: Durability,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        if self.synced != Some(durability) {
            self.connection.execute_batch(match durability {
                Durability::Process => "pragma synchronous = normal",
                Durability::Power => "pragma synchronous = full",
            })?;
            self.synced = Some(durability);
        }
        // A transaction that begins with reading and goes on to write fails if
        // another process wrote in between; this one waits before it reads.
        self.transaction(TransactionBehavior::Immediate, job)
    }

    /// Gives free pages back to the disk.
    pub(super) fn give_back(&mut self) -> Result<(), Failure> {
        Ok(file::give_back(&self.connection)?)
    }

    fn transaction<T>(
        &mut self,
        behavior: TransactionBehavior,
        job: impl FnOnce(&Transaction<'_>) -> Result<T, Failure>,
    ) -> Result<T, Failure> {
        let transaction = self.connection.transaction_with_behavior(behavior)?;
        schema::check_again(&transaction, &self.path)?;
        let result = job(&transaction)?;
        transaction.commit()?;
        Ok(result)
    }
}
