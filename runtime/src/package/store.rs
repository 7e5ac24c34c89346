//! Where installed files are kept: by their digests.
//!
//! The store is a folder, `store` in the data folder, with one file for each
//! content, named by its digest. What is read is checked against the digest
//! each time, so a changed or damaged file is found before it is used. On
//! systems that have owners the folder is the owner's only.

use std::{
    collections::HashSet,
    fs, io,
    path::{Path, PathBuf},
};

use super::{
    atomic::{is_abandoned, is_temporary, write_atomically},
    digest::{Digest, DigestMismatch},
};

/// A folder of files under their digests.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Store {
    folder: PathBuf,
}

/// What [`Store::remove_unreferenced`] removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize)]
pub struct Removed {
    /// How many files.
    pub files: u64,
    /// How many bytes they had.
    pub bytes: u64,
}

/// A file of the store that cannot be used or kept.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// No file with this digest.
    #[error("the store has no {digest} (looked for {}); install the plugin again", path.display())]
    Missing {
        /// The digest.
        digest: Digest,
        /// The file that was looked for.
        path: PathBuf,
    },
    /// The file is not what it was when it was stored.
    #[error("the stored file {} was changed or damaged: {mismatch}; delete it and install the plugin again", path.display())]
    Mismatch {
        /// The file.
        path: PathBuf,
        /// Both digests.
        mismatch: DigestMismatch,
    },
    /// The file system failed.
    #[error("cannot {action} {}", path.display())]
    Io {
        /// What was tried.
        action: &'static str,
        /// The file or the folder.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Store {
    /// The store in a data folder. Nothing is made before the first
    /// [`Store::put`].
    pub fn new(data: &Path) -> Self {
        Self {
            folder: data.join("store"),
        }
    }

    /// The store's folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The file that has, or would have, the content with this digest.
    pub fn path(&self, digest: &Digest) -> PathBuf {
        self.folder.join(digest.to_hex())
    }

    /// Keeps some content. Content that is there already is not written again,
    /// and a damaged file of the same name is replaced.
    ///
    /// # Errors
    /// Whatever the file system gives.
    pub fn put(&self, bytes: &[u8]) -> Result<Digest, StoreError> {
        let digest = Digest::of(bytes);
        let path = self.path(&digest);
        if Digest::of_file(&path).is_ok_and(|found| found == digest) {
            return Ok(digest);
        }
        make_private_folder(&self.folder)
            .map_err(|source| self.io("make the folder", &self.folder, source))?;
        write_atomically(&path, bytes).map_err(|source| self.io("write", &path, source))?;
        Ok(digest)
    }

    /// The content with this digest, checked.
    ///
    /// # Errors
    /// No such content, content that was changed, and whatever reading gives.
    pub fn read(&self, digest: &Digest) -> Result<Vec<u8>, StoreError> {
        let path = self.path(digest);
        let bytes = match fs::read(&path) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                return Err(StoreError::Missing {
                    digest: *digest,
                    path,
                });
            }
            Err(source) => return Err(self.io("read", &path, source)),
        };
        match digest.verify(&bytes) {
            Ok(()) => Ok(bytes),
            Err(mismatch) => Err(StoreError::Mismatch { path, mismatch }),
        }
    }

    /// Removes all content whose digest is not in `keep`, and temporary files
    /// that a crash has left. Files of other names are not touched.
    ///
    /// Hold the configuration's lock meanwhile: content that another process
    /// has just put and not yet locked would be removed.
    ///
    /// # Errors
    /// Whatever the file system gives; what was removed until then is gone.
    pub fn remove_unreferenced(&self, keep: &HashSet<Digest>) -> Result<Removed, StoreError> {
        let mut removed = Removed::default();
        for (path, metadata) in self.unreferenced(keep)? {
            if is_temporary(&name_of(&path)) && !is_abandoned(&metadata) {
                continue;
            }
            fs::remove_file(&path).map_err(|source| self.io("remove", &path, source))?;
            removed.files += 1;
            removed.bytes += metadata.len();
        }
        Ok(removed)
    }

    /// The content whose digest is not in `keep`, and all temporary files.
    ///
    /// # Errors
    /// Whatever the file system gives.
    pub fn unreferenced(
        &self,
        keep: &HashSet<Digest>,
    ) -> Result<Vec<(PathBuf, fs::Metadata)>, StoreError> {
        let mut found = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(found),
            Err(source) => return Err(self.io("read the folder", &self.folder, source)),
        };
        for entry in entries {
            let entry = entry.map_err(|source| self.io("read the folder", &self.folder, source))?;
            let path = entry.path();
            let metadata = entry
                .metadata()
                .map_err(|source| self.io("look at", &path, source))?;
            let name = name_of(&path);
            let unreferenced = match format!("blake3:{name}").parse::<Digest>() {
                Ok(digest) => !keep.contains(&digest),
                Err(_) => is_temporary(&name),
            };
            if metadata.is_file() && unreferenced {
                found.push((path, metadata));
            }
        }
        Ok(found)
    }

    fn io(&self, action: &'static str, path: &Path, source: io::Error) -> StoreError {
        StoreError::Io {
            action,
            path: path.to_owned(),
            source,
        }
    }
}

