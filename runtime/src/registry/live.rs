//! Keeping the registry up to date while it is served.
//!
//! Three things change what is offered: a plugin says so, the admin changes the
//! config or the lock file, and a file changes in a directory whose files are
//! resources. Whoever answers a request goes on with the snapshot that it
//! began with.

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::mpsc;

use super::watch::{Seen, Watch};
use super::{Descriptions, Registry, Snapshot, Sources, chain};
use crate::config::Config;
use crate::locations::Locations;
use crate::package::{Lockfile, Store};
use crate::wasm::{Change, Engine, Services};

/// Changes that come within this time are one.
const TOGETHER: Duration = Duration::from_millis(50);
/// Changes that are gathered at most before they are told.
const MAX_GATHERED: usize = 1_000;

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
}

/// Changes that came together.
#[derive(Default)]
struct Gathered {
    changes: HashSet<Change>,
    /// The plugins that offer other things than before.
    plugins: BTreeSet<String>,
    /// The admin changed something.
    files: bool,
}

impl Live {
    /// Follows changes for ever, and tells each when it has come into force.
    /// Directories are watched from the time that somebody `cares`.
    pub async fn follow(
        self,
        mut watch: Watch,
        mut reported: mpsc::Receiver<(String, Change)>,
        cares: impl Future<Output = ()>,
        tell: impl Fn(Change),
    ) {
        let mut cares = Box::pin(cares);
        let mut cared = false;
        loop {
            let mut gathered = Gathered::default();
            tokio::select! {
                Some((plugin, change)) = reported.recv() => gathered.reported(plugin, change),
                Some(one) = watch.seen.recv() => gathered.seen(one),
                () = &mut cares, if !cared => {
                    cared = true;
                    watch.directories(&self.registry.snapshot());
                    continue;
                }
            }
            let until = tokio::time::Instant::now() + TOGETHER;
            while gathered.changes.len() < MAX_GATHERED {
                tokio::select! {
                    Some((plugin, change)) = reported.recv() => gathered.reported(plugin, change),
                    Some(one) = watch.seen.recv() => gathered.seen(one),
                    () = tokio::time::sleep_until(until) => break,
                }
            }
            if (gathered.files || !gathered.plugins.is_empty())
                && let Some(more) = self.reload(&gathered).await
            {
                gathered.changes.extend(more);
                if cared {
                    watch.directories(&self.registry.snapshot());
                }
            }
            gathered.changes.into_iter().for_each(&tell);
        }
    }

    /// Loads everything again, and says what became different by the admin's
    /// doing. What cannot be loaded is logged, and what was served before stays.
    async fn reload(&self, gathered: &Gathered) -> Option<Vec<Change>> {
        let before = self.registry.snapshot();
        for name in &gathered.plugins {
            if let Some(entry) = before.plugins.get(name)
                && let Err(cause) = self.descriptions.renew(entry).await
            {
                tracing::error!("plugin `{name}` does not say what it offers now: {cause}");
            }
        }
        let (config, lock) = match self.read() {
            Ok(read) => read,
            Err(cause) => {
                tracing::error!("the change is not served, and what was before is: {cause}");
                return None;
            }
        };
        let sources = Sources {
            config: &config,
            lock: &lock,
            store: &self.store,
            descriptions: &self.descriptions,
            services: self.services.clone(),
        };
        let (after, unserved) = Snapshot::load(&self.engine, &sources, &before).await;
        for problem in &unserved {
            tracing::error!("{problem}");
        }
        let changes = after.catalog.changes_since(&before.catalog);
        self.registry.replace(after);
        if gathered.files && !changes.is_empty() {
            tracing::info!("serving what the admin changed");
        }
        Some(changes)
    }

    fn read(&self) -> Result<(Config, Lockfile), String> {
        let config = Config::load(&self.locations.config).map_err(|error| chain(&error))?;
        let lock = Lockfile::load(&self.locations.lock_file()).map_err(|error| chain(&error))?;
        Ok((config, lock))
    }
}

impl Gathered {
    fn reported(&mut self, plugin: String, change: Change) {
        if !matches!(change, Change::Resource(_)) {
            self.plugins.insert(plugin);
        }
        self.changes.insert(change);
    }

    fn seen(&mut self, seen: Seen) {
        match seen {
            Seen::Files => self.files = true,
            Seen::Resource { uri, plugin } => {
                self.changes.insert(Change::Resource(uri));
                if let Some(plugin) = plugin {
                    self.plugins.insert(plugin);
                    self.changes.insert(Change::Resources);
                }
            }
        }
    }
}
