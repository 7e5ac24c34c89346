//! A change of a host program's settings: decided, shown, then written.

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};

use super::entry::{Entry, is_ours};
use super::program::Program;
use super::settings::{HostError, Server, Settings};
use crate::package::{read_if_there, write_atomically};

/// What the name of a file's copy has after the file's own.
const BACKUP: &str = ".portcullis-backup";

/// What there is to do.
#[derive(Debug)]
pub enum Plan {
    /// Nothing: it is so already.
    Nothing,
    /// This.
    Change(Change),
}

/// A change of a file that is not written yet.
#[derive(Debug)]
pub struct Change {
    /// The file.
    pub file: PathBuf,
    /// The lines that go and come.
    pub shown: String,
    /// What the file has now; none where there is none.
    before: Option<Vec<u8>>,
    after: After,
    backup: Backup,
}

#[derive(Debug)]
enum After {
    File(Vec<u8>),
    NoFile,
}

/// What becomes of the copy beside the file.
#[derive(Debug)]
enum Backup {
    /// It is made, in the place of an earlier one.
    Made,
    /// An earlier one stays: it is of the file without us.
    Kept,
    /// It goes: the file is again what it has.
    Gone,
}

/// Puts the server into a program's settings, or brings it up to date there.
///
/// # Errors
/// Settings that cannot be read or understood, and another server of this name.
pub fn connect(
    program: &'static Program,
    file: &Path,
    name: &str,
    entry: &Entry,
) -> Result<Plan, HostError> {
    let before = read(file)?;
    let settings = Settings::parse(program, file, before.as_deref().unwrap_or_default())?;
    let there = ours(&settings, file, name)?;
    let splices = match &there {
        None => settings.put_in(name, entry)?,
        Some(there) if there.command == entry.command && there.args == entry.args => {
            return Ok(Plan::Nothing);
        }
        Some(_) => settings.update(name, entry)?,
    };
    let backup = match there {
        Some(_) if backup_of(file).exists() => Backup::Kept,
        _ => Backup::Made,
    };
    Ok(Plan::Change(Change {
        file: file.to_owned(),
        shown: settings.shown(&splices),
        after: After::File(settings.with(&splices).into_bytes()),
        before,
        backup,
    }))
}

/// Takes the server out of a program's settings. Where nothing else has changed
/// since it was put in, the file is again what it was, byte for byte.
///
/// # Errors
/// As [`connect`].
pub fn disconnect(program: &'static Program, file: &Path, name: &str) -> Result<Plan, HostError> {
    let Some(before) = read(file)? else {
        return Ok(Plan::Nothing);
    };
    let settings = Settings::parse(program, file, &before)?;
    let Some(there) = ours(&settings, file, name)? else {
        return Ok(Plan::Nothing);
    };
    let entry = Entry {
        command: there.command,
        args: there.args,
    };
    let splices = settings.take_out(name)?;
    let gives = |original: &[u8]| -> Result<bool, HostError> {
        let original = Settings::parse(program, file, original)?;
        let has_it = original.servers()?.iter().any(|server| server.name == name);
        let connected = original.with(&original.put_in(name, &entry)?);
        Ok(!has_it && connected.as_bytes() == before)
    };
    let copy = read(&backup_of(file)).ok().flatten();
    // A copy that cannot be understood is not of these settings.
    let copy = copy.filter(|copy| gives(copy).unwrap_or(false));
    let (after, backup) = match copy {
        Some(copy) => (After::File(copy), Backup::Gone),
        None if gives(b"")? => (After::NoFile, Backup::Kept),
        None => (
            After::File(settings.with(&splices).into_bytes()),
            Backup::Made,
        ),
    };
    Ok(Plan::Change(Change {
        file: file.to_owned(),
        shown: settings.shown(&splices),
        after,
        before: Some(before),
        backup,
    }))
}

/// The servers of a program that are this program, under whatever name.
///
/// # Errors
/// Settings that cannot be read or understood.
pub fn connected(program: &'static Program, file: &Path) -> Result<Vec<Server>, HostError> {
    let Some(bytes) = read(file)? else {
        return Ok(Vec::new());
    };
    let mut servers = Settings::parse(program, file, &bytes)?.servers()?;
    servers.retain(|server| is_ours(&server.command));
    Ok(servers)
}

impl Change {
    /// Whether the file is new.
    pub fn is_new(&self) -> bool {
        self.before.is_none()
    }

    /// Whether the file goes, in which nothing else was.
    pub fn removes(&self) -> bool {
        matches!(self.after, After::NoFile)
    }

    /// Writes the change, and gives the copy of what was there, if one is made.
    ///
    /// # Errors
    /// Whatever the file system gives, and a file that is not what it was when
    /// this was decided. It has its old content then.
    pub fn write(&self) -> Result<Option<PathBuf>, HostError> {
        if read(&self.file)? != self.before {
            return Err(HostError::Changed {
                path: self.file.clone(),
            });
        }
        let failed = |path: &Path| {
            let path = path.to_owned();
            move |source| HostError::Write { path, source }
        };
        let copy = backup_of(&self.file);
        let mut made = None;
        if let (Backup::Made, Some(before)) = (&self.backup, &self.before) {
            write_atomically(&copy, before).map_err(failed(&copy))?;
            made = Some(copy.clone());
        }
        match &self.after {
            After::File(bytes) => write_atomically(&self.file, bytes),
            After::NoFile => fs::remove_file(&self.file),
        }
        .map_err(failed(&self.file))?;
        if let Backup::Gone = self.backup {
            fs::remove_file(&copy).map_err(failed(&copy))?;
        }
        Ok(made)
    }
}

/// Our server of this name, if it is there.
fn ours(settings: &Settings<'_>, file: &Path, name: &str) -> Result<Option<Server>, HostError> {
    let servers = settings.servers()?.into_iter();
    match servers.rev().find(|server| server.name == name) {
        Some(server) if !is_ours(&server.command) => Err(HostError::Other {
            path: file.to_owned(),
            line: server.line,
            name: server.name,
            command: server.command,
        }),
        found => Ok(found),
    }
}

fn backup_of(file: &Path) -> PathBuf {
    let mut name = OsString::from(file);
    name.push(BACKUP);
    name.into()
}

fn read(file: &Path) -> Result<Option<Vec<u8>>, HostError> {
    let bytes = read_if_there(file).map_err(|source| HostError::Read {
        path: file.to_owned(),
        source,
    })?;
    // Writing would put a file in the link's place.
    if bytes.is_none() && fs::symlink_metadata(file).is_ok() {
        return Err(HostError::Dangling {
            path: file.to_owned(),
        });
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests;
