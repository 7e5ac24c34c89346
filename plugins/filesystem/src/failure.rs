//! What goes wrong with files, in words that help.

use std::io;

use portcullis_sdk::Error;

use crate::directories::Location;

/// Why something could not be done with a place. `verb` is what was tried:
/// `read`, `written`.
pub(crate) fn failed(location: &Location, verb: &str, error: &io::Error) -> Error {
    let why = match error.kind() {
        io::ErrorKind::NotFound => "it does not exist".to_owned(),
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem
            if verb != "read" && !location.is_writable() =>
        {
            read_only(location)
        }
        io::ErrorKind::PermissionDenied => {
            "it is not permitted, or a link leads out of the directory".to_owned()
        }
        io::ErrorKind::NotADirectory => "a part of its path is not a directory".to_owned(),
        io::ErrorKind::IsADirectory => "it is a directory".to_owned(),
        io::ErrorKind::AlreadyExists => "it exists already".to_owned(),
        io::ErrorKind::CrossesDevices => {
            "the two places lie on different disks; read the file and write it anew".to_owned()
        }
        io::ErrorKind::StorageFull => "the disk is full".to_owned(),
        _ => error.to_string(),
    };
    Error::new(format_args!("`{location}` cannot be {verb}: {why}"))
}

/// Refuses to change what is granted for reading only.
pub(crate) fn refuse_read_only(location: &Location, verb: &str) -> Result<(), Error> {
    if location.is_writable() {
        return Ok(());
    }
    Err(Error::new(format_args!(
        "`{location}` cannot be {verb}: {}",
        read_only(location)
    )))
}

fn read_only(location: &Location) -> String {
    format!(
        "`{}` is granted for reading only",
        location.directory.path()
    )
}
