//! The file that lines are appended to, and its rotation.

use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use super::line::{Gap, rendered};

/// How often is looked whether a file ends in the middle of a line, and how long
/// is waited in between.
const LOOKS: u32 = 50;
const LOOK: Duration = Duration::from_millis(1);

/// The log as one process writes it.
pub(super) struct LogFile {
    path: PathBuf,
    max_size: u64,
    keep: u32,
    sync: bool,
    open: Option<File>,
    /// Whether the file ends in the middle of a line.
    torn: bool,
    /// Lines that could not be written since the last that could.
    missing: u64,
    /// Whether the last write failed.
    failing: bool,
}

impl LogFile {
    /// Nothing is opened before it is needed. `sync` waits for the disk.
    pub(super) fn new(path: PathBuf, max_size: u64, keep: u32, sync: bool) -> Self {
        LogFile {
            path,
            max_size,
            keep,
            sync,
            open: None,
            torn: false,
            missing: 0,
            failing: false,
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes `count` whole lines by one write at the file's end; none finds out
    /// whether that is possible. What fails is counted, and told when a later
    /// write succeeds; the first failure in a row is logged.
    pub(super) fn write(&mut self, lines: &[u8], count: u64) -> io::Result<()> {
        let written = self.append(lines);
        let path = self.path.display();
        match &written {
            Ok(()) if self.failing => {
                let missing = std::mem::take(&mut self.missing);
                tracing::warn!(
                    "the audit log {path} can be written again; {missing} lines are missing"
                );
                self.failing = false;
            }
            Ok(()) => {}
            Err(error) => {
                if !self.failing {
                    tracing::warn!("cannot write the audit log {path}: {error}");
                }
                self.failing = true;
                self.missing += count;
                // It may have been replaced, or its disk mounted anew.
                self.open = None;
            }
        }
        written
    }

    fn append(&mut self, lines: &[u8]) -> io::Result<()> {
        self.ready()?;
        let mut all;
        let mut bytes = lines;
        if self.torn || self.missing > 0 {
            all = if self.torn { vec![b'\n'] } else { Vec::new() };
            if self.missing > 0 {
                all.extend(rendered(&Gap::of(self.missing)));
            }
            all.extend_from_slice(lines);
            bytes = &all;
        }
        if bytes.is_empty() {
            return Ok(());
        }
        let Some(mut file) = self.open.as_ref() else {
            return Err(ErrorKind::NotFound.into());
        };
        let written = loop {
            match file.write(bytes) {
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                written => break written?,
            }
        };
        if written < bytes.len() {
            self.torn = true;
            return Err(io::Error::new(
                ErrorKind::WriteZero,
                format!("{written} of {} bytes were written", bytes.len()),
            ));
        }
        if self.sync {
            file.sync_data()?;
        }
        self.torn = false;
        Ok(())
    }

    /// Sees to it that a file is open that is neither full nor gone.
    fn ready(&mut self) -> io::Result<()> {
        loop {
            if self.open.is_none() {
                self.open = Some(self.open_file()?);
            }
            let metadata = match &self.open {
                Some(file) => file.metadata()?,
                None => continue,
            };
            if metadata.len() >= self.max_size {
                self.open = None;
                self.rotate()?;
            } else if is_gone(&metadata) {
                self.open = None;
            } else {
                return Ok(());
            }
        }
    }

    fn open_file(&mut self) -> io::Result<File> {
        let folder = folder(&self.path);
        fs::create_dir_all(folder)?;
        let new = !self.path.exists();
        let mut file = owners_only(OpenOptions::new().read(true).append(true).create(true))
            .open(&self.path)?;
        // Another process may be in the middle of writing; what is torn stays so.
        self.torn = (0..LOOKS).all(|look| {
            thread::sleep(LOOK * look.min(1));
            !ends_whole(&mut file).unwrap_or(true)
        });
        if self.sync && new {
            sync_folder(folder)?;
        }
        Ok(file)
    }

    /// Moves each file to the next number and drops the last, unless another
    /// process has just done so.
    fn rotate(&self) -> io::Result<()> {
        let lock = owners_only(OpenOptions::new().write(true).create(true))
            .open(numbered(&self.path, "lock"))?;
        lock.lock()?;
        match fs::metadata(&self.path) {
            Ok(metadata) if metadata.len() >= self.max_size => {}
            _ => return Ok(()),
        }
        let at = |number: u32| numbered(&self.path, &number.to_string());
        missing_is_fine(fs::remove_file(at(self.keep)))?;
        for number in (1..self.keep).rev() {
            missing_is_fine(fs::rename(at(number), at(number + 1)))?;
        }
        missing_is_fine(fs::rename(&self.path, at(1)))?;
        if self.sync {
            sync_folder(folder(&self.path))?;
        }
        Ok(())
    }
}

/// Whether a file is empty or its last line ended.
fn ends_whole(file: &mut File) -> io::Result<bool> {
    if file.metadata()?.len() == 0 {
        return Ok(true);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last == *b"\n")
}

/// The path with more at its end: `audit.jsonl.1`.
pub(super) fn numbered(path: &Path, end: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(".");
    name.push(end);
    name.into()
}

/// The folder that a file is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// Files that are made belong to their owner alone, where files have owners.
pub(super) fn owners_only(options: &mut OpenOptions) -> &mut OpenOptions {
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(options, 0o600);
    options
}

/// Whether an open file has no name any more.
#[cfg(unix)]
fn is_gone(metadata: &Metadata) -> bool {
    std::os::unix::fs::MetadataExt::nlink(metadata) == 0
}

/// Windows keeps the name of an open file until it is closed.
#[cfg(not(unix))]
fn is_gone(_metadata: &Metadata) -> bool {
    false
}

fn missing_is_fine(result: io::Result<()>) -> io::Result<()> {
    match result {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        result => result,
    }
}

/// Makes new names in a folder survive a power cut.
#[cfg(unix)]
fn sync_folder(folder: &Path) -> io::Result<()> {
    File::open(folder)?.sync_all()
}

/// Windows cannot open a folder for this.
#[cfg(not(unix))]
fn sync_folder(_folder: &Path) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lines(path: &Path) -> Vec<String> {
        let text = fs::read_to_string(path).expect("a file");
        text.lines().map(str::to_owned).collect()
    }

    #[test]
    fn a_full_file_is_rotated_and_the_oldest_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut log = LogFile::new(path.clone(), 4, 2, true);
        for line in ["a1\n", "a2\n", "b1\n", "b2\n", "c1\n", "c2\n", "d1\n"] {
            log.write(line.as_bytes(), 1).expect("written");
        }
        assert_eq!(lines(&path), ["d1"]);
        assert_eq!(lines(&numbered(&path, "1")), ["c1", "c2"]);
        assert_eq!(lines(&numbered(&path, "2")), ["b1", "b2"]);
        assert!(!numbered(&path, "3").exists());
    }

