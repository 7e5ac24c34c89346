//! Whether everything on the disk is as it was installed.
//!
//! It reads all that serving reads, and the components and the compiled code
//! too. It runs no guest, compiles nothing and changes nothing.

use std::collections::HashSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use serde::Serialize;

use super::agreed::{Flaw, again, manifest_of};
use super::entry::{Entry, Installed};
use super::{Catalog, Sources, chain};
use crate::package::{LockedPlugin, is_temporary};
use crate::wasm::{CacheFlaw, CompileCache, Engine};

/// What was found.
#[derive(Debug, Default, Serialize)]
pub struct Verified {
    /// What keeps something from working, or shows that somebody had a hand in.
    pub problems: Vec<Finding>,
    /// What the program deals with by itself.
    pub notes: Vec<Finding>,
}

/// One thing that was found.
#[derive(Debug, Serialize)]
pub struct Finding {
    /// The plugin, if it is one's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub plugin: Option<String>,
    /// The file, or the folder.
    pub path: PathBuf,
    /// What is wrong, and what to do.
    pub message: String,
}

impl Verified {
    /// Adds something that is wrong with no plugin in particular.
    pub fn problem(&mut self, path: impl Into<PathBuf>, message: impl Into<String>) {
        self.problems.push(Finding::new(None, path, message));
    }

    /// Adds something of no plugin in particular that nobody has to deal with.
    pub fn note(&mut self, path: impl Into<PathBuf>, message: impl Into<String>) {
        self.notes.push(Finding::new(None, path, message));
    }

    fn left_over(&mut self, path: PathBuf) {
        self.note(
            path,
            "a process that was killed has left it, and nothing uses it; it can be deleted",
        );
    }
}

impl Finding {
    fn new(plugin: Option<&str>, path: impl Into<PathBuf>, message: impl Into<String>) -> Self {
        Finding {
            plugin: plugin.map(str::to_owned),
            path: path.into(),
            message: message.into(),
        }
    }
}

/// Checks what is installed, the cache of compiled code, and what processes
/// that were killed have left.
pub fn verify(engine: &Arc<Engine>, cache: &CompileCache, sources: &Sources<'_>) -> Verified {
    let mut found = Verified::default();
    let mut catalog = Catalog::default();
    for name in sources.config.plugins.keys() {
        plugin(engine, sources, name, &mut catalog, &mut found);
    }
    for (name, locked) in &sources.lock.plugins {
        if !sources.config.plugins.contains_key(name) {
            let message = format!(
                "the configuration does not name it, so it is not served: it was taken out by \
                 hand, or an `add` or a `remove` was killed; `portcullis remove {name}` clears it away"
            );
            let path = sources.locations.lock_file();
            found.notes.push(Finding::new(Some(name), path, message));
        } else {
            component(sources, name, locked, &mut found);
            if let Some(previous) = &locked.previous {
                version_before(sources, name, &previous.version, &mut found);
            }
        }
    }
    compiled_code(cache, &mut found);
    left_over(sources, &mut found);
    found
}

