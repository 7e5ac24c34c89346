//! The plugins that are installed, and what they offer to clients.
//!
//! A [`Snapshot`] is made once from the admin's files and never changes;
//! whoever answers a request holds one for as long as that takes. Making it
//! runs no guest and compiles nothing: what plugins offer was read when they
//! were installed and is kept under the component's digest.

mod catalog;
mod check;
mod compare;
mod descriptions;
mod entry;
mod fit;
mod hidden;
mod install;
mod live;
mod mirrored;
mod renewals;
mod schema;
mod secrets;
mod uri_template;
mod verify;
mod watch;

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::sync::{Arc, PoisonError, RwLock};

pub use catalog::{
    Catalog, Collision, PromptEntry, Provider, ResourceEntry, TemplateEntry, ToolEntry,
};
pub use check::Unfit;
pub use descriptions::Descriptions;
pub use entry::{Entry, Installed};
pub use hidden::hidden_text;
pub use install::{Candidate, InstallError, Installer};
pub use live::Live;
pub use mirrored::{Mirrored, MirroredArgument};
pub use schema::Schema;
pub use secrets::read as read_secret;
pub use verify::{Finding, Verified, verify};
pub use watch::Watch;

use crate::config::{Config, ConfigError};
use crate::locations::Locations;
use crate::package::{Lockfile, LockfileError, Manifest, Store, TaskMark, ToolMark};
use crate::policy::{self, Policy};
use crate::protocol::tasks::TaskSupport;
use crate::wasm::{Description, Engine, Services};

/// What is offered at one time.
#[derive(Default)]
pub struct Snapshot {
    /// Everything clients see.
    pub catalog: Catalog,
    /// The plugins that are served, by name.
    plugins: BTreeMap<String, Arc<Entry>>,
}

/// The current snapshot.
pub struct Registry {
    snapshot: RwLock<Arc<Snapshot>>,
}

impl Registry {
    /// A registry that offers this.
    pub fn new(snapshot: Snapshot) -> Self {
        Registry {
            snapshot: RwLock::new(Arc::new(snapshot)),
        }
    }

    /// What is offered now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Offers something else from now on.
    fn replace(&self, snapshot: Snapshot) {
        *self
            .snapshot
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Arc::new(snapshot);
    }
}

/// An installed plugin that cannot be served, and why. The others are.
#[derive(Debug, thiserror::Error)]
#[error("plugin `{plugin}` is not served: {cause}")]
pub struct Unserved {
    /// Which plugin.
    pub plugin: String,
    /// Why, and what to do.
    pub cause: String,
}

/// Where installed plugins are read from.
pub struct Sources<'a> {
    /// Where the admin's files are.
    pub locations: &'a Locations,
    /// The admin's config.
    pub config: &'a Config,
    /// What was agreed to.
    pub lock: &'a Lockfile,
    /// Components and manifests.
    pub store: &'a Store,
    /// What plugins offer.
    pub descriptions: &'a Descriptions,
    /// What plugins share.
    pub services: Services,
}

/// What is wrong with a file, and what to do.
struct Flaw {
    path: PathBuf,
    message: String,
}

/// The config, and the lock file that goes with it: whoever changes both does so
/// one after the other, and this waits until they fit.
pub fn read(locations: &Locations) -> Result<(Config, Lockfile), ReadError> {
    let mut config = Config::load(&locations.config)?;
    loop {
        let lock = Lockfile::load(&locations.lock_file())?;
        // What is added is locked before the config names it, and what is removed
        // is so after; so a lock file that was read while the config did not
        // change has all that the config names.
        let again = Config::load(&locations.config)?;
        if again == config {
            return Ok((config, lock));
        }
        config = again;
    }
}

/// A config or a lock file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ReadError {
    /// The config.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The lock file.
    #[error(transparent)]
    Lock(#[from] LockfileError),
}

impl ReadError {
    /// The file.
    pub fn path(&self, locations: &Locations) -> PathBuf {
        match self {
            ReadError::Config(_) => locations.config.clone(),
            ReadError::Lock(_) => locations.lock_file(),
        }
    }
}

