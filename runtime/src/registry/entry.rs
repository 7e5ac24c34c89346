//! One installed plugin: known at start, loaded at its first call.

use std::collections::BTreeMap;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::sync::OnceCell;

use super::secrets;
use crate::package::{CacheHints, Digest, LockedPlugin, Store};
use crate::policy::{CallLimits, Policy};
use crate::wasm::{Engine, Failure, Plugin, PluginOptions, Services};

/// What is needed to load a plugin, and the plugin once it is loaded.
pub struct Entry {
    /// Its name in the admin's config.
    pub name: String,
    /// Its version, for people.
    pub version: String,
    /// What it may do.
    pub policy: Policy,
    /// The limits of single tools, by the name that it gives them.
    pub tools: BTreeMap<String, CallLimits>,
    /// The digest that its component must have.
    pub component_digest: Digest,
    /// Where its component lies.
    pub component: PathBuf,
    /// How long clients may keep what it gave.
    pub cache: CacheHints,
    engine: Arc<Engine>,
    services: Services,
    loaded: OnceCell<Arc<Plugin>>,
}

/// What an entry is made of, beside the component.
pub struct Installed {
    /// Its name in the admin's config.
    pub name: String,
    /// What it may do.
    pub policy: Policy,
    /// The limits of single tools, by the name that it gives them.
    pub tools: BTreeMap<String, CallLimits>,
    /// How long clients may keep what it gave.
    pub cache: CacheHints,
}

impl Entry {
    /// An entry that is not loaded yet: `locked` says what was installed of it.
    pub fn new(
        engine: Arc<Engine>,
        store: &Store,
        locked: &LockedPlugin,
        installed: Installed,
        services: Services,
    ) -> Self {
        Entry {
            name: installed.name,
            policy: installed.policy,
            tools: installed.tools,
            cache: installed.cache,
            version: locked.version.clone(),
            component_digest: locked.component,
            component: store.path(&locked.component),
            engine,
            services,
            loaded: OnceCell::new(),
        }
    }

    /// The plugin, compiled and linked; the first caller waits for that, and
    /// those that come meanwhile wait with it. A failure is not kept: the next
    /// call tries again.
    pub async fn load(&self) -> Result<Arc<Plugin>, Failure> {
        let plugin = self
            .loaded
            .get_or_try_init(|| async {
                let failed = |cause: String| Failure::Load {
                    plugin: self.name.clone(),
                    cause,
                };
                let secrets = secrets::resolve(&self.policy).await.map_err(failed)?;
                let options = PluginOptions {
                    name: self.name.clone(),
                    policy: self.policy.clone(),
                    tools: self.tools.clone(),
                    secrets,
                    digest: self.component_digest.to_hex(),
                    services: self.services.clone(),
                };
                let engine = Arc::clone(&self.engine);
                let path = self.component.clone();
                let expected = self.component_digest;
                let name = self.name.clone();
                let loading = move || {
                    // Compiled code that is kept is authentic whatever the store has,
                    // and would hide from the admin that the store was changed.
                    check(&path, expected).map_err(|cause| Failure::Load {
                        plugin: name,
                        cause,
                    })?;
                    Plugin::load(&engine, options, || read_checked(&path, expected)).map(Arc::new)
                };
                match tokio::task::spawn_blocking(loading).await {
                    Ok(loaded) => loaded,
                    Err(panic) => Err(failed(panic.to_string())),
                }
            })
            .await?;
        Ok(Arc::clone(plugin))
    }

    /// The component's bytes, if they are those that were installed.
    pub(super) async fn component(&self) -> Result<Vec<u8>, String> {
        let path = self.component.clone();
        let expected = self.component_digest;
        let reading = tokio::task::spawn_blocking(move || read_checked(&path, expected));
        reading.await.map_err(|panic| panic.to_string())?
    }
}

/// Whether a component is what was installed.
fn check(path: &Path, expected: Digest) -> Result<(), String> {
    let found = Digest::of_file(path).map_err(|error| unreadable(path, &error))?;
    compare(path, found, expected)
}

/// The component's bytes, if they are those that were installed.
fn read_checked(path: &Path, expected: Digest) -> Result<Vec<u8>, String> {
    let bytes = fs::read(path).map_err(|error| unreadable(path, &error))?;
    compare(path, Digest::of(&bytes), expected)?;
    Ok(bytes)
}

fn unreadable(path: &Path, error: &io::Error) -> String {
    format!("cannot read `{}`: {error}", path.display())
}

fn compare(path: &Path, found: Digest, expected: Digest) -> Result<(), String> {
    if found == expected {
        return Ok(());
    }
    Err(format!(
        "`{}` is not what was installed: its digest is {found}, the lock file has {expected}; \
         add the plugin again",
        path.display()
    ))
}
