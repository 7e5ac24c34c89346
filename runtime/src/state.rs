//! What survives a restart: plugins' key-value stores, and tasks.
//!
//! Two small interfaces, [`KeyValue`] and [`Tasks`], and one embedded engine
//! behind both, [`State`]: a SQLite file, `state.db` in the data folder. A
//! distributed engine is another implementation of the two. Whoever uses them
//! holds an `Arc<dyn KeyValue>` or an `Arc<dyn Tasks>` and sees neither SQLite
//! nor a path.
//!
//! What holds for each engine:
//! - Every operation is atomic, across tasks of this process and across
//!   processes: it happens as a whole or, if it is an error, not at all.
//! - A process that is killed at any point tears nothing.
//! - A task is on the disk before its handle is given out, and its end before
//!   [`Tasks::finish`] returns: both survive a power cut. A plugin's value
//!   survives the end of the process; a power cut may take the last ones.
//! - An [`Answer`] does nothing before it is polled. Dropping it early leaves
//!   its operation undone or done as a whole.
//!
//! What holds for this one: several processes may use the same data folder at
//! once, on one machine. Nothing is opened or made before the first use. It is
//! not for network file systems, which share no memory between machines.
//!
//! This room imports nothing of ours, and knows neither JSON-RPC nor guests:
//! outcomes are text and values are bytes to it.

mod check;
mod database;
mod error;
mod file;
mod key_value;
mod runner;
mod schema;
mod tasks;
#[cfg(test)]
mod tests;

use std::{path::Path, pin::Pin, sync::Arc};

pub use check::Checked;
pub use error::StateError;
pub use key_value::{BUCKET_BYTES, Entry};
pub use key_value::{Bucket, KEY_BYTES, KEYS_PER_BATCH, KEYS_PER_PAGE, KeyPage, KeyValue};
pub use tasks::{Ending, Lost, NewTask, TaskRecord, TaskStatus, Tasks};

use database::Database;
use runner::Runners;

/// The file's name in the data folder.
pub const FILE: &str = "state.db";

/// What an operation will have given.
pub type Answer<T> = Pin<Box<dyn Future<Output = Result<T, StateError>> + Send>>;

/// The embedded engine: `state.db` in the data folder, and `runners` beside it.
///
/// Clones share one connection, on a thread of its own. Dropping the last of
/// them, and of its answers, waits for what is being written and closes the
/// file.
#[derive(Clone)]
pub struct State {
    database: Database,
    runners: Arc<Runners>,
}

impl State {
    /// The state kept in a data folder. Nothing is opened or made before the
    /// first use, and what cannot be opened is tried again at the next.
    pub fn new(data: &Path) -> Self {
        Self {
            database: Database::new(data.join(FILE)),
            runners: Arc::new(Runners::new(data.join("runners"))),
        }
    }

    /// Whether the state in a data folder is whole, and what it keeps. Other
    /// processes may use it meanwhile. Blocks until the whole file is read.
    ///
    /// What it looks at is how the file hangs together: SQLite keeps no digests,
    /// so a value that was exchanged for another is not found.
    ///
    /// # Errors
    /// What is wrong with the file, and what to do.
    pub fn check(data: &Path) -> Result<Checked, StateError> {
        check::check(&data.join(FILE))
    }
}
