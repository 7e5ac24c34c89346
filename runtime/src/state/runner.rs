//! Which processes live.
//!
//! A process that works on tasks has an id and holds the lock of a file of that
//! name in the `runners` folder. The system frees the lock when the process
//! ends, however that happens; child processes do not inherit it, since Rust
//! opens files with close-on-exec. So:
//!
//! - *A process whose lock can be taken, or whose file is missing, is dead.* The
//!   lock is taken before the first task names the id, and kept until the
//!   process ends; the file is removed only by its own process at its end, or
//!   by one that holds its lock.
//! - *A dead process stays dead*: ids are random and never used again.
//! - *All that a dead process wrote is there*: it wrote while it lived. (What
//!   still runs while the engine is dropped may come later; it finds its task
//!   ended, as a late finish does.)
//!
//! Two processes that look at the same dead one at once may meet at its lock,
//! and one of them takes it for living. It finds out the next time it is asked.

use std::{
    fmt::Write,
    fs::{self, File, OpenOptions, TryLockError},
    io::{self, ErrorKind},
    path::{Path, PathBuf},
    sync::OnceLock,
};

use super::{error::FileError, file::make_folder};

/// How often a new process makes another file because a cleaner took it for a
/// dead one's.
const ATTEMPTS: u32 = 16;
/// What the names of the files end with.
const EXTENSION: &str = "lock";

/// The processes that share a data folder.
pub(super) struct Runners {
    folder: PathBuf,
    own: OnceLock<Runner>,
}

/// This process among them, for as long as this is kept.
struct Runner {
    id: String,
    path: PathBuf,
    /// Holds the lock.
    _file: File,
}

impl Runners {
    /// The processes of a folder. This one is not among them before
    /// [`Runners::own`].
    pub(super) fn new(folder: PathBuf) -> Self {
        Self {
            folder,
            own: OnceLock::new(),
        }
    }

    /// This process's id, which makes it a living one.
    pub(super) fn own(&self) -> Result<&str, FileError> {
        let runner = match self.own.get() {
            Some(runner) => runner,
            None => {
                let started = Runner::start(&self.folder)?;
                self.own.get_or_init(|| started)
            }
        };
        Ok(&runner.id)
    }

    /// Whether a process lives.
    pub(super) fn lives(&self, id: &str) -> Result<bool, FileError> {
        // Its own lock would answer, but asking for it would also disturb
        // others who ask.
        if self.own.get().is_some_and(|own| own.id == id) {
            return Ok(true);
        }
        let path = path(&self.folder, id);
        Ok(match lock_of_dead(&path)? {
            Some(lock) => {
                remove(&path, lock)?;
                false
            }
            None => path.try_exists().map_err(failed("look for", &path))?,
        })
    }

    /// Removes the files of dead processes.
    pub(super) fn remove_dead(&self) -> Result<(), FileError> {
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(()),
            entries => entries.map_err(failed("read the folder", &self.folder))?,
        };
        for entry in entries {
            let path = entry
                .map_err(failed("read the folder", &self.folder))?
                .path();
            if path.extension().is_some_and(|found| found == EXTENSION)
                && let Some(lock) = lock_of_dead(&path)?
            {
                remove(&path, lock)?;
            }
        }
        Ok(())
    }
}

impl Runner {
    fn start(folder: &Path) -> Result<Self, FileError> {
        make_folder(folder)?;
        let mut attempts = 0;
        loop {
            let id = random_id()?;
            let path = path(folder, &id);
            let mut options = OpenOptions::new();
            options.write(true).create_new(true);
            #[cfg(unix)]
            std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
            let file = options.open(&path).map_err(failed("make", &path))?;
            file.lock().map_err(failed("lock", &path))?;
            // Between the two lines above a cleaner can take the file for a dead
            // process's and remove it. With the lock held none can any more.
            if path.try_exists().map_err(failed("look for", &path))? {
                return Ok(Self {
                    id,
                    path,
                    _file: file,
                });
            }
            attempts += 1;
            if attempts == ATTEMPTS {
                return Err(failed("keep", &path)(ErrorKind::NotFound.into()));
            }
        }
    }
}

