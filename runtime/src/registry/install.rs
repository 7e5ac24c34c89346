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

use std::error::Error;
use std::sync::Arc;

use super::catalog::Collision;
use super::check;
use super::descriptions::{self, Descriptions};
use super::entry::{Entry, Installed};
use super::fit::Misfit;
use super::grants::{GrantChange, GrantError, Grants, Regranted};
use super::opened::Opened;
use super::trust::signed;
use super::{Snapshot, Sources};
use crate::audit::{Author, Log, Unwritable};
use crate::config::{Config, ConfigError};
use crate::locations::Locations;
use crate::package::{
    LockedPlugin, Lockfile, LockfileError, Manifest, Package, Signed, Store, StoreError, Untrusted,
};
use crate::policy::{self, Grant, GrantFlag, Policy, PolicyErrors};
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
    /// What is granted cannot be changed so.
    #[error(transparent)]
    Grant(#[from] GrantError),
    /// The lock file cannot be read or written.
    #[error(transparent)]
    Lockfile(#[from] LockfileError),
    /// Its files cannot be kept.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The change of grants cannot be recorded.
    #[error(transparent)]
    Audit(#[from] Unwritable),
    /// It has to be signed by somebody, and is not.
    #[error("plugin `{plugin}` is refused: {untrusted}")]
    Untrusted {
        /// The plugin.
        plugin: String,
        /// What is missing or wrong.
        untrusted: Untrusted,
    },
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
    /// There is no version before the one that is installed.
    #[error(
        "plugin `{plugin}` has no version before the one that is installed; `portcullis update {plugin}` keeps one"
    )]
    NoPrevious {
        /// The plugin.
        plugin: String,
    },
    /// It is not what it was when its update was looked at.
    #[error("plugin `{plugin}` was changed meanwhile, and was not updated; try again")]
    Changed {
        /// The plugin.
        plugin: String,
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
    /// What plugins share that are installed. One that is not yet has no store.
    pub services: Services,
}

impl Installer {
    /// Installs a plugin that the admin's trust covers, and gives what it offers
    /// and whose signature it has.
    pub async fn install(
        &self,
        candidate: Candidate,
    ) -> Result<(Description, Option<Signed>), InstallError> {
        // Held until the end: it keeps other processes out of all the files.
        let Opened {
            mut editor,
            config: installed,
            lock: before,
        } = Opened::new::<InstallError>(&self.locations)?;
        let signed = signed(
            &installed,
            &candidate.name,
            &candidate.source,
            &candidate.package,
        )?;
        editor.insert_plugin(
            &candidate.name,
            &candidate.source,
            candidate.prefix.as_deref(),
            &candidate.grant,
        )?;
        let config = editor.config()?;
        let lock_path = self.locations.lock_file();
        let policy = policy::decide(
            &candidate.package.manifest.request,
            &candidate.grant,
            &config.limits,
        )
        .map_err(|errors| InstallError::Policy {
            plugin: candidate.name.clone(),
            errors,
        })?;

        let signer = signed.as_ref().map(|signed| signed.by.clone());
        let locked = candidate.package.install(&self.store, signer)?;
        let manifest = &candidate.package.manifest;
        let entry = self.entry(
            &candidate.name,
            &locked,
            manifest,
            &config,
            &policy,
            Services::default(),
        );
        let prefix = candidate.prefix.as_deref();
        let result = self
            .try_out(&entry, manifest, prefix, (&installed, &before))
            .await;
        let result = result.and_then(|description| {
            self.keep(&entry, &description)?;
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
        Ok((result?, signed))
    }

    /// Removes a plugin and its files, and what an earlier removal that was
    /// killed has left. `forget` does away with what the plugin kept, if it kept
    /// something: it is no longer served then, and no other can have its name yet.
    pub async fn remove<E: Into<Box<dyn Error + Send + Sync>>>(
        &self,
        name: &str,
        forget: Option<impl Future<Output = Result<(), E>>>,
    ) -> Result<(), InstallError> {
        let Opened {
            mut editor,
            mut lock,
            ..
        } = Opened::new::<InstallError>(&self.locations)?;
        let lock_path = self.locations.lock_file();
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

    /// Changes what a plugin is granted. Under other settings it may offer other
    /// things: then it is asked, and they have to fit beside the others.
    pub async fn regrant(
        &self,
        name: &str,
        change: &GrantChange,
    ) -> Result<Regranted, InstallError> {
        let grants = self.grants();
        let prepared = grants.prepare(name, change)?;
        let regranted = &prepared.regranted;
        let changed = [&regranted.added, &regranted.revoked];
        let is_setting = |flag: &&GrantFlag| matches!(flag, GrantFlag::Setting(..));
        if let Some(policy) = &regranted.policy
            && changed.into_iter().flatten().any(|flag| is_setting(&flag))
        {
            let (config, lock) = (&prepared.config, &prepared.lock);
            let entry = self.entry(
                name,
                &lock.plugins[name],
                &prepared.manifest,
                config,
                policy,
                self.services.clone(),
            );
            let prefix = config.plugins[name].prefix.as_deref();
            let description = self
                .try_out(&entry, &prepared.manifest, prefix, (config, lock))
                .await?;
            self.keep(&entry, &description)?;
        }
        prepared.save(&grants, Author::Local)?;
        Ok(prepared.regranted)
    }

    /// What changes grants.
    pub fn grants(&self) -> Grants<'_> {
        Grants {
            locations: &self.locations,
            store: &self.store,
            audit: &self.audit,
        }
    }

    /// A plugin that is not served, to be asked what it offers.
    pub(super) fn entry(
        &self,
        name: &str,
        locked: &LockedPlugin,
        manifest: &Manifest,
        config: &Config,
        policy: &Policy,
        services: Services,
    ) -> Arc<Entry> {
        let tools = config.plugins.get(name).map(|plugin| plugin.tools.clone());
        let installed = Installed {
            name: name.to_owned(),
            policy: policy.clone(),
            tools: tools.unwrap_or_default(),
            cache: manifest.cache,
        };
        let engine = Arc::clone(&self.engine);
        Arc::new(Entry::new(engine, &self.store, locked, installed, services))
    }

    /// Loads a plugin, asks what it offers, and sees whether that can be
    /// offered beside the other plugins of the config and the lock file.
    pub(super) async fn try_out(
        &self,
        entry: &Arc<Entry>,
        manifest: &Manifest,
        prefix: Option<&str>,
        (config, lock): (&Config, &Lockfile),
    ) -> Result<Description, InstallError> {
        let unfit = |cause: String| InstallError::Unfit {
            plugin: entry.name.clone(),
            cause,
        };
        let description = descriptions::ask(entry).await.map_err(unfit)?;
        check::check_marks(&manifest.tools, &description.tools).map_err(unfit)?;
        self.fits(entry, prefix, &description, (config, lock))
            .await?;
        Ok(description)
    }

    /// Whether what a plugin offers can be offered beside what the others do.
    pub(super) async fn fits(
        &self,
        entry: &Arc<Entry>,
        prefix: Option<&str>,
        description: &Description,
        (config, lock): (&Config, &Lockfile),
    ) -> Result<(), InstallError> {
        let mut others = config.clone();
        others.plugins.remove(&entry.name);
        let sources = Sources {
            locations: &self.locations,
            config: &others,
            lock,
            store: &self.store,
            descriptions: &self.descriptions,
            services: Services::default(),
        };
        let (mut others, _) = Snapshot::load(&self.engine, &sources, &Snapshot::default()).await;
        others
            .fit(entry, prefix, description.clone())
            .map_err(|misfit| match misfit {
                Misfit::Name(cause) => InstallError::Unfit {
                    plugin: entry.name.clone(),
                    cause,
                },
                Misfit::Collision(collision) => InstallError::Collision {
                    plugin: entry.name.clone(),
                    collision,
                },
            })
    }

    /// Keeps what a plugin offers, for when it is served.
    pub(super) fn keep(
        &self,
        entry: &Entry,
        description: &Description,
    ) -> Result<(), InstallError> {
        self.descriptions
            .keep(entry, description)
            .map_err(|error| InstallError::Unfit {
                plugin: entry.name.clone(),
                cause: format!("cannot keep what it offers: {error}"),
            })
    }

    /// Removes what is kept of plugins that are not installed.
    pub(super) fn clean(&self, lock: &Lockfile) {
        let needed = lock.contents();
        if let Err(error) = self.store.remove_unreferenced(&needed) {
            tracing::warn!("cannot clean the store: {error}");
        }
        if let Err(error) = self.descriptions.remove_unreferenced(&needed) {
            tracing::warn!("cannot clean the descriptions: {error}");
        }
    }
}
