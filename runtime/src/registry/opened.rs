//! The admin's two files, opened for changes.

use crate::config::{Config, ConfigEditor, ConfigError, grant_text};
use crate::locations::Locations;
use crate::package::{Digest, Lockfile, LockfileError};

/// What was read, and what keeps other processes from changing it.
pub(super) struct Opened {
    pub(super) editor: ConfigEditor,
    pub(super) config: Config,
    pub(super) lock: Lockfile,
}

impl Opened {
    /// Opens both files. A switch to another version that was killed is brought
    /// to its end, or undone.
    pub(super) fn new<E>(locations: &Locations) -> Result<Self, E>
    where
        E: From<ConfigError> + From<LockfileError>,
    {
        let editor = ConfigEditor::open(&locations.config)?;
        let config = editor.config()?;
        let path = locations.lock_file();
        let read = Lockfile::load(&path)?;
        let lock = settled(read.clone(), &config);
        if lock != read {
            lock.save(&path)?;
        }
        Ok(Opened {
            editor,
            config,
            lock,
        })
    }
}

/// A lock file in which it is decided, by what the config grants, which version
/// of each plugin is installed.
pub(super) fn settled(lock: Lockfile, config: &Config) -> Lockfile {
    lock.settled(|name| {
        let plugin = config.plugins.get(name)?;
        let text = grant_text(&plugin.grant).ok()?;
        Some(Digest::of(text.as_bytes()))
    })
}
