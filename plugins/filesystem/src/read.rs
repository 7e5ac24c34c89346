//! Reading files, up to [`MAX_BYTES`] at once.

use std::{
    fs::File,
    io::{self, BufRead, BufReader, Read, Seek, SeekFrom},
};

use portcullis_sdk::{Content, Error, ResourceContents, Result, http};

use crate::{directories::Location, failure::failed, media_type};

/// The most that is read of a file at once. The runtime bounds what a call may
/// answer with to 8 MiB, and a client what it can use to far less.
pub(crate) const MAX_BYTES: u64 = 4 * 1024 * 1024;

/// How much is read at once while looking for the last lines.
const CHUNK: u64 = 64 * 1024;

/// All of a text file.
pub(crate) fn text(location: &Location) -> Result<String> {
    let bytes = whole(location, "; read a part of it with `head` or `tail`")?;
    utf8(location, bytes)
}

/// The first lines of a text file.
pub(crate) fn head(location: &Location, lines: usize) -> Result<String> {
    let (file, _) = open(location)?;
    let mut reader = BufReader::new(file.take(MAX_BYTES + 1));
    let mut bytes = Vec::new();
    for _ in 0..lines {
        let read = reader.read_until(b'\n', &mut bytes);
        if read.map_err(|error| failed(location, "read", &error))? == 0 {
            break;
        }
    }
    if bytes.len() as u64 > MAX_BYTES {
        return Err(too_large(&format!(
            "the first {lines} lines of `{location}` are"
        )));
    }
    utf8(location, bytes)
}

/// The last lines of a text file.
pub(crate) fn tail(location: &Location, lines: usize) -> Result<String> {
    let (mut file, size) = open(location)?;
    let bytes = last_lines(&mut file, size, lines)
        .map_err(|error| failed(location, "read", &error))?
        .ok_or_else(|| too_large(&format!("the last {lines} lines of `{location}` are")))?;
    utf8(location, bytes)
}

/// An image, a sound, or the bytes of any other file.
pub(crate) fn media(location: &Location) -> Result<Content> {
    let bytes = whole(location, "")?;
    let media_type = media_type::of(&location.path).unwrap_or("application/octet-stream");
    Ok(match media_type.split('/').next() {
        Some("image") => Content::image(bytes, media_type),
        Some("audio") => Content::audio(bytes, media_type),
        _ => {
            let contents = ResourceContents::blob(uri(location), bytes);
            Content::resource(contents.mime_type(media_type))
        }
    })
}

/// A file as a resource: text if it is UTF-8, else bytes.
pub(crate) fn resource(location: &Location) -> Result<ResourceContents> {
    if matches!(location.host.symlink_metadata(), Err(error) if error.kind() == io::ErrorKind::NotFound)
    {
        return Err(Error::not_found());
    }
    let known = media_type::of(&location.path);
    Ok(match String::from_utf8(whole(location, "")?) {
        Ok(text) => {
            ResourceContents::text(uri(location), text).mime_type(known.unwrap_or("text/plain"))
        }
        Err(error) => ResourceContents::blob(uri(location), error.into_bytes())
            .mime_type(known.unwrap_or("application/octet-stream")),
    })
}

/// The file's resource.
fn uri(location: &Location) -> String {
    let parts: Vec<String> = location.path.split('/').map(http::encode).collect();
    format!("fs://file{}", parts.join("/"))
}

fn whole(location: &Location, advice: &str) -> Result<Vec<u8>> {
    let (file, size) = open(location)?;
    let mut bytes = Vec::new();
    if size <= MAX_BYTES {
        // A file may grow while it is read.
        let read = file.take(MAX_BYTES + 1).read_to_end(&mut bytes);
        read.map_err(|error| failed(location, "read", &error))?;
    }
    if size.max(bytes.len() as u64) > MAX_BYTES {
        let message = format!("`{location}` is {size} bytes,");
        return Err(Error::new(too_large(&message).message() + advice));
    }
    Ok(bytes)
}

/// The file and its size. What is no file is refused before it is opened,
/// since opening a pipe waits for somebody to write.
fn open(location: &Location) -> Result<(File, u64)> {
    let refused = |error| failed(location, "read", &error);
    let metadata = location.host.metadata().map_err(refused)?;
    if metadata.is_dir() {
        return Err(Error::new(format_args!(
            "`{location}` is a directory; use `list_directory`"
        )));
    }
    if !metadata.is_file() {
        return Err(Error::new(format_args!("`{location}` is not a file")));
    }
    let file = File::open(&location.host).map_err(refused)?;
    Ok((file, metadata.len()))
}

/// The last lines, or nothing if they are too large.
fn last_lines(file: &mut File, size: u64, lines: usize) -> io::Result<Option<Vec<u8>>> {
    let mut tail: Vec<u8> = Vec::new();
    let mut start = size;
    // The newline at the very end ends the last line and begins none.
    let mut newlines = 0;
    while start > 0 {
        let chunk_start = start.saturating_sub(CHUNK);
        let mut chunk = vec![0; usize::try_from(start - chunk_start).unwrap_or_default()];
        file.seek(SeekFrom::Start(chunk_start))?;
        file.read_exact(&mut chunk)?;
        let is_last = start == size;
        start = chunk_start;
        for index in (0..chunk.len()).rev() {
            let ends_file = is_last && index + 1 == chunk.len();
            if chunk[index] != b'\n' || ends_file {
                continue;
            }
            newlines += 1;
            if newlines == lines {
                chunk.drain(..=index);
                start = 0;
                break;
            }
        }
        chunk.append(&mut tail);
        tail = chunk;
        if tail.len() as u64 > MAX_BYTES {
            return Ok(None);
        }
    }
    Ok(Some(tail))
}

fn utf8(location: &Location, bytes: Vec<u8>) -> Result<String> {
    String::from_utf8(bytes).map_err(|_| {
        Error::new(format_args!(
            "`{location}` is not UTF-8 text; use `read_media_file`"
        ))
    })
}

fn too_large(what: &str) -> Error {
    Error::new(format_args!(
        "{what} more than the {MAX_BYTES} bytes that are read at once"
    ))
}
