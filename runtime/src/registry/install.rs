//! Installing and removing plugins: all of it, or nothing.
//!
//! A plugin is loaded, asked what it offers and checked against the others
//! before the lock file and the config name it. What fails leaves no trace but
//! compiled code in a cache.
//!
//! A process may be killed at any point, and each file is whole then. The config
//! says what is installed, so it is written last by an installation and first by
//! a removal: a kill in between leaves a plugin in the lock file alone, which is
//! not served, and which both verbs bring to its end.

use std::collections::BTreeMap;
use std::error::Error;
use std::sync::Arc;

use super::catalog::Collision;
use super::check;
use super::descriptions::{self, Descriptions};
use super::entry::{Entry, Installed};
use super::fit::Misfit;
use super::{Snapshot, Sources};
use crate::audit::{Author, Log, Unwritable};
use crate::config::{ConfigEditor, ConfigError};
use crate::locations::Locations;
use crate::package::{Lockfile, LockfileError, Package, Store, StoreError};
use crate::policy::{self, Grant, PolicyErrors};
use crate::wasm::{Description, Engine, Services};

/// A plugin that shall be installed.
pub struct Candidate {
    /// Its files.
    pub package: Package,
    /// What it shall be called in the config.
    pub name: String,
    /// Where it comes from, for the config.
    pub source: String,
    /// The prefix of its tools' and prompts' names.
    pub prefix: Option<String>,
    /// What it may do.
    pub grant: Grant,
}

/// Why a plugin was not installed or removed.
#[derive(Debug, thiserror::Error)]
pub enum InstallError {
    /// The config cannot be read or changed.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The lock file cannot be read or written.
    #[error(transparent)]
    Lockfile(#[from] LockfileError),
    /// Its files cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change of grants cannot be recorded.
    #[error(transparent)]
    Audit(#[from] Unwritable),
    /// The grant does not fit the request.
    #[error("plugin `{plugin}` cannot be granted this:\n{errors}")]
    Policy {
        /// The plugin.
        plugin: String,
        /// What does not fit.
        errors: PolicyErrors,
    },
    /// It cannot be loaded, or what it offers cannot be offered.
    #[error("plugin `{plugin}` cannot be installed: {cause}")]
    Unfit {
        /// The plugin.
        plugin: String,
        /// Why.
        cause: String,
    },
    /// It is removed but for what it kept.
    #[error(
        "plugin `{plugin}` is not served any more, and what it kept is still there; remove it again"
    )]
    Kept {
        /// The plugin.
        plugin: String,
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// Another plugin offers the same.
    #[error("plugin `{plugin}` cannot be installed: {collision}")]
    Collision {
        /// The plugin.
        plugin: String,
        /// What both offer.
        collision: Box<Collision>,
    },
}

/// Changes what is installed.
pub struct Installer {
    /// Where everything lies.
    pub locations: Locations,
    /// What plugins are tried in.
    pub engine: Arc<Engine>,
    /// Components and manifests.
    pub store: Store,
    /// What plugins offer.
    pub descriptions: Descriptions,
    /// Where changes of grants are recorded.
    pub audit: Arc<Log>,
}

impl Installer {
    /// Installs a plugin and gives what it offers.
    pub async fn install(&self, candidate: Candidate) -> Result<Description, InstallError> {
        // Held until the end: it keeps other processes out of all the files.
        let mut editor = ConfigEditor::open(&self.locations.config)?;
        let installed = editor.config()?;
        editor.insert_plugin(
            &candidate.name,
            &candidate.source,
            candidate.prefix.as_deref(),
            &candidate.grant,
        )?;
        let config = editor.config()?;
        let lock_path = self.locations.lock_file();
        let before = Lockfile::load(&lock_path)?;
        let policy = policy::decide(
            &candidate.package.manifest.request,
            &candidate.grant,
            &config.limits,
        )
        .map_err(|errors| InstallError::Policy {
            plugin: candidate.name.clone(),
            errors,
        })?;

        let locked = candidate.package.install(&self.store)?;
        let installing = Installed {
            name: candidate.name.clone(),
            policy,
            tools: BTreeMap::new(),
            cache: candidate.package.manifest.cache,
        };
        let entry = Arc::new(Entry::new(
            Arc::clone(&self.engine),
            &self.store,
            &locked,
            installing,
            Services::default(),
        ));
        let sources = Sources {
            locations: &self.locations,
            config: &installed,
            lock: &before,
            store: &self.store,
            descriptions: &self.descriptions,
            services: Services::default(),
        };
        let (others, _) = Snapshot::load(&self.engine, &sources, &Snapshot::default()).await;
        let result = self.try_out(&entry, &candidate, others).await;
        let result = result.and_then(|description| {
            let mut after = before.clone();
            after.plugins.insert(candidate.name.clone(), locked);
            // Recorded before it is made: one that cannot be recorded, where it has
            // to be, is not made.
            let changing = self.audit.changing(&self.locations.config)?;
            changing.record(Author::Local, &config, &after)?;
            after.save(&lock_path)?;
            if let Err(error) = editor.save() {
                before.save(&lock_path)?;
                return Err(error.into());
            }
            Ok(description)
        });
        if result.is_err() {
            self.clean(&before);
        }
        result
    }

