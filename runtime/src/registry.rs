//! The plugins that are installed, and what they offer to clients.
//!
//! A [`Snapshot`] is made once from the admin's files and never changes;
//! whoever answers a request holds one for as long as that takes. Making it
//! runs no guest and compiles nothing: what plugins offer was read when they
//! were installed and is kept under the component's digest.

mod agreed;
mod catalog;
mod check;
mod compare;
mod consents;
mod descriptions;
mod entry;
mod files;
mod fit;
mod grants;
mod hidden;
mod install;
mod live;
mod mirrored;
mod opened;
mod reading;
mod renewals;
mod schema;
mod secrets;
mod stay;
mod switch;
mod trust;
mod update;
mod uri_template;
mod verify;
mod watch;

use std::collections::BTreeMap;
use std::num::NonZero;
use std::sync::{Arc, PoisonError, RwLock};

pub use catalog::{
    Catalog, Collision, PromptEntry, Provider, ResourceEntry, TemplateEntry, ToolEntry,
};
pub use check::Unfit;
pub use descriptions::Descriptions;
pub use entry::{Entry, Installed};
pub use files::{Read, ReadError, read};
pub use grants::{GrantChange, GrantError, Grants, Regranted};
pub use hidden::{Hidden, hidden_text};
pub use install::{Candidate, InstallError, Installer};
pub use live::Live;
pub use mirrored::{Mirrored, MirroredArgument};
pub use reading::{Member, Reading, ReadingChange};
pub use schema::Schema;
pub use secrets::read as read_secret;
pub use switch::Switched;
pub use update::{Found, Proposal};
pub use verify::{Finding, Verified, verify};
pub use watch::Watch;

use crate::config::Config;
use crate::locations::Locations;
use crate::package::{Lockfile, Store, TaskMark, ToolMark};
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
#[error("plugin `{plugin}` is {}: {cause}", if *stays { "served as it was, since the change cannot be served" } else { "not served" })]
pub struct Unserved {
    /// Which plugin.
    pub plugin: String,
    /// Why, and what to do.
    pub cause: String,
    /// Whether it goes on being served as it was.
    pub stays: bool,
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

impl Snapshot {
    /// A plugin that is served.
    pub fn plugin(&self, name: &str) -> Option<&Entry> {
        self.plugins.get(name).map(Arc::as_ref)
    }

    /// Everything in the config that is in order. What is not is named, and
    /// stays as it was in the snapshot `before`, or is left out if it was not in
    /// there: one broken plugin does not take the others down, and a broken change
    /// not what was served.
    ///
    /// A plugin that is as it was in the snapshot `before` stays loaded.
    pub async fn load(
        engine: &Arc<Engine>,
        sources: &Sources<'_>,
        before: &Snapshot,
    ) -> (Snapshot, Vec<Unserved>) {
        let configured = sources.config.plugins.iter();
        let enabled = configured.filter(|(_, configured)| configured.enabled);
        let names: Vec<&str> = enabled.map(|(name, _)| name.as_str()).collect();
        let prepared = in_parallel(&names, |name| sources.prepare(engine, name, before));
        let mut snapshot = Snapshot::default();
        let mut unserved = Vec::new();
        for (name, prepared) in names.into_iter().zip(prepared) {
            let added = match prepared {
                Ok(prepared) => snapshot.add(sources, name, prepared).await,
                Err(cause) => Err(cause),
            };
            if let Err(cause) = added {
                unserved.push(Unserved {
                    // Taking trust back is no mistake in a file.
                    stays: sources.trusted(name).is_ok() && snapshot.stay(before, name),
                    plugin: name.to_owned(),
                    cause,
                });
            }
        }
        (snapshot, unserved)
    }

    async fn add(
        &mut self,
        sources: &Sources<'_>,
        name: &str,
        prepared: Prepared,
    ) -> Result<(), String> {
        let entry = prepared.entry;
        let mut description = match prepared.description {
            Some(description) => description,
            None => sources.descriptions.asked(&entry).await?,
        };
        mark(&mut description, &prepared.marks);
        let prefix = sources.config.plugins[name].prefix.as_deref();
        self.catalog
            .add(&entry, prefix, description)
            .map_err(|collision| collision.to_string())?;
        self.plugins.insert(name.to_owned(), entry);
        Ok(())
    }
}

/// A plugin that is in order, as its files say.
struct Prepared {
    entry: Arc<Entry>,
    /// What it offers, if that is kept.
    description: Option<Description>,
    marks: BTreeMap<String, ToolMark>,
}

impl Sources<'_> {
    /// Reads the files of a configured plugin. One that is as it was in the
    /// snapshot `before` stays loaded.
    fn prepare(
        &self,
        engine: &Arc<Engine>,
        name: &str,
        before: &Snapshot,
    ) -> Result<Prepared, String> {
        let configured = &self.config.plugins[name];
        let (manifest, policy) = self.installed(name).map_err(|flaw| flaw.message)?;
        let locked = &self.lock.plugins[name];
        let served = before.plugins.get(name);
        let entry = served.filter(|entry| {
            entry.component_digest == locked.component
                && entry.version == locked.version
                && entry.policy == policy
                && entry.tools == configured.tools
                && entry.cache == manifest.cache
        });
        // What is served has been looked at, and at a start there is no time to.
        if served.is_some() && entry.is_none() {
            let component = self.store.read(&locked.component);
            component.map_err(|error| chain(&error))?;
        }
        let entry = entry.cloned().unwrap_or_else(|| {
            let installed = Installed {
                name: name.to_owned(),
                policy,
                tools: configured.tools.clone(),
                cache: manifest.cache,
            };
            let (engine, services) = (Arc::clone(engine), self.services.clone());
            Arc::new(Entry::new(engine, self.store, locked, installed, services))
        });
        Ok(Prepared {
            description: self.descriptions.kept(&entry).ok().flatten(),
            entry,
            marks: manifest.tools,
        })
    }
}

/// Does something with each of many, by all processors, and with each of few in
/// turn. The results are in the order of what they are of.
fn in_parallel<T: Send>(names: &[&str], work: impl Fn(&str) -> T + Sync) -> Vec<T> {
    /// Fewer take less time than a thread.
    const LEAST: usize = 32;
    let all = |names: &[&str]| -> Vec<T> { names.iter().map(|name| work(name)).collect() };
    if names.len() < 2 * LEAST {
        return all(names);
    }
    let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
    let each = names.len().div_ceil(processors).max(LEAST);
    std::thread::scope(|scope| {
        let mut parts = names.chunks(each);
        let first = parts.next().unwrap_or_default();
        let others: Vec<_> = parts.map(|names| scope.spawn(move || all(names))).collect();
        let mut results = all(first);
        for other in others {
            match other.join() {
                Ok(more) => results.extend(more),
                Err(panic) => std::panic::resume_unwind(panic),
            }
        }
        results
    })
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
