//! What is known of a file.

use std::{fs, io, time::SystemTime};

use portcullis_sdk::{Result, data};

use crate::{directories::Location, failure::failed, listing::Kind, media_type, timestamp};

/// What is known of a file or a directory.
#[data]
#[derive(Debug)]
pub(crate) struct FileInfo {
    path: String,
    kind: Kind,
    /// In bytes; of files only
    #[serde(skip_serializing_if = "Option::is_none")]
    size: Option<u64>,
    /// When its contents were last changed, RFC 3339
    #[serde(skip_serializing_if = "Option::is_none")]
    modified: Option<String>,
    /// When it was last read, RFC 3339; many systems do not keep it up to date
    #[serde(skip_serializing_if = "Option::is_none")]
    accessed: Option<String>,
    /// What its name says it holds; of files only
    #[serde(skip_serializing_if = "Option::is_none")]
    media_type: Option<String>,
    /// Where it points to; of symbolic links only
    #[serde(skip_serializing_if = "Option::is_none")]
    link_target: Option<String>,
    /// Whether it may be changed
    writable: bool,
}

/// Tells what is known. Of a link it is what is known of the link.
pub(crate) fn info(location: &Location) -> Result<FileInfo> {
    let metadata = location
        .host
        .symlink_metadata()
        .map_err(|error| failed(location, "read", &error))?;
    let kind = Kind::from(metadata.file_type());
    let is_file = kind == Kind::File;
    let at = |time: io::Result<SystemTime>| time.ok().map(timestamp::rfc_3339);
    let link_target = fs::read_link(&location.host)
        .ok()
        .filter(|_| kind == Kind::Symlink);
    Ok(FileInfo {
        path: location.path.clone(),
        kind,
        size: is_file.then_some(metadata.len()),
        modified: at(metadata.modified()),
        accessed: at(metadata.accessed()),
        media_type: media_type::of(&location.path)
            .filter(|_| is_file)
            .map(str::to_owned),
        link_target: link_target.map(|target| target.to_string_lossy().into_owned()),
        writable: location.is_writable(),
    })
}