impl Drop for Runner {
    /// The end of the process, or at least of its state. A file that cannot be
    /// removed is a dead process's, which others remove.
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
    }
}

/// 128 random bits as lower-case hexadecimal digits.
pub(super) fn random_id() -> Result<String, FileError> {
    let mut bits = [0; 16];
    getrandom::fill(&mut bits).map_err(|source| FileError::Random { source })?;
    Ok(bits.iter().fold(String::new(), |mut id, byte| {
        // Writing to a string cannot fail.
        let _ = write!(id, "{byte:02x}");
        id
    }))
}

fn path(folder: &Path, id: &str) -> PathBuf {
    folder.join(id).with_extension(EXTENSION)
}

/// The lock of a process, if it can be taken; none if it is held or there is no
/// file.
fn lock_of_dead(path: &Path) -> Result<Option<File>, FileError> {
    // Some systems lock only files that are open for writing.
    let file = match OpenOptions::new().write(true).open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file.map_err(failed("open", path))?,
    };
    match file.try_lock() {
        Ok(()) => Ok(Some(file)),
        Err(TryLockError::WouldBlock) => Ok(None),
        Err(TryLockError::Error(source)) => Err(failed("lock", path)(source)),
    }
}

/// Removes a dead process's file while its lock is held.
fn remove(path: &Path, _lock: File) -> Result<(), FileError> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(failed("remove", path)(error)),
        _ => Ok(()),
    }
}

fn failed(action: &'static str, path: &Path) -> impl FnOnce(io::Error) -> FileError + use<> {
    let path = path.to_owned();
    move |source| FileError::Io {
        action,
        path,
        source,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).expect("a folder");
        let mut names: Vec<_> = entries
            .map(|entry| entry.expect("an entry").file_name())
            .map(|name| name.to_string_lossy().into_owned())
            .collect();
        names.sort();
        names
    }

    #[test]
    fn a_process_lives_while_it_holds_its_lock() {
        let folder = tempfile::tempdir().expect("a folder");
        let [one, other] = [(); 2].map(|()| Runners::new(folder.path().join("runners")));
        let id = one.own().expect("started").to_owned();
        assert_eq!(one.own().expect("the same"), id);
        assert!(one.lives(&id).expect("known") && other.lives(&id).expect("known"));
        other.remove_dead().expect("cleaned");
        assert_eq!(
            names(&folder.path().join("runners")),
            [format!("{id}.lock")]
        );

        drop(one);
        assert_eq!(names(&folder.path().join("runners")), [""; 0]);
        assert!(!other.lives(&id).expect("known"));
    }

    #[test]
    fn a_file_without_a_lock_is_a_dead_process() {
        let folder = tempfile::tempdir().expect("a folder");
        let runners = Runners::new(folder.path().to_owned());
        for name in ["a.lock", "b.lock", "other"] {
            fs::write(folder.path().join(name), "").expect("written");
        }
        assert!(!runners.lives("a").expect("known"));
        assert_eq!(names(folder.path()), ["b.lock", "other"]);
        runners.remove_dead().expect("cleaned");
        assert_eq!(names(folder.path()), ["other"]);
    }

    #[test]
    fn without_a_folder_nobody_lives() {
        let folder = tempfile::tempdir().expect("a folder");
        let runners = Runners::new(folder.path().join("missing"));
        assert!(!runners.lives("a").expect("known"));
        runners.remove_dead().expect("nothing to do");
        assert!(!folder.path().join("missing").exists());
    }

    #[test]
    fn ids_are_128_random_bits() {
        let [one, other] = [(); 2].map(|()| random_id().expect("random"));
        assert_ne!(one, other);
        assert_eq!(one.len(), 32);
        assert!(one.bytes().all(|b| matches!(b, b'0'..=b'9' | b'a'..=b'f')));
    }

    #[cfg(unix)]
    #[test]
    fn the_files_are_the_owners() {
        use std::os::unix::fs::PermissionsExt;
        let data = tempfile::tempdir().expect("a folder");
        let runners = Runners::new(data.path().join("runners"));
        let own = path(&runners.folder, runners.own().expect("started"));
        let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
        assert_eq!((mode(&runners.folder), mode(&own)), (0o700, 0o600));
    }
}
