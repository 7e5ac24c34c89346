//! Keeping the registry up to date while it is served.
//!
//! Three things change what is offered: a plugin says so, the admin changes the
//! config, the lock file or the store, and a file changes in a directory whose files are
//! resources. Users change what is granted, where the admin has them asked.
//! Whoever answers a request goes on with the snapshot that it began with.

use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;
use tokio::task::JoinSet;

use super::consents::Kept;
use super::renewals::Renewals;
use super::watch::{Seen, Watch};
use super::{Descriptions, Registry, Snapshot, Sources, chain, compare, descriptions};
use crate::audit::{Author, Log};
use crate::config::Config;
use crate::locations::Locations;
use crate::package::{Lockfile, Store};
use crate::wasm::{Change, Decision, Engine, Services};

/// Changes that come within this time are one.
const TOGETHER: Duration = Duration::from_millis(50);
/// Changes that are gathered at most before they are told.
const MAX_GATHERED: usize = 1_000;

/// Differences that are told in one line.
const MAX_SHOWN: usize = 10;

/// What it takes to load everything again.
pub struct Live {
    /// What is served.
    pub registry: Arc<Registry>,
    /// The sandbox.
    pub engine: Arc<Engine>,
    /// Where the admin's files are.
    pub locations: Locations,
    /// Components and manifests.
    pub store: Store,
    /// What plugins offer.
    pub descriptions: Descriptions,
    /// What plugins share. They report changes to the other end of what is
    /// followed.
    pub services: Services,
    /// Where changes of grants are recorded.
    pub audit: Arc<Log>,
}

/// Changes that came together.
#[derive(Default)]
struct Gathered {
    changes: HashSet<Change>,
    /// Something else is offered than before.
    lists: bool,
    /// The admin changed something.
    files: bool,
    /// What users have answered, and who waits until that is in force.
    kept: Vec<Kept>,
}

impl Live {
    /// Follows changes for ever, and tells each when it has come into force.
    /// Directories are watched from the time that somebody `cares`.
    pub async fn follow(
        self,
        mut watch: Watch,
        mut reported: mpsc::Receiver<(String, Change)>,
        mut decisions: mpsc::Receiver<Decision>,
        cares: impl Future<Output = ()>,
        tell: impl Fn(Change),
    ) {
        let live = Arc::new(self);
        let mut renewals = Renewals::new(Arc::clone(&live));
        let mut keeping = JoinSet::new();
        let mut cares = Box::pin(cares);
        let mut cared = false;
        loop {
            let mut gathered = Gathered::default();
            tokio::select! {
                Some(one) = reported.recv() => gathered.reported(one, &mut renewals),
                Some(one) = watch.seen.recv() => gathered.seen(one, &mut renewals),
                Some(changes) = renewals.next() => gathered.renewed(changes),
                Some(one) = decisions.recv() => drop(keeping.spawn(Arc::clone(&live).keep(one))),
                Some(Ok(kept)) = keeping.join_next() => gathered.consented(kept),
                () = &mut cares, if !cared => {
                    cared = true;
                    watch.directories(&live.registry.snapshot());
                    continue;
                }
            }
            let until = tokio::time::Instant::now() + TOGETHER;
            while gathered.changes.len() < MAX_GATHERED {
                tokio::select! {
                    Some(one) = reported.recv() => gathered.reported(one, &mut renewals),
                    Some(one) = watch.seen.recv() => gathered.seen(one, &mut renewals),
                    Some(changes) = renewals.next() => gathered.renewed(changes),
                    Some(one) = decisions.recv() => drop(keeping.spawn(Arc::clone(&live).keep(one))),
                    Some(Ok(kept)) = keeping.join_next() => gathered.consented(kept),
                    () = tokio::time::sleep_until(until) => break,
                }
            }
            if gathered.files {
                watch.store();
            }
            if (gathered.files || gathered.lists)
                && let Some(more) = live.reload(gathered.files).await
            {
                gathered.changes.extend(more);
                if cared {
                    watch.directories(&live.registry.snapshot());
                }
            }
            gathered.kept.into_iter().for_each(Kept::tell);
            gathered.changes.into_iter().for_each(&tell);
        }
    }

