//! From a component's bytes to machine code, and the cache of the latter.
//!
//! Mapping machine code is running it, so a cached artifact is used only if a
//! keyed hash (blake3) shows that this runtime wrote it. The key and the
//! artifacts lie in a folder that only their owner can read; whoever can write
//! there can act as the owner anyway.

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;
use wasmtime::component::Component;

use super::engine::Engine;
use super::weight;

const KEY_BYTES: usize = 32;

/// A folder of compiled components: `HASH.cwasm` with `HASH.mac` beside it.
/// The hash is of the component, of wasmtime's version and of all settings
/// that change the code.
pub struct CompileCache {
    folder: PathBuf,
}

impl CompileCache {
    /// A cache in a folder, which is made when the first artifact is.
    pub fn new(folder: PathBuf) -> Self {
        CompileCache { folder }
    }

    fn paths(&self, id: &str) -> (PathBuf, PathBuf) {
        (
            self.folder.join(format!("{id}.cwasm")),
            self.folder.join(format!("{id}.mac")),
        )
    }

    /// The key; made at first need.
    fn key(&self) -> std::io::Result<[u8; KEY_BYTES]> {
        let path = self.folder.join("key");
        match fs::read(&path) {
            Ok(bytes) => bytes.try_into().map_err(|_| {
                std::io::Error::other(format!("`{}` is damaged; delete it", path.display()))
            }),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => {
                create_private_folder(&self.folder)?;
                let mut key = [0; KEY_BYTES];
                getrandom::fill(&mut key)
                    .map_err(|error| std::io::Error::other(error.to_string()))?;
                match write_new(&path, &key) {
                    // Another process made one at the same time: theirs counts.
                    Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => self.key(),
                    Err(error) => Err(error),
                    Ok(()) => Ok(key),
                }
            }
            Err(error) => Err(error),
        }
    }

    /// Maps an artifact, if it is there and is ours.
    fn load(&self, engine: &wasmtime::Engine, id: &str) -> Option<Component> {
        let (code, mac) = self.paths(id);
        let expected = fs::read(mac).ok()?;
        let key = self.key().ok()?;
        let found = authenticate(&key, id, &code).ok()?;
        // blake3's hashes compare in constant time.
        if blake3::Hash::from_slice(&expected).ok()? != found {
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

    fn store(&self, id: &str, artifact: &[u8]) -> std::io::Result<()> {
        create_private_folder(&self.folder)?;
        let (code, mac) = self.paths(id);
        replace(&code, artifact)?;
        let hash = authenticate(&self.key()?, id, &code)?;
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

fn authenticate(key: &[u8; KEY_BYTES], id: &str, code: &Path) -> std::io::Result<blake3::Hash> {
    let mut hasher = blake3::Hasher::new_keyed(key);
    hasher.update(id.as_bytes());
    hasher.update_mmap(code)?;
    Ok(hasher.finalize())
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
    let mut file = NamedTempFile::new_in(folder)?;
    file.write_all(bytes)?;
    file.as_file().sync_all()?;
    Ok(file)
}
