//! Opening the file, and how it is set up.
//!
//! The pragmas, with their reasons:
//! - `journal_mode = wal`: several processes read while one writes, and a
//!   killed process leaves nothing half-written.
//! - `busy_timeout`: a process waits for another's write, which takes well
//!   under a millisecond, instead of failing.
//! - `auto_vacuum = incremental`: the room of a removed plugin can be given
//!   back to the disk.
//! - `journal_size_limit`: the log beside the file gives back what one large
//!   write made it grow to.
//! - `fullfsync`: on macOS a plain `fsync` does not reach the disk.
//! - `trusted_schema = off` and `cell_size_check = on`: a file that somebody
//!   tampered with is met with an error.
//!
//! `synchronous` depends on what is written: see `database`.

use std::{
    fs, io,
    path::Path,
    thread,
    time::{Duration, Instant},
};

use rusqlite::{Connection, ErrorCode, OpenFlags};

use super::{error::FileError, schema};

/// How long an operation waits for other processes.
pub(super) const BUSY: Duration = Duration::from_secs(5);
/// How many bytes the log beside the file keeps at most when it is not needed.
const LOG_BYTES: i64 = 8 << 20;
/// How many statements stay compiled; more than there are.
const STATEMENTS: usize = 64;

/// Opens the file, which is made if it is missing, in the layout of this
/// version.
pub(super) fn open(path: &Path) -> Result<Connection, FileError> {
    make(path)?;
    set_up(path).map_err(|failure| match failure {
        SetUp::Refused(error) => error,
        SetUp::Engine(error) => explain(path, error),
    })
}

/// Makes a folder and those above it, the owner's only where there are owners.
pub(super) fn make_folder(folder: &Path) -> Result<(), FileError> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    let failed = |source| FileError::Io {
        action: "make the folder",
        path: folder.to_owned(),
        source,
    };
    builder.create(folder).map_err(failed)
}

/// What an error of SQLite means for the admin.
pub(super) fn explain(path: &Path, source: rusqlite::Error) -> FileError {
    let path = path.to_owned();
    match source.sqlite_error_code() {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => {
            FileError::Damaged { path, source }
        }
        Some(ErrorCode::DatabaseBusy | ErrorCode::DatabaseLocked) => {
            FileError::Busy { path, waited: BUSY }
        }
        _ => FileError::Engine { path, source },
    }
}

/// Why the file could not be set up.
pub(super) enum SetUp {
    Refused(FileError),
    Engine(rusqlite::Error),
}

impl From<rusqlite::Error> for SetUp {
    fn from(error: rusqlite::Error) -> Self {
        Self::Engine(error)
    }
}

/// Makes an empty file, which is an empty database, if there is none. It is
/// the owner's only, and so are the files that SQLite puts beside it.
///
/// The file gets its name after it was closed: closing a file drops the locks
/// that the process has on it through any other handle (POSIX), so nothing but
/// SQLite may ever open the file under its name.
fn make(path: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::Io {
        action: "make",
        path: path.to_owned(),
        source,
    };
    if path.try_exists().map_err(failed)? {
        return Ok(());
    }
    let folder = path.parent().unwrap_or(Path::new("."));
    make_folder(folder)?;
    let file = tempfile::Builder::new()
        .prefix(".portcullis-")
        .suffix(".tmp")
        .tempfile_in(folder)
        .map_err(failed)?
        .into_temp_path();
    match file.persist_noclobber(path) {
        Err(error) if error.error.kind() != io::ErrorKind::AlreadyExists => {
            Err(failed(error.error))
        }
        _ => Ok(()),
    }
}

fn set_up(path: &Path) -> Result<Connection, SetUp> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let mut connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(BUSY)?;
    connection.set_prepared_statement_cache_capacity(STATEMENTS);
    connection.execute_batch(
        "pragma trusted_schema = off;
         pragma cell_size_check = on;
         pragma fullfsync = on;",
    )?;
    // Another program's database must not even change its journal mode.
    if schema::check(&mut connection, path)? {
        // Of a file that is not empty this would write the header anew.
        connection.execute_batch("pragma auto_vacuum = incremental")?;
    }
    share(&connection, path)?;
    connection.pragma_update_and_check(None, "journal_size_limit", LOG_BYTES, |_| Ok(()))?;
    schema::migrate(&mut connection, path)?;
    Ok(connection)
}

/// Sets the journal mode. It is kept in the file, so this is a look for all
/// but the first process; the first ones at a new file get in each other's way,
/// for which SQLite does not call the busy handler.
fn share(connection: &Connection, path: &Path) -> Result<(), SetUp> {
    let deadline = Instant::now() + BUSY;
    loop {
        let mode: Result<String, _> =
            connection.pragma_update_and_check(None, "journal_mode", "wal", |row| row.get(0));
        match mode {
            Ok(mode) if mode == "wal" => return Ok(()),
            Ok(mode) => {
                let path = path.to_owned();
                return Err(SetUp::Refused(FileError::Unshared { path, mode }));
            }
            Err(error)
                if error.sqlite_error_code() == Some(ErrorCode::DatabaseBusy)
                    && Instant::now() < deadline =>
            {
                thread::sleep(Duration::from_millis(5));
            }
            Err(error) => return Err(error.into()),
        }
    }
}

/// Gives free pages back to the disk, a piece at a time so that other
/// processes can write in between. Ends when there are no fewer than before,
/// which is so from the start in a file that was set up by hand.
pub(super) fn give_back(connection: &Connection) -> rusqlite::Result<()> {
    let mut before = i64::MAX;
    loop {
        let free = connection.pragma_query_value(None, "freelist_count", |row| row.get(0))?;
        if free == 0 || free >= before {
            return Ok(());
        }
        before = free;
        let mut piece = connection.prepare("pragma incremental_vacuum(256)")?;
        let mut pages = piece.query([])?;
        while pages.next()?.is_some() {}
    }
}
