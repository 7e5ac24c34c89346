//! The log that all of a process write to.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::batch::Batches;
use super::commit::Commits;
use super::file::LogFile;
use super::line::{Arguments, Call, rendered};
use crate::config::{AuditConfig, AuditedArguments};

/// Records calls and changes of grants, or does nothing where the admin wants no
/// log.
pub struct Log(Option<Open>);

pub(super) struct Open {
    pub(super) data: PathBuf,
    arguments: AuditedArguments,
    file: Arc<Mutex<LogFile>>,
    batches: Batches,
    /// What waits for the disk; none where nothing does.
    commits: Option<Commits>,
    /// Whether the last line could not be written.
    broken: Arc<AtomicBool>,
}

/// A call that has begun, and what it is recorded in.
pub struct Begun(Arc<Log>);

/// A log that cannot be written, where it has to be.
#[derive(Clone, Debug, thiserror::Error)]
#[error("cannot write the audit log {}", path.display())]
pub struct Unwritable {
    path: PathBuf,
    source: Arc<io::Error>,
}

impl Unwritable {
    pub(super) fn new(path: &Path, source: io::Error) -> Self {
        Unwritable {
            path: path.to_owned(),
            source: Arc::new(source),
        }
    }
}

impl Log {
    /// No log.
    pub fn none() -> Self {
        Log(None)
    }

    /// Opens the log as the admin wants it, by default in the data folder.
    ///
    /// # Errors
    /// A file that cannot be written, where lines have to be on the disk. Else
    /// that is logged.
    pub fn open(config: &AuditConfig, data: &Path) -> Result<Self, Unwritable> {
        if !config.enabled {
            return Ok(Log::none());
        }
        let path = config.file_in(data);
        let file = LogFile::new(path.clone(), config.max_size, config.keep, config.sync);
        let file = Arc::new(Mutex::new(file));
        let open = Open {
            data: data.to_owned(),
            arguments: config.arguments,
            batches: Batches::new(Arc::clone(&file)),
            file,
            commits: None,
            broken: Arc::default(),
        };
        if !config.sync {
            // A failure is logged; nothing is lost yet.
            let _ = open.lock().write(&[], 0);
            return Ok(Log(Some(open)));
        }
        let failed = |error| Unwritable::new(&path, error);
        open.lock().write(&[], 0).map_err(failed)?;
        let commits = Commits::start(Arc::clone(&open.file), Arc::clone(&open.broken));
        Ok(Log(Some(Open {
            commits: Some(commits.map_err(failed)?),
            ..open
        })))
    }

    /// A call begins; none where nothing is recorded.
    pub fn begin(self: &Arc<Self>) -> Option<Begun> {
        let open = self.0.as_ref()?;
        open.batches.begin();
        Some(Begun(Arc::clone(self)))
    }

    /// Whether a call may begin.
    ///
    /// # Errors
    /// Lines have to be on the disk, and cannot be written.
    pub fn ready(&self) -> Result<(), Unwritable> {
        match &self.0 {
            Some(open) if open.commits.is_some() && open.broken.load(Ordering::Relaxed) => {
                let mut file = open.lock();
                file.write(&[], 0)
                    .map_err(|error| Unwritable::new(file.path(), error))?;
                open.broken.store(false, Ordering::Relaxed);
                Ok(())
            }
            _ => Ok(()),
        }
    }

    pub(super) fn opened(&self) -> Option<&Open> {
        self.0.as_ref()
    }
}

impl Begun {
    /// Another call begins, with this one.
    pub fn again(&self) -> Begun {
        self.open().batches.begin();
        Begun(Arc::clone(&self.0))
    }

    /// What is to be kept of a call's arguments.
    pub fn arguments(&self, arguments: &str) -> Arguments {
        Arguments::of(arguments, self.open().arguments)
    }

    /// Records a call. Ends when the line is where it has to be before the call
    /// is answered.
    ///
    /// # Errors
    /// The line has to be on the disk, and is not.
    pub async fn record(&self, call: &Call<'_>) -> Result<(), Unwritable> {
        let open = self.open();
        let line = rendered(call);
        let Some(commits) = &open.commits else {
            open.batches.add(&line).await;
            return Ok(());
        };
        let written = commits.add(line);
        written.await.unwrap_or_else(|_| {
            let ended = io::Error::other("the thread that writes it has ended");
            Err(Unwritable::new(open.lock().path(), ended))
        })
    }

    /// Records a call that nobody waits for.
    pub fn record_abandoned(&self, call: &Call<'_>) {
        let open = self.open();
        let line = rendered(call);
        match &open.commits {
            Some(commits) => drop(commits.add(line)),
            None => open.batches.write(&line),
        }
    }

    fn open(&self) -> &Open {
        self.0.opened().expect("calls begin where there is a log")
    }
}

impl Drop for Begun {
    fn drop(&mut self) {
        self.open().batches.end();
    }
}

impl Open {
    pub(super) fn lock(&self) -> MutexGuard<'_, LogFile> {
        self.file.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether lines have to be on the disk.
    pub(super) fn is_sync(&self) -> bool {
        self.commits.is_some()
    }
}
