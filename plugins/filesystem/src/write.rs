//! Writing files, creating directories, and moving either.

use std::{
    fs::{self, File, OpenOptions},
    hash::{BuildHasher, Hasher, RandomState},
    io::{self, Write},
    path::{Path, PathBuf},
};

use portcullis_sdk::{Error, Result};

use crate::{
    directories::Location,
    failure::{failed, refuse_read_only},
};

/// Writes a file, or all of an existing one anew, and says whether there was
/// one.
///
/// The bytes go into a new file beside it, which then takes its name: a reader
/// sees the old file or the new one, and nothing of a write that failed. A link
/// is refused, since it would be replaced and not what it points to.
pub(crate) fn replace(location: &Location, bytes: &[u8]) -> Result<bool> {
    refuse_read_only(location, "written")?;
    let replaced = match location.host.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => false,
        Err(error) => return Err(failed(location, "written", &error)),
        Ok(metadata) if metadata.is_dir() => {
            return Err(Error::new(format_args!("`{location}` is a directory")));
        }
        Ok(metadata) if metadata.is_symlink() => return Err(is_link(location)),
        Ok(metadata) if !metadata.is_file() => {
            return Err(Error::new(format_args!("`{location}` is not a file")));
        }
        Ok(_) => true,
    };
    let folder = location.host.parent().unwrap_or(Path::new("/"));
    if !folder.is_dir() {
        return Err(Error::new(format_args!(
            "`{location}` cannot be written: there is no directory for it; make it with \
             `create_directory`"
        )));
    }
    write_beside(folder, &location.host, bytes)
        .map_err(|error| failed(location, "written", &error))?;
    Ok(replaced)
}

/// Creates a directory and those above it.
pub(crate) fn create_directory(location: &Location) -> Result<()> {
    // The granted directory itself is there, whatever its access.
    if location.host.is_dir() {
        return Ok(());
    }
    refuse_read_only(location, "created")?;
    fs::create_dir_all(&location.host).map_err(|error| failed(location, "created", &error))
}

/// Moves a file or a directory to where nothing is.
///
/// Looking and moving are two steps, as WASI has no way to do both at once.
pub(crate) fn relocate(source: &Location, destination: &Location) -> Result<()> {
    refuse_read_only(source, "moved")?;
    refuse_read_only(destination, "written")?;
    if source.is_root() {
        return Err(Error::new(format_args!(
            "`{source}` is a granted directory and cannot be moved"
        )));
    }
    let metadata = source
        .host
        .symlink_metadata()
        .map_err(|error| failed(source, "moved", &error))?;
    let into_itself = format!("{}/", source.path);
    if metadata.is_dir() && destination.path.starts_with(&into_itself) {
        return Err(Error::new(format_args!(
            "`{source}` cannot be moved into itself"
        )));
    }
    match destination.host.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {}
        Err(error) => return Err(failed(destination, "written", &error)),
        Ok(found) => {
            let advice = if found.is_dir() {
                format!("; to move into it, give the new path: `{destination}/NAME`")
            } else {
                String::new()
            };
            return Err(Error::new(format_args!(
                "`{destination}` exists already and is not overwritten{advice}"
            )));
        }
    }
    fs::rename(&source.host, &destination.host).map_err(|error| match error.kind() {
        io::ErrorKind::NotFound => Error::new(format_args!(
            "`{destination}` cannot be written: there is no directory for it; make it with \
             `create_directory`"
        )),
        _ => failed(source, "moved", &error),
    })
}

fn write_beside(folder: &Path, target: &Path, bytes: &[u8]) -> io::Result<()> {
    let (path, mut file) = new_file(folder)?;
    let written = file
        .write_all(bytes)
        .and_then(|()| file.sync_all())
        .and_then(|()| fs::rename(&path, target));
    if written.is_err() {
        drop(file);
        // The first error is the one to tell.
        _ = fs::remove_file(&path);
    }
    written
}

/// A new file under a name that nobody else has.
fn new_file(folder: &Path) -> io::Result<(PathBuf, File)> {
    loop {
        let random = RandomState::new().build_hasher().finish();
        let path = folder.join(format!(".{random:016x}.tmp"));
        match OpenOptions::new().write(true).create_new(true).open(&path) {
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => {}
            opened => return Ok((path, opened?)),
        }
    }
}

fn is_link(location: &Location) -> Error {
    let target = fs::read_link(&location.host);
    let target = target.map(|target| format!(" to `{}`", target.display()));
    Error::new(format_args!(
        "`{location}` is a symbolic link{}; write what it points to",
        target.unwrap_or_default()
    ))
}