impl Sources<'_> {
    /// How a plugin is installed again.
    fn again(&self, name: &str) -> String {
        let source = &self.config.plugins[name].source;
        format!("`portcullis remove {name}` and `portcullis add {source}` do that")
    }

    /// A configured plugin's manifest and what it may do, if it is what the
    /// admin agreed to. Its component is not looked at.
    fn installed(&self, name: &str) -> Result<(Manifest, Policy), Flaw> {
        let configured = &self.config.plugins[name];
        let again = self.again(name);
        let locked = self.lock.plugins.get(name).ok_or_else(|| Flaw {
            path: self.locations.lock_file(),
            message: format!("it is not in the lock file; install it again: {again}"),
        })?;
        let path = self.store.path(&locked.manifest);
        let flaw = |message: String| Flaw {
            path: path.clone(),
            message,
        };
        let manifest = self.store.read(&locked.manifest);
        let manifest = manifest.map_err(|error| flaw(format!("{}: {again}", chain(&error))))?;
        let manifest = String::from_utf8(manifest)
            .map_err(|_| flaw("its manifest in the store is not UTF-8".to_owned()))?;
        let manifest =
            Manifest::parse(&manifest, &path).map_err(|error| flaw(error.to_string()))?;
        let request = manifest.request_digest();
        if request != locked.request {
            return Err(Flaw {
                path: self.locations.lock_file(),
                message: format!(
                    "it asks for something else than was agreed to: the digest of what it asks for \
                     is {request}, the lock file has {}; install it again: {again}",
                    locked.request
                ),
            });
        }
        let policy = policy::decide(&manifest.request, &configured.grant, &self.config.limits)
            .map_err(|errors| Flaw {
                path: self.locations.config.clone(),
                message: format!("at line {}: {errors}", configured.line),
            })?;
        Ok((manifest, policy))
    }
}

impl Snapshot {
    /// A plugin that is served.
    pub fn plugin(&self, name: &str) -> Option<&Entry> {
        self.plugins.get(name).map(Arc::as_ref)
    }

    /// Everything in the config that is in order. What is not is named and
    /// left out, so that one broken plugin does not take the others down.
    ///
    /// A plugin that is as it was in the snapshot `before` stays loaded.
    pub async fn load(
        engine: &Arc<Engine>,
        sources: &Sources<'_>,
        before: &Snapshot,
    ) -> (Snapshot, Vec<Unserved>) {
        let mut snapshot = Snapshot::default();
        let mut unserved = Vec::new();
        for (name, configured) in &sources.config.plugins {
            if !configured.enabled {
                continue;
            }
            if let Err(cause) = snapshot.add(engine, sources, name, before).await {
                unserved.push(Unserved {
                    plugin: name.clone(),
                    cause,
                });
            }
        }
        (snapshot, unserved)
    }

    async fn add(
        &mut self,
        engine: &Arc<Engine>,
        sources: &Sources<'_>,
        name: &str,
        before: &Snapshot,
    ) -> Result<(), String> {
        let configured = &sources.config.plugins[name];
        let (manifest, policy) = sources.installed(name).map_err(|flaw| flaw.message)?;
        let locked = &sources.lock.plugins[name];
        let entry = before.plugins.get(name).filter(|entry| {
            entry.component_digest == locked.component
                && entry.version == locked.version
                && entry.policy == policy
                && entry.tools == configured.tools
                && entry.cache == manifest.cache
        });
        let entry = entry.cloned().unwrap_or_else(|| {
            let installed = Installed {
                name: name.to_owned(),
                policy,
                tools: configured.tools.clone(),
                cache: manifest.cache,
            };
            let (engine, services) = (Arc::clone(engine), sources.services.clone());
            Arc::new(Entry::new(
                engine,
                sources.store,
                locked,
                installed,
                services,
            ))
        });
        let mut description = sources.descriptions.of(&entry).await?;
        mark(&mut description, &manifest.tools);
        self.catalog
            .add(&entry, configured.prefix.as_deref(), description)
            .map_err(|collision| collision.to_string())?;
        self.plugins.insert(name.to_owned(), entry);
        Ok(())
    }
}

/// Puts what the manifest says of tools in the place of what they say
/// themselves.
fn mark(description: &mut Description, marks: &BTreeMap<String, ToolMark>) {
    for tool in &mut description.tools {
        if let Some(mark) = marks.get(&tool.name) {
            tool.task = match mark.task {
                TaskMark::Never => TaskSupport::Never,
                TaskMark::Optional => TaskSupport::Optional,
                TaskMark::Required => TaskSupport::Required,
            };
        }
    }
}

/// An error with all its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}
