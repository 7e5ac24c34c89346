//! Whether the file is whole.

use std::path::Path;

use rusqlite::{Connection, OpenFlags, config::DbConfig};

use super::{
    StateError,
    error::FileError,
    file::{BUSY, SetUp, explain},
    schema,
};

/// What a file that is whole keeps.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Checked {
    /// The plugins that keep something, and how many bytes.
    pub plugins: Vec<(String, u64)>,
}

/// How many flaws are told at most.
const MAX_FLAWS: u32 = 5;

/// Reads the whole file. Nothing is changed: not even what a process that was
/// killed has left in the log beside it is moved to where it belongs.
pub(super) fn check(path: &Path) -> Result<Checked, StateError> {
    if !path.exists() {
        return Ok(Checked::default());
    }
    let read = || -> Result<Checked, SetUp> {
        let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
        let mut connection = Connection::open_with_flags(path, flags)?;
        connection.busy_timeout(BUSY)?;
        if has_log(path) {
            connection.set_db_config(DbConfig::SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, true)?;
        }
        connection.execute_batch(
            "pragma query_only = on;
             pragma trusted_schema = off;
             pragma cell_size_check = on;",
        )?;
        let is_new = schema::check(&mut connection, path)?;
        let flaws = strings(&connection, &format!("pragma quick_check({MAX_FLAWS})"))?;
        if flaws != ["ok"] {
            return Err(SetUp::Refused(FileError::Torn {
                path: path.to_owned(),
                flaws,
            }));
        }
        if is_new {
            return Ok(Checked::default());
        }
        let mut statement = connection
            .prepare("select plugin, bytes from usage where bytes > 0 order by plugin")?;
        let plugins = statement.query_map([], |row| {
            Ok((row.get(0)?, row.get::<_, i64>(1)?.cast_unsigned()))
        })?;
        let plugins = plugins.collect::<Result<_, _>>()?;
        Ok(Checked { plugins })
    };
    read().map_err(|failure| match failure {
        SetUp::Refused(error) => error.into(),
        SetUp::Engine(error) => explain(path, error).into(),
    })
}

fn strings(connection: &Connection, query: &str) -> rusqlite::Result<Vec<String>> {
    let mut statement = connection.prepare(query)?;
    let rows = statement.query_map([], |row| row.get(0))?;
    rows.collect()
}

/// Whether there is a log beside the file that is not in the file yet.
fn has_log(path: &Path) -> bool {
    let mut name = path.as_os_str().to_owned();
    name.push("-wal");
    std::fs::metadata(name).is_ok_and(|log| log.len() > 0)
}