/// What serving a plugin looks at.
fn plugin(
    engine: &Arc<Engine>,
    sources: &Sources<'_>,
    name: &str,
    catalog: &mut Catalog,
    found: &mut Verified,
) {
    let (manifest, policy) = match sources.installed(name) {
        Ok(installed) => installed,
        Err(Flaw { path, message }) => {
            found.problems.push(Finding::new(Some(name), path, message));
            return;
        }
    };
    let (configured, locked) = (&sources.config.plugins[name], &sources.lock.plugins[name]);
    let version = manifest.version.to_string();
    if version != locked.version {
        let message = format!(
            "its version is {version}, the lock file has {}: somebody changed that file; put back \
             what it was",
            locked.version
        );
        let path = sources.locations.lock_file();
        found.problems.push(Finding::new(Some(name), path, message));
    }
    for mount in &policy.filesystem {
        if let Err(error) = fs::read_dir(&mount.host_path) {
            let message = format!(
                "filesystem `{}`: cannot open the directory: {error}; make it, or change the grant \
                 at line {} of {}",
                mount.name,
                configured.line,
                sources.locations.config.display()
            );
            let path = &mount.host_path;
            found.problems.push(Finding::new(Some(name), path, message));
        }
    }
    let installed = Installed {
        name: name.to_owned(),
        policy,
        tools: configured.tools.clone(),
        cache: manifest.cache,
    };
    let entry = Arc::new(Entry::new(
        Arc::clone(engine),
        sources.store,
        locked,
        installed,
        sources.services.clone(),
    ));
    let path = sources.descriptions.path(&entry);
    match sources.descriptions.kept(&entry) {
        Err(error) => {
            let message = format!(
                "what the plugin offers cannot be read: {error}; delete it, and the plugin is \
                 asked again"
            );
            found.problems.push(Finding::new(Some(name), path, message));
        }
        Ok(None) => {
            let message = "what the plugin offers is not kept; it is asked again when it is served";
            found.notes.push(Finding::new(Some(name), path, message));
        }
        Ok(Some(_)) if !configured.enabled => {}
        Ok(Some(description)) => {
            let prefix = configured.prefix.as_deref();
            if let Err(collision) = catalog.add(&entry, prefix, description) {
                let (path, message) = (&sources.locations.config, collision.to_string());
                found.problems.push(Finding::new(Some(name), path, message));
            }
        }
    }
}

/// What is read only where the component has to be compiled.
fn component(sources: &Sources<'_>, name: &str, locked: &LockedPlugin, found: &mut Verified) {
    if let Err(error) = sources.store.read(&locked.component) {
        let path = sources.store.path(&locked.component);
        let message = format!("{}: {}", chain(&error), again(sources.config, name));
        found.problems.push(Finding::new(Some(name), path, message));
    }
}

/// The version that `rollback` would put back.
fn version_before(sources: &Sources<'_>, name: &str, locked: &LockedPlugin, found: &mut Verified) {
    let again = again(sources.config, name);
    let manifest = manifest_of(sources.locations, sources.store, locked, &again);
    let component = sources.store.read(&locked.component).map(|_| ());
    let component = component.map_err(|error| Flaw {
        path: sources.store.path(&locked.component),
        message: format!("{}: {again}", chain(&error)),
    });
    for flaw in [manifest.map(|_| ()), component] {
        if let Err(Flaw { path, message }) = flaw {
            let message = format!(
                "its version before, {}, cannot be put back, and the one that is installed is \
                 served: {message}",
                locked.version
            );
            found.problems.push(Finding::new(Some(name), path, message));
        }
    }
}

fn compiled_code(cache: &CompileCache, found: &mut Verified) {
    let flaws = match cache.flaws() {
        Ok(flaws) => flaws,
        Err(error) => {
            found.problem(
                cache.folder(),
                format!("the cache of compiled code cannot be read: {error}"),
            );
            return;
        }
    };
    for flaw in flaws {
        match flaw {
            CacheFlaw::Foreign(path) => found.problem(
                path,
                "the compiled code is not what this runtime wrote; it is never run, and compiled \
                 anew when it is needed; delete it, and see who may write there",
            ),
            CacheFlaw::Key(path, cause) => {
                found.problem(path, format!("the key of the compiled code: {cause}"));
            }
            CacheFlaw::LeftOver(path) => found.left_over(path),
        }
    }
}

/// What processes that were killed have left.
fn left_over(sources: &Sources<'_>, found: &mut Verified) {
    match sources.store.unreferenced(&sources.lock.contents()) {
        Ok(files) => {
            for (path, _) in files {
                found.note(
                    path,
                    "no plugin of the lock file has it; the next `add` or `remove` that cleans up \
                     deletes it",
                );
            }
        }
        Err(error) => found.problem(sources.store.folder(), chain(&error)),
    }
    let locations = sources.locations;
    let folders: HashSet<&Path> = [
        locations.config.parent(),
        Some(locations.data.as_path()),
        Some(sources.descriptions.folder()),
    ]
    .into_iter()
    .flatten()
    .collect();
    for folder in folders {
        // A folder that is not there has nothing in it.
        for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
            if is_temporary(&entry.file_name().to_string_lossy()) {
                found.left_over(entry.path());
            }
        }
    }
}
