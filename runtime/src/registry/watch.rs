//! Watching files: the admin's own, and those that are plugins' resources.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, PoisonError};

use notify::event::{EventKind, ModifyKind};
use notify::{RecommendedWatcher, RecursiveMode, Watcher as _};
use percent_encoding::{AsciiSet, CONTROLS, utf8_percent_encode};
use tokio::sync::mpsc;

use super::Snapshot;
use crate::locations::Locations;
use crate::package::{Store, is_temporary};

/// What a path's segment may not contain as it is. Source: RFC 3986, "Path".
const SEGMENT: &AsciiSet = &CONTROLS
    .add(b' ')
    .add(b'"')
    .add(b'#')
    .add(b'%')
    .add(b'/')
    .add(b'<')
    .add(b'>')
    .add(b'?')
    .add(b'[')
    .add(b'\\')
    .add(b']')
    .add(b'^')
    .add(b'`')
    .add(b'{')
    .add(b'|')
    .add(b'}');

/// Something that was seen.
pub(super) enum Seen {
    /// The config, the lock file or what is in the store is another.
    Files,
    /// A file changed that is a resource.
    Resource {
        /// Its URI.
        uri: String,
        /// Its plugin, if there is a file more or less than before.
        plugin: Option<String>,
    },
}

/// A directory whose files are resources.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Watched {
    plugin: String,
    /// The URI of each file, with `{path}` in place of its path.
    uri: String,
}

/// The system's watcher, and what it watches.
pub struct Watch {
    /// None where the system has none to give: then nothing is seen.
    watcher: Option<RecommendedWatcher>,
    directories: Arc<Mutex<BTreeMap<PathBuf, Watched>>>,
    /// The store, as long as it is not there to be watched.
    store: Option<PathBuf>,
    /// What was seen.
    pub(super) seen: mpsc::Receiver<Seen>,
}

impl Watch {
    /// Watches the admin's files. Begun before they are read, it misses no
    /// change of what was read.
    pub fn new(locations: &Locations) -> Self {
        let (sender, seen) = mpsc::channel(64);
        let directories = Arc::new(Mutex::new(BTreeMap::new()));
        let files = [locations.config.clone(), locations.lock_file()];
        let store = resolved(Store::new(&locations.data).folder());
        let handler = Handler {
            files: files.map(|file| resolved(&file)),
            store: store.clone(),
            directories: Arc::clone(&directories),
            seen: sender,
        };
        let watcher = notify::recommended_watcher(move |event| handler.handle(event));
        let mut watch = Watch {
            watcher: watcher
                .inspect_err(|error| tracing::warn!("no file is watched for changes: {error}"))
                .ok(),
            directories,
            store: Some(store),
            seen,
        };
        // The folder, since an editor puts a new file in the place of the old.
        if let Some(folder) = resolved(&locations.config).parent() {
            watch.add(folder, RecursiveMode::NonRecursive);
        }
        watch.store();
        watch
    }

    /// Watches the store, which is made when the first plugin is installed.
    pub(super) fn store(&mut self) {
        if let Some(store) = self.store.take_if(|store| store.is_dir()) {
            self.add(&store, RecursiveMode::NonRecursive);
        }
    }

    /// Watches the granted directories whose files are resources, and no others.
    pub(super) fn directories(&mut self, snapshot: &Snapshot) {
        let mut wanted = BTreeMap::new();
        for (plugin, entry) in &snapshot.plugins {
            for mount in &entry.policy.filesystem {
                // What the user has not allowed tells nothing.
                if let Some(uri) = &mount.resources
                    && mount.asked.is_none()
                {
                    let watched = Watched {
                        plugin: plugin.clone(),
                        uri: uri.clone(),
                    };
                    wanted.insert(resolved(&mount.host_path), watched);
                }
            }
        }
        let before = std::mem::replace(&mut *lock(&self.directories), wanted.clone());
        for gone in before.keys().filter(|path| !wanted.contains_key(*path)) {
            if let Some(watcher) = &mut self.watcher {
                // Removed already is as good.
                let _ = watcher.unwatch(gone);
            }
        }
        for added in wanted.keys().filter(|path| !before.contains_key(*path)) {
            self.add(added, RecursiveMode::Recursive);
        }
    }

    fn add(&mut self, path: &Path, mode: RecursiveMode) {
        if let Some(watcher) = &mut self.watcher
            && let Err(error) = watcher.watch(path, mode)
        {
            tracing::warn!("cannot watch `{}` for changes: {error}", path.display());
        }
    }
}

/// Turns the system's events into what was seen.
struct Handler {
    files: [PathBuf; 2],
    store: PathBuf,
    directories: Arc<Mutex<BTreeMap<PathBuf, Watched>>>,
    seen: mpsc::Sender<Seen>,
}

impl Handler {
    fn handle(&self, event: notify::Result<notify::Event>) {
        let event = match event {
            Ok(event) => event,
            Err(error) => return tracing::warn!("a change of a file was missed: {error}"),
        };
        let listed = match event.kind {
            EventKind::Access(_) => return,
            EventKind::Create(_) | EventKind::Remove(_) => true,
            EventKind::Modify(ModifyKind::Name(_)) => true,
            _ => false,
        };
        for path in &event.paths {
            if self.files.contains(path) || self.is_stored(path) {
                self.send(Seen::Files);
            }
            if let Some((uri, plugin)) = self.resource(path) {
                let plugin = listed.then_some(plugin);
                self.send(Seen::Resource { uri, plugin });
            }
        }
    }

    fn is_stored(&self, path: &Path) -> bool {
        let name = path.file_name().unwrap_or_default();
        path.parent() == Some(&self.store) && !is_temporary(&name.to_string_lossy())
    }

    /// The URI of a file in a watched directory, and the plugin it belongs to.
    fn resource(&self, path: &Path) -> Option<(String, String)> {
        let directories = lock(&self.directories);
        let (folder, watched) = path
            .ancestors()
            .skip(1)
            .find_map(|folder| directories.get_key_value(folder))?;
        let mut segments = Vec::new();
        for segment in path.strip_prefix(folder).ok()? {
            segments.push(utf8_percent_encode(segment.to_str()?, SEGMENT).to_string());
        }
        let uri = watched.uri.replace("{path}", &segments.join("/"));
        Some((uri, watched.plugin.clone()))
    }

    fn send(&self, seen: Seen) {
        // This is the watcher's own thread, which may wait; at the end of the
        // runtime nobody takes it.
        let _ = self.seen.blocking_send(seen);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The path as the system names it in its events: with no link in its folder.
fn resolved(path: &Path) -> PathBuf {
    if let Ok(path) = path.canonicalize() {
        return path;
    }
    match (path.parent().map(Path::canonicalize), path.file_name()) {
        (Some(Ok(folder)), Some(name)) => folder.join(name),
        _ => path.to_owned(),
    }
}
