//! The admin's files and the program's data, opened for a verb.

use std::path::PathBuf;
use std::sync::Arc;

use super::Global;
use crate::audit::{Author, Log};
use crate::locations::Locations;
use crate::package::Store;
use crate::registry::{
    self, Descriptions, Installer, Live, Read, Registry, Snapshot, Sources, Unserved,
};
use crate::state::State;
use crate::wasm::{Engine, EngineOptions, Services};

pub(super) struct Home {
    pub(super) locations: Locations,
    pub(super) read: Read,
    pub(super) store: Store,
    pub(super) descriptions: Descriptions,
    /// Where compiled code is kept.
    pub(super) cache: PathBuf,
}

impl Home {
    pub(super) fn open(global: &Global) -> anyhow::Result<Home> {
        Home::at(Home::locations(global)?)
    }

    /// Where everything is; nothing is opened.
    pub(super) fn locations(global: &Global) -> anyhow::Result<Locations> {
        let locations = Locations::resolve(global.config.as_deref(), global.data.as_deref());
        Ok(locations?)
    }

    pub(super) fn at(locations: Locations) -> anyhow::Result<Home> {
        let read = registry::read(&locations)?;
        Ok(Home::with(locations, read))
    }

    /// What was read at these locations.
    pub(super) fn with(locations: Locations, read: Read) -> Home {
        Home {
            read,
            store: Store::new(&locations.data),
            descriptions: Descriptions::new(locations.data.join("descriptions")),
            cache: locations.data.join("cache"),
            locations,
        }
    }

    /// The sandbox. `concurrency` is how many calls it shall take at once.
    pub(super) fn engine(&self, concurrency: usize) -> anyhow::Result<Arc<Engine>> {
        Engine::new(EngineOptions {
            concurrency,
            cache: Some(self.cache.clone()),
        })
        .map_err(|error| anyhow::anyhow!("cannot start the sandbox: {error:#}"))
    }

    /// Where what is installed is read from. `services` is what plugins share.
    pub(super) fn sources(&self, services: Services) -> Sources<'_> {
        Sources {
            locations: &self.locations,
            config: &self.read.config,
            lock: &self.read.lock,
            store: &self.store,
            descriptions: &self.descriptions,
            services,
        }
    }

    /// What is installed. `services` is what plugins share.
    pub(super) async fn snapshot(
        &self,
        engine: &Arc<Engine>,
        services: Services,
    ) -> (Snapshot, Vec<Unserved>) {
        Snapshot::load(engine, &self.sources(services), &Snapshot::default()).await
    }

    /// What keeps a registry up to date.
    pub(super) fn into_live(
        self,
        registry: Arc<Registry>,
        engine: Arc<Engine>,
        services: Services,
        audit: Arc<Log>,
    ) -> Live {
        Live {
            registry,
            engine,
            locations: self.locations,
            store: self.store,
            descriptions: self.descriptions,
            services,
            audit,
        }
    }

    /// The audit log, in which is what was found to be granted.
    pub(super) fn audit(&self) -> anyhow::Result<Arc<Log>> {
        let log = Log::open(&self.read.config.audit, &self.locations.data)?;
        let locations = &self.locations;
        let changing = log.changing(&locations.config)?;
        let changed = self.read.changed(locations)?;
        let read = changed.as_ref().unwrap_or(&self.read);
        changing.record(Author::File, &read.config, &read.lock)?;
        drop(changing);
        Ok(Arc::new(log))
    }

    pub(super) fn into_installer(self) -> anyhow::Result<Installer> {
        let audit = self.audit()?;
        self.into_installer_recording(audit)
    }

    /// What installs plugins, and records in this log what they are granted.
    pub(super) fn into_installer_recording(self, audit: Arc<Log>) -> anyhow::Result<Installer> {
        let kept: Arc<State> = Arc::new(State::new(&self.locations.data));
        Ok(Installer {
            audit,
            engine: self.engine(4)?,
            services: Services {
                changes: None,
                decisions: None,
                keyvalue: Some(kept),
            },
            locations: self.locations,
            store: self.store,
            descriptions: self.descriptions,
        })
    }
}