    /// Removes a plugin and its files, and what an earlier removal that was
    /// killed has left. `forget` does away with what the plugin kept, if it kept
    /// something: it is no longer served then, and no other can have its name yet.
    pub async fn remove<E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        name: &str,
        forget: Option<impl Future<Output = Result<(), E>>>,
    ) -> Result<(), InstallError> {
        let mut editor = ConfigEditor::open(&self.locations.config)?;
        let lock_path = self.locations.lock_file();
        let mut lock = Lockfile::load(&lock_path)?;
        let removed = editor.remove_plugin(name);
        let is_left = lock.plugins.contains_key(name) || forget.is_some();
        match removed {
            Err(ConfigError::NoPlugin { .. }) if is_left => {}
            removed => {
                removed?;
                let mut after = lock.clone();
                after.plugins.remove(name);
                let changing = self.audit.changing(&self.locations.config)?;
                changing.record(Author::Local, &editor.config()?, &after)?;
                editor.save()?;
            }
        }
        if let Some(forget) = forget {
            forget.await.map_err(|cause| InstallError::Kept {
                plugin: name.to_owned(),
                source: cause.into(),
            })?;
        }
        lock.plugins.remove(name);
        lock.save(&lock_path)?;
        self.clean(&lock);
        Ok(())
    }

    /// Loads a plugin, asks what it offers, and sees whether that can be
    /// offered beside the others.
    async fn try_out(
        &self,
        entry: &Arc<Entry>,
        candidate: &Candidate,
        mut others: Snapshot,
    ) -> Result<Description, InstallError> {
        let unfit = |cause: String| InstallError::Unfit {
            plugin: candidate.name.clone(),
            cause,
        };
        let description = descriptions::ask(entry).await.map_err(unfit)?;
        check::check_marks(&candidate.package.manifest.tools, &description.tools).map_err(unfit)?;
        others
            .fit(entry, candidate.prefix.as_deref(), description.clone())
            .map_err(|misfit| match misfit {
                Misfit::Name(cause) => unfit(cause),
                Misfit::Collision(collision) => InstallError::Collision {
                    plugin: candidate.name.clone(),
                    collision,
                },
            })?;
        self.descriptions
            .keep(entry, &description)
            .map_err(|error| unfit(format!("cannot keep what it offers: {error}")))?;
        Ok(description)
    }

    /// Removes what is kept of plugins that are not installed.
    fn clean(&self, lock: &Lockfile) {
        let needed = lock.contents();
        if let Err(error) = self.store.remove_unreferenced(&needed) {
            tracing::warn!("cannot clean the store: {error}");
        }
        if let Err(error) = self.descriptions.remove_unreferenced(&needed) {
            tracing::warn!("cannot clean the descriptions: {error}");
        }
    }
}
