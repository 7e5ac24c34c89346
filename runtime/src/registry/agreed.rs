//! What the admin agreed to: a plugin's manifest as the lock file has it, and what
//! it may do by that.

use std::path::PathBuf;

use super::{Sources, chain};
use crate::config::Config;
use crate::locations::Locations;
use crate::package::{LockedPlugin, Lockfile, Manifest, Store};
use crate::policy::{self, Policy};

/// What is wrong with a file, and what to do.
pub(super) struct Flaw {
    pub(super) path: PathBuf,
    pub(super) message: String,
}

/// How a plugin is installed again.
pub(super) fn again(config: &Config, name: &str) -> String {
    let source = &config.plugins[name].source;
    format!("`portcullis remove {name}` and `portcullis add {source}` do that")
}

/// A configured plugin's manifest, if it is what the admin agreed to.
pub(super) fn manifest(
    locations: &Locations,
    store: &Store,
    config: &Config,
    lock: &Lockfile,
    name: &str,
) -> Result<Manifest, Flaw> {
    let again = again(config, name);
    let locked = lock.plugins.get(name).ok_or_else(|| Flaw {
        path: locations.lock_file(),
        message: format!("it is not in the lock file; install it again: {again}"),
    })?;
    manifest_of(locations, store, locked, &again)
}

/// The manifest of a version, if it is what the admin agreed to. `again` says
/// how it is installed again.
pub(super) fn manifest_of(
    locations: &Locations,
    store: &Store,
    locked: &LockedPlugin,
    again: &str,
) -> Result<Manifest, Flaw> {
    let path = store.path(&locked.manifest);
    let flaw = |message: String| Flaw {
        path: path.clone(),
        message,
    };
    let manifest = store.read(&locked.manifest);
    let manifest = manifest.map_err(|error| flaw(format!("{}: {again}", chain(&error))))?;
    let manifest = String::from_utf8(manifest)
        .map_err(|_| flaw("its manifest in the store is not UTF-8".to_owned()))?;
    let manifest = Manifest::parse(&manifest, &path).map_err(|error| flaw(error.to_string()))?;
    let request = manifest.request_digest();
    if request != locked.request {
        return Err(Flaw {
            path: locations.lock_file(),
            message: format!(
                "it asks for something else than was agreed to: the digest of what it asks for \
                 is {request}, the lock file has {}; install it again: {again}",
                locked.request
            ),
        });
    }
    Ok(manifest)
}

impl Sources<'_> {
    /// A configured plugin's manifest and what it may do, if it is what the
    /// admin agreed to. Its component is not looked at.
    pub(super) fn installed(&self, name: &str) -> Result<(Manifest, Policy), Flaw> {
        let configured = &self.config.plugins[name];
        let manifest = manifest(self.locations, self.store, self.config, self.lock, name)?;
        self.trusted(name)?;
        let policy = policy::decide(&manifest.request, &configured.grant, &self.config.limits)
            .map_err(|errors| Flaw {
                path: self.locations.config.clone(),
                message: format!("at line {}: {errors}", configured.line),
            })?;
        Ok((manifest, policy))
    }
}
