//! Why an operation could not be done.

use std::{error::Error, io, path::PathBuf, time::Duration};

/// Why an operation could not be done.
///
/// The message alone may be shown to a guest: it names no path. What the
/// admin needs to know is in the source of [`StateError::Unavailable`].
#[derive(Debug, thiserror::Error)]
pub enum StateError {
    /// Something that was given, or asked for, is larger than accepted.
    #[error("{what} has {size} {unit}; at most {limit} are accepted")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// How large it is.
        size: u64,
        /// The most that is accepted.
        limit: u64,
        /// What is counted.
        unit: &'static str,
    },
    /// The plugin would keep more than it may.
    #[error(
        "plugin `{plugin}` may keep {quota} bytes and would need {needed}; delete something first, or raise the quota"
    )]
    Quota {
        /// Whose quota.
        plugin: String,
        /// How many bytes it may keep.
        quota: u64,
        /// How many it would have kept after the operation.
        needed: u64,
    },
    /// What should be incremented is no number.
    #[error(
        "the value `{value}` of key `{key}` cannot be incremented: it is not a decimal number from 0 to {}",
        u64::MAX
    )]
    NotANumber {
        /// The key.
        key: String,
        /// How its value begins, escaped.
        value: String,
    },
    /// The sum is too large.
    #[error(
        "key `{key}` cannot be incremented by {delta}: the sum would be above {}",
        u64::MAX
    )]
    Overflow {
        /// The key.
        key: String,
        /// What would have been added.
        delta: u64,
    },
    /// A cursor that leads nowhere.
    #[error(
        "the cursor {cursor} is not one of this bucket, or the key it stood at was deleted; list again from the start"
    )]
    Cursor {
        /// The cursor.
        cursor: u64,
    },
    /// The engine failed. Nothing is known to have been changed.
    #[error("the stored state cannot be used")]
    Unavailable(#[source] Box<dyn Error + Send + Sync>),
}

/// Why the embedded engine failed.
#[derive(Debug, thiserror::Error)]
pub(super) enum FileError {
    #[error("cannot {action} {}", path.display())]
    Io {
        action: &'static str,
        path: PathBuf,
        source: io::Error,
    },
    #[error(
        "{} is damaged or not a database; move it away and a new one is made (it kept tasks and plugins' values, which are lost with it)", path.display()
    )]
    Damaged {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error(
        "{} is damaged: {}; stop what uses it and mend it with `sqlite3 {} .recover`, or move it away and a new one is made (it kept tasks and plugins' values, which are lost with it)", path.display(), flaws.join(", "), path.display()
    )]
    Torn { path: PathBuf, flaws: Vec<String> },
    #[error(
        "{} is another program's database; move it away, or choose another data folder with --data", path.display()
    )]
    Foreign { path: PathBuf },
    #[error(
        "{} was written by a newer version (layout {found}, and this one knows up to {known}); update this program, or choose another data folder with --data", path.display()
    )]
    Newer {
        path: PathBuf,
        found: i64,
        known: i64,
    },
    #[error(
        "{} is on a file system that processes cannot share a database on (journal mode `{mode}`, not `wal`); choose a data folder on a local disk with --data", path.display()
    )]
    Unshared { path: PathBuf, mode: String },
    #[error("{} stayed locked by other processes for {} s", path.display(), waited.as_secs())]
    Busy { path: PathBuf, waited: Duration },
    #[error("cannot use {}", path.display())]
    Engine {
        path: PathBuf,
        source: rusqlite::Error,
    },
    #[error("the thread that works on {} has ended", path.display())]
    Ended { path: PathBuf },
    #[error("cannot get random numbers")]
    Random { source: getrandom::Error },
}

impl From<FileError> for StateError {
    fn from(error: FileError) -> Self {
        Self::Unavailable(Box::new(error))
    }
}
