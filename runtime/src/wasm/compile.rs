//! From a component's bytes to machine code, and the cache of the latter.
//!
//! Mapping machine code is running it, so a cached artifact is used only if a
//! keyed hash (blake3) shows that this runtime wrote it. The key and the
//! artifacts lie in a folder that only their owner can read; whoever can write
//! there can act as the owner anyway.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use tempfile::NamedTempFile;
use wasmtime::component::Component;

use super::engine::Engine;
use super::weight;

const KEY_BYTES: usize = 32;
/// The key's file.
const KEY: &str = "key";
/// How the names of files begin that are being written.
const TEMPORARY: &str = ".tmp";
/// After this time such a file belongs to a process that is gone.
const ABANDONED: Duration = Duration::from_secs(3600);

/// A folder of compiled components: `HASH.cwasm` with `HASH.mac` beside it.
/// The hash is of the component, of wasmtime's version and of all settings
/// that change the code.
pub struct CompileCache {
    folder: PathBuf,
}

/// A file of the cache that is not used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CacheFlaw {
    /// Code that this runtime did not write, or not so. It is never run.
    Foreign(PathBuf),
    /// The key cannot be used, and why; nothing is kept without it.
    Key(PathBuf, String),
    /// What a process that was killed has left.
    LeftOver(PathBuf),
}

impl CompileCache {
    /// A cache in a folder, which is made when the first artifact is.
    pub fn new(folder: PathBuf) -> Self {
        CompileCache { folder }
    }

    /// The folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// What of the cache is not used, and why. Nothing is changed.
    ///
    /// # Errors
    /// A folder that cannot be read.
    pub fn flaws(&self) -> std::io::Result<Vec<CacheFlaw>> {
        let mut flaws = Vec::new();
        let entries = match fs::read_dir(&self.folder) {
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(flaws),
            entries => entries?,
        };
        let key = self.existing_key();
        for entry in entries {
            let path = entry?.path();
            let (Some(stem), Some(kind)) = (
                path.file_stem().and_then(|stem| stem.to_str()),
                path.extension().and_then(|kind| kind.to_str()),
            ) else {
                // Either the key, or what was being written.
                if !path.ends_with(KEY) {
                    flaws.push(CacheFlaw::LeftOver(path));
                } else if let Err(error) = &key {
                    flaws.push(CacheFlaw::Key(path, error.to_string()));
                }
                continue;
            };
            let (code, mac) = self.paths(stem);
            match kind {
                "cwasm" if mac.exists() => {
                    let authentic = key.as_ref().is_ok_and(|key| {
                        key.is_some_and(|key| is_authentic(&key, stem, &code, &mac))
                    });
                    if !authentic {
                        flaws.push(CacheFlaw::Foreign(path));
                    }
                }
                "mac" if code.exists() => {}
                _ => flaws.push(CacheFlaw::LeftOver(path)),
            }
        }
        Ok(flaws)
    }

    fn paths(&self, id: &str) -> (PathBuf, PathBuf) {
        (
            self.folder.join(format!("{id}.cwasm")),
            self.folder.join(format!("{id}.mac")),
        )
    }

    /// The key; made at first need.
    fn key(&self) -> std::io::Result<[u8; KEY_BYTES]> {
        if let Some(key) = self.existing_key()? {
            return Ok(key);
        }
        create_private_folder(&self.folder)?;
        let mut key = [0; KEY_BYTES];
        getrandom::fill(&mut key).map_err(|error| std::io::Error::other(error.to_string()))?;
        match write_new(&self.folder.join(KEY), &key) {
            // Another process made one at the same time: theirs counts.
            Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => self.key(),
            Err(error) => Err(error),
            Ok(()) => Ok(key),
        }
    }

