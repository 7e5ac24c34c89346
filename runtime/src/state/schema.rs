//! The layout of the file, and how an older one becomes the present one.
//!
//! `user_version` is the number of migrations that were applied. It grows with
//! each change of the layout, and a file with a larger one than known is left
//! alone. `application_id` tells our files from other programs'.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::{
    error::FileError,
    file::{SetUp, explain},
};

/// `Prtc`, in our files' headers.
const APPLICATION: i64 = 0x5072_7463;

/// Each brings a file from its index to the next version. Published ones never
/// change.
///
/// An entry's `id` is random, not counted: it is what a plugin sees as a cursor,
/// and a count would tell it how much the others store.
const MIGRATIONS: &[&str] = &["
    create table entry (
        id integer primary key,
        plugin text not null,
        bucket text not null,
        key text not null,
        value blob not null,
        unique (plugin, bucket, key)
    ) strict;

    create table usage (
        plugin text primary key,
        bytes integer not null
    ) strict, without rowid;

    create table task (
        id text primary key,
        plugin text not null,
        tool text not null,
        principal text,
        status text not null,
        message text,
        created integer not null,
        updated integer not null,
        ttl integer,
        expires integer,
        outcome text,
        runner text not null
    ) strict;

    create index task_expires on task (expires) where expires is not null;
"];

/// The version that this program writes.
const KNOWN: i64 = MIGRATIONS.len() as i64;

/// Refuses another program's file and a newer one. Gives whether it is empty.
pub(super) fn check(connection: &mut Connection, path: &Path) -> Result<bool, SetUp> {
    // One transaction, so that no other process makes the tables in between.
    let transaction = connection.transaction()?;
    let number =
        |name: &str| transaction.pragma_query_value(None, name, |row| row.get::<_, i64>(0));
    let (application, version) = (number("application_id")?, number("user_version")?);
    let tables: i64 =
        transaction.query_row("select count(*) from sqlite_schema", [], |row| row.get(0))?;
    let new = application == 0 && version == 0 && tables == 0;
    if !new && application != APPLICATION {
        let path = path.to_owned();
        return Err(SetUp::Refused(FileError::Foreign { path }));
    }
    known(version, path).map_err(SetUp::Refused)?;
    Ok(new)
}

/// Refuses to go on with a file that a newer process has migrated meanwhile.
pub(super) fn check_again(connection: &Connection, path: &Path) -> Result<(), FileError> {
    let version = connection
        .prepare_cached("pragma user_version")
        .and_then(|mut statement| statement.query_row([], |row| row.get(0)))
        .map_err(|error| explain(path, error))?;
    known(version, path)
}

/// Brings the file to the present version.
pub(super) fn migrate(connection: &mut Connection, path: &Path) -> Result<(), SetUp> {
    let version = |connection: &Connection| {
        connection.pragma_query_value(None, "user_version", |row| row.get::<_, i64>(0))
    };
    if version(connection)? == KNOWN {
        return Ok(());
    }
    let transaction = connection.transaction_with_behavior(TransactionBehavior::Immediate)?;
    // Another process may have done it while this one waited for its turn.
    let found = version(&transaction)?;
    known(found, path).map_err(SetUp::Refused)?;
    for migration in MIGRATIONS.iter().skip(usize::try_from(found).unwrap_or(0)) {
        transaction.execute_batch(migration)?;
    }
    transaction.pragma_update(None, "application_id", APPLICATION)?;
    transaction.pragma_update(None, "user_version", KNOWN)?;
    transaction.commit()?;
    Ok(())
}

fn known(found: i64, path: &Path) -> Result<(), FileError> {
    if (0..=KNOWN).contains(&found) {
        return Ok(());
    }
    Err(FileError::Newer {
        path: path.to_owned(),
        found,
        known: KNOWN,
    })
}
