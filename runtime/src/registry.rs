//! The plugins that are installed, and what they offer to clients.
//!
//! A [`Snapshot`] is made once from the admin's files and never changes;
//! whoever answers a request holds one for as long as that takes. Making it
//! runs no guest and compiles nothing: what plugins offer was read when they
//! were installed and is kept under the component's digest.

mod catalog;
mod check;
mod descriptions;
mod entry;
mod install;
mod mirrored;
mod schema;
mod secrets;
mod uri_template;

use std::sync::Arc;

pub use catalog::{
    Catalog, Collision, PromptEntry, Provider, ResourceEntry, TemplateEntry, ToolEntry,
};
pub use check::Unfit;
pub use descriptions::Descriptions;
pub use entry::Entry;
pub use install::{Candidate, InstallError, Installer};
pub use mirrored::MirroredArgument;

use crate::config::Config;
use crate::package::{Lockfile, Manifest, Store};
use crate::policy;
use crate::wasm::Engine;

/// What is offered at one time.
#[derive(Default)]
pub struct Snapshot {
    /// Everything clients see.
    pub catalog: Catalog,
}

/// The current snapshot.
pub struct Registry {
    snapshot: Arc<Snapshot>,
}

impl Registry {
    /// A registry that offers this.
    pub fn new(snapshot: Snapshot) -> Self {
        Registry {
            snapshot: Arc::new(snapshot),
        }
    }

    /// What is offered now.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        Arc::clone(&self.snapshot)
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
    /// The admin's config.
    pub config: &'a Config,
    /// What was agreed to.
    pub lock: &'a Lockfile,
    /// Components and manifests.
    pub store: &'a Store,
    /// What plugins offer.
    pub descriptions: &'a Descriptions,
}

impl Snapshot {
    /// Everything in the config that is in order. What is not is named and
    /// left out, so that one broken plugin does not take the others down.
    pub async fn load(engine: &Arc<Engine>, sources: &Sources<'_>) -> (Snapshot, Vec<Unserved>) {
        let mut snapshot = Snapshot::default();
        let mut unserved = Vec::new();
        for (name, configured) in &sources.config.plugins {
            if !configured.enabled {
                continue;
            }
            if let Err(cause) = snapshot.add(engine, sources, name).await {
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
    ) -> Result<(), String> {
        let configured = &sources.config.plugins[name];
        let locked = sources.lock.plugins.get(name).ok_or_else(|| {
            format!(
                "it is not in the lock file; install it with `portcullis add {}`",
                configured.source
            )
        })?;
        let manifest = sources
            .store
            .read(&locked.manifest)
            .map_err(|error| chain(&error))?;
        let manifest = String::from_utf8(manifest)
            .map_err(|_| "its manifest in the store is not UTF-8".to_owned())?;
        let manifest = Manifest::parse(&manifest, &sources.store.path(&locked.manifest))
            .map_err(|error| error.to_string())?;
        let policy = policy::decide(&manifest.request, &configured.grant, &sources.config.limits)
            .map_err(|error| error.to_string())?;
        let entry = Arc::new(Entry::new(
            Arc::clone(engine),
            name.to_owned(),
            policy,
            locked.component,
            sources.store.path(&locked.component),
        ));
        let description = sources.descriptions.of(&entry).await?;
        self.catalog
            .add(&entry, configured.prefix.as_deref(), description)
            .map_err(|collision| collision.to_string())
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