    #[test]
    fn another_process_finds_the_rotated_file_full() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut one = LogFile::new(path.clone(), 4, 9, false);
        let mut other = LogFile::new(path.clone(), 4, 9, false);
        one.write(b"1234\n", 1).expect("written");
        other.write(b"5678\n", 1).expect("written");
        one.write(b"90\n", 1).expect("written");
        assert_eq!(lines(&path), ["90"]);
        assert_eq!(lines(&numbered(&path, "1")), ["5678"]);
        assert_eq!(lines(&numbered(&path, "2")), ["1234"]);
    }

    #[test]
    fn a_torn_line_is_ended_first() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        fs::write(&path, "whole\nto").expect("written");
        let mut log = LogFile::new(path.clone(), 1 << 20, 1, false);
        log.write(b"next\n", 1).expect("written");
        log.write(b"last\n", 1).expect("written");
        assert_eq!(lines(&path), ["whole", "to", "next", "last"]);
    }

    #[test]
    fn what_could_not_be_written_is_counted_in_the_next_line() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        fs::create_dir(&path).expect("a folder in its place");
        let mut log = LogFile::new(path.clone(), 1 << 20, 1, false);
        assert!(log.write(&[], 0).is_err());
        for line in ["a\n", "b\n"] {
            assert!(log.write(line.as_bytes(), 1).is_err());
        }
        fs::remove_dir(&path).expect("removed");
        log.write(b"c\n", 1).expect("written");
        log.write(b"d\n", 1).expect("written");
        let lines = lines(&path);
        assert_eq!(lines.len(), 3, "{lines:?}");
        assert!(lines[0].contains(r#""event":"gap","lines":2"#), "{lines:?}");
        assert_eq!(lines[1..], ["c", "d"]);
    }

    #[cfg(unix)]
    #[test]
    fn a_removed_file_is_made_anew() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut log = LogFile::new(path.clone(), 1 << 20, 1, false);
        log.write(b"a\n", 1).expect("written");
        fs::remove_file(&path).expect("removed");
        log.write(b"b\n", 1).expect("written");
        assert_eq!(lines(&path), ["b"]);
        let mode = std::os::unix::fs::PermissionsExt::mode(
            &fs::metadata(&path).expect("there").permissions(),
        );
        assert_eq!(mode & 0o777, 0o600);
    }
}