    /// Asks a plugin what it offers now. What cannot be offered beside the
    /// others is logged, and what it offered before stays.
    pub(super) async fn renew(&self, plugin: &str) {
        if let Err(cause) = self.try_renew(plugin).await {
            tracing::error!(
                "what plugin `{plugin}` offers now is not served, and what it offered before is: \
                 {cause}"
            );
        }
    }

    async fn try_renew(&self, plugin: &str) -> Result<(), String> {
        let before = self.registry.snapshot();
        let read = super::read(&self.locations);
        let super::Read {
            mut config, lock, ..
        } = read.map_err(|error| chain(&error))?;
        let configured = config.plugins.remove(plugin);
        // A plugin that was removed meanwhile has nothing to say any more.
        let (Some(entry), Some(configured)) = (before.plugins.get(plugin), configured) else {
            return Ok(());
        };
        let known = self.descriptions.kept(entry).ok().flatten();
        let description = descriptions::ask(entry).await?;
        let sources = self.sources(&config, &lock);
        let (mut others, _) = Snapshot::load(&self.engine, &sources, &before).await;
        others
            .fit(entry, configured.prefix.as_deref(), description.clone())
            .map_err(|misfit| misfit.to_string())?;
        warn_of_new(
            plugin,
            &compare::new_to_models(&known.unwrap_or_default(), &description),
        );
        self.descriptions
            .keep(entry, &description)
            .map_err(|error| format!("cannot keep it: {error}"))
    }

    /// Loads everything again, and says what became different by the admin's
    /// doing. What cannot be loaded is logged, and what was served before stays.
    async fn reload(&self, by_admin: bool) -> Option<Vec<Change>> {
        let before = self.registry.snapshot();
        let (config, lock) = match self.read() {
            Ok(read) => read,
            Err(cause) => {
                tracing::error!("the change is not served, and what was before is: {cause}");
                return None;
            }
        };
        let sources = self.sources(&config, &lock);
        let (after, unserved) = Snapshot::load(&self.engine, &sources, &before).await;
        for problem in &unserved {
            tracing::error!("{problem}");
        }
        let changes = after.catalog.changes_since(&before.catalog);
        self.registry.replace(after);
        if by_admin && !changes.is_empty() {
            tracing::info!("serving what the admin changed");
        }
        Some(changes)
    }

    fn sources<'a>(&'a self, config: &'a Config, lock: &'a Lockfile) -> Sources<'a> {
        Sources {
            locations: &self.locations,
            config,
            lock,
            store: &self.store,
            descriptions: &self.descriptions,
            services: self.services.clone(),
        }
    }

    /// Reads the admin's files, and records what became granted by them.
    fn read(&self) -> Result<(Config, Lockfile), String> {
        let changing = self.audit.changing(&self.locations.config);
        let changing = changing.map_err(|error| chain(&error))?;
        let read = super::read(&self.locations).map_err(|error| chain(&error))?;
        let super::Read { config, lock, .. } = read;
        changing
            .record(Author::File, &config, &lock)
            .map_err(|error| chain(&error))?;
        Ok((config, lock))
    }
}

/// Tells the admin what a model reads of a plugin from now on: it may not be what
/// was looked at when the plugin was installed.
fn warn_of_new(plugin: &str, new: &[String]) {
    if new.is_empty() {
        return;
    }
    let shown = new[..new.len().min(MAX_SHOWN)].join("; ");
    let more = match new.len().saturating_sub(MAX_SHOWN) {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    tracing::warn!("plugin `{plugin}` offers something else than before: {shown}{more}");
}

impl Gathered {
    fn reported(&mut self, (plugin, change): (String, Change), renewals: &mut Renewals) {
        if matches!(change, Change::Resource(_)) {
            self.changes.insert(change);
        } else {
            renewals.start(plugin, change);
        }
    }

    fn seen(&mut self, seen: Seen, renewals: &mut Renewals) {
        match seen {
            Seen::Files => self.files = true,
            Seen::Resource { uri, plugin } => {
                self.changes.insert(Change::Resource(uri));
                if let Some(plugin) = plugin {
                    renewals.start(plugin, Change::Resources);
                }
            }
        }
    }

    fn consented(&mut self, kept: Kept) {
        self.files |= kept.changed;
        self.kept.push(kept);
    }

    fn renewed(&mut self, changes: HashSet<Change>) {
        self.lists = true;
        self.changes.extend(changes);
    }
}