    fn existing_key(&self) -> std::io::Result<Option<[u8; KEY_BYTES]>> {
        let path = self.folder.join(KEY);
        match fs::read(&path) {
            Ok(bytes) => bytes.try_into().map(Some).map_err(|_| {
                std::io::Error::other(format!("`{}` is damaged; delete it", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Maps an artifact, if it is there and is ours.
    fn load(&self, engine: &wasmtime::Engine, id: &str) -> Option<Component> {
        let (code, mac) = self.paths(id);
        if !mac.exists() {
            return None;
        }
        let key = self.existing_key().ok()?;
        if !key.is_some_and(|key| is_authentic(&key, id, &code, &mac)) {
            tracing::warn!(
                artifact = %code.display(),
                "the compiled code is not what this runtime wrote; compiling again"
            );
            return None;
        }
        // SAFETY: `deserialize_file` needs bytes that this version of wasmtime
        // made with these settings, and that stay as they are while mapped.
        // The keyed hash was made by `store` below over what wasmtime had just
        // produced; the id in it covers the version and the settings. The
        // folder is private to the owner, and artifacts are replaced by rename
        // and never written in place.
        match unsafe { Component::deserialize_file(engine, &code) } {
            Ok(component) => Some(component),
            Err(error) => {
                tracing::warn!(artifact = %code.display(), "cannot map the compiled code: {error:#}");
                None
            }
        }
    }

    /// Removes what processes that were killed have left half-written. What
    /// cannot be removed stays.
    fn remove_abandoned(&self) {
        for entry in fs::read_dir(&self.folder).into_iter().flatten().flatten() {
            let age = entry.metadata().and_then(|metadata| metadata.modified());
            let age = age.ok().and_then(|modified| modified.elapsed().ok());
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY)
                && age.is_some_and(|age| age > ABANDONED)
            {
                let _ = fs::remove_file(entry.path());
            }
        }
    }

    fn store(&self, id: &str, artifact: &[u8]) -> std::io::Result<()> {
        create_private_folder(&self.folder)?;
        let key = self.key()?;
        self.remove_abandoned();
        let (code, mac) = self.paths(id);
        // In this order a process that is killed leaves code without a hash, and
        // never code with the hash of another.
        match fs::remove_file(&mac) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => return Err(error),
            _ => {}
        }
        replace(&code, artifact)?;
        let hash = hasher(&key, id).update(artifact).finalize();
        replace(&mac, hash.as_bytes())
    }
}

/// Compiles a component, or maps it from the engine's cache. Takes about a
/// second a megabyte where it has to compile, so call it off the async threads.
///
/// `digest` is the component's, in hex; it must be of `bytes()`.
pub(super) fn compile(
    engine: &Engine,
    digest: &str,
    bytes: impl FnOnce() -> Result<Vec<u8>, String>,
) -> Result<Component, String> {
    let id = artifact_id(&engine.wasmtime, digest);
    if let Some(cache) = &engine.cache
        && let Some(component) = cache.load(&engine.wasmtime, &id)
    {
        return Ok(component);
    }
    let bytes = bytes()?;
    weight::check(&bytes)?;
    let component =
        Component::from_binary(&engine.wasmtime, &bytes).map_err(|error| format!("{error:#}"))?;
    if let Some(cache) = &engine.cache {
        // Without a cache everything works, only slower.
        let stored = component
            .serialize()
            .map_err(std::io::Error::other)
            .and_then(|artifact| cache.store(&id, &artifact));
        if let Err(error) = stored {
            tracing::warn!(
                "cannot keep compiled code in {}: {error}",
                cache.folder.display()
            );
        }
    }
    Ok(component)
}

fn artifact_id(engine: &wasmtime::Engine, digest: &str) -> String {
    use std::hash::{Hash as _, Hasher};

    /// Feeds what wasmtime hashes about itself into blake3: the standard
    /// library's hashers promise no stable result.
    struct Stable(blake3::Hasher);
    impl Hasher for Stable {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut hasher = Stable(blake3::Hasher::new());
    hasher.write(digest.as_bytes());
    engine.precompile_compatibility_hash().hash(&mut hasher);
    hasher.0.finalize().to_hex().to_string()
}

/// Whether a file of code has the keyed hash that is kept beside it.
fn is_authentic(key: &[u8; KEY_BYTES], id: &str, code: &Path, mac: &Path) -> bool {
    let mut hasher = hasher(key, id);
    let (Ok(_), Ok(expected)) = (hasher.update_mmap(code), fs::read(mac)) else {
        return false;
    };
    // blake3's hashes compare in constant time.
    blake3::Hash::from_slice(&expected).is_ok_and(|expected| expected == hasher.finalize())
}

fn hasher(key: &[u8; KEY_BYTES], id: &str) -> blake3::Hasher {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(id.as_bytes());
    hasher
}

fn create_private_folder(folder: &Path) -> std::io::Result<()> {
    let mut builder = fs::DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(folder)
}

fn write_new(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = private_temporary(path, bytes)?;
    file.persist_noclobber(path).map_err(|error| error.error)?;
    Ok(())
}

fn replace(path: &Path, bytes: &[u8]) -> std::io::Result<()> {
    let file = private_temporary(path, bytes)?;
    file.persist(path).map_err(|error| error.error)?;
    Ok(())
}

/// A temporary file beside `path`; such files are the owner's alone.
fn private_temporary(path: &Path, bytes: &[u8]) -> std::io::Result<NamedTempFile> {
    let folder = path.parent().unwrap_or(Path::new("."));
    let mut file = NamedTempFile::with_prefix_in(TEMPORARY, folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}