fn name_of(path: &Path) -> String {
    let name = path.file_name().unwrap_or_default();
    name.to_string_lossy().into_owned()
}

/// Makes a folder that nobody but the owner can look into, and closes it when
/// it was made open.
#[cfg(unix)]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, PermissionsExt};
    fs::DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(folder)?;
    if fs::metadata(folder)?.permissions().mode() & 0o077 != 0 {
        fs::set_permissions(folder, fs::Permissions::from_mode(0o700))?;
    }
    Ok(())
}

/// On Windows the user's own folders are the user's only by inheritance.
#[cfg(not(unix))]
fn make_private_folder(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::package::atomic::ABANDONED;

    fn store() -> (tempfile::TempDir, Store) {
        let folder = tempfile::tempdir().expect("a folder");
        let store = Store::new(&folder.path().join("data"));
        (folder, store)
    }

    #[test]
    fn what_is_put_is_read() {
        let (_folder, store) = store();
        let digest = store.put(b"content").expect("stored");
        assert_eq!(digest, Digest::of(b"content"));
        assert_eq!(store.put(b"content").expect("stored"), digest);
        assert_eq!(store.read(&digest).expect("read"), b"content");
        assert_eq!(store.path(&digest), store.folder().join(digest.to_hex()));
    }

    #[test]
    fn what_is_missing_is_named() {
        let (_folder, store) = store();
        let digest = Digest::of(b"never");
        let missing = store.read(&digest).expect_err("missing").to_string();
        assert!(
            missing.starts_with(&format!("the store has no {digest} (looked for ")),
            "{missing}"
        );
    }

    #[test]
    fn changed_content_is_refused_and_replaced() {
        let (_folder, store) = store();
        let digest = store.put(b"content").expect("stored");
        fs::write(store.path(&digest), b"changed").expect("written");
        let refused = store.read(&digest).expect_err("changed").to_string();
        assert!(
            refused.contains(&format!(
                "the digest is {}, expected {digest}",
                Digest::of(b"changed")
            )),
            "{refused}"
        );
        assert!(refused.contains("delete it"), "{refused}");
        store.put(b"content").expect("stored again");
        assert_eq!(store.read(&digest).expect("read"), b"content");
    }

    #[test]
    fn only_unreferenced_content_is_removed() {
        let (_folder, store) = store();
        assert_eq!(
            store
                .remove_unreferenced(&HashSet::new())
                .expect("nothing there"),
            Removed::default()
        );
        let (kept, gone) = (
            store.put(b"kept").expect("stored"),
            store.put(b"gone").expect("stored"),
        );
        for name in ["notes.txt", ".portcullis-new.tmp", ".portcullis-old.tmp"] {
            fs::write(store.folder().join(name), b"x").expect("written");
        }
        let old = fs::File::options()
            .append(true)
            .open(store.folder().join(".portcullis-old.tmp"))
            .expect("open");
        old.set_modified(std::time::SystemTime::now() - 2 * ABANDONED)
            .expect("set");
        let removed = store.remove_unreferenced(&[kept].into()).expect("removed");
        assert_eq!(removed, Removed { files: 2, bytes: 5 });
        assert!(store.read(&kept).is_ok());
        assert!(matches!(store.read(&gone), Err(StoreError::Missing { .. })));
        assert!(store.folder().join("notes.txt").exists());
        assert!(store.folder().join(".portcullis-new.tmp").exists());
    }

    #[cfg(unix)]
    #[test]
    fn the_folder_is_the_owners_only() {
        use std::os::unix::fs::PermissionsExt;
        let (_folder, store) = store();
        let mode = || {
            fs::metadata(store.folder())
                .expect("there")
                .permissions()
                .mode()
                & 0o777
        };
        store.put(b"one").expect("stored");
        assert_eq!(mode(), 0o700);
        fs::set_permissions(store.folder(), fs::Permissions::from_mode(0o755)).expect("set");
        store.put(b"two").expect("stored");
        assert_eq!(mode(), 0o700);
    }
}
