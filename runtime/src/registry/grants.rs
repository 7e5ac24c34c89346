//! Changing what an installed plugin is granted.
//!
//! The config is changed in place, under the lock that `add` and `remove` take.
//! What a plugin never asked for is refused, by what its manifest in the store
//! says, and what is changed is recorded before it is made. No sandbox is needed.

use std::collections::BTreeSet;

use super::agreed::{self, Flaw};
use super::opened::Opened;
use crate::audit::{Author, Log, Unwritable};
use crate::config::{Config, ConfigEditor, ConfigError};
use crate::locations::Locations;
use crate::package::{Lockfile, LockfileError, Manifest, Store};
use crate::policy::{
    self, Grant, GrantFlag, Policy, PolicyErrors, Request, RequestLine, Revocation,
};

/// Changes grants.
#[derive(Clone, Copy)]
pub struct Grants<'a> {
    /// Where everything lies.
    pub locations: &'a Locations,
    /// Where manifests are.
    pub store: &'a Store,
    /// Where changes of grants are recorded.
    pub audit: &'a Log,
}

/// What shall become different in what a plugin is granted.
#[derive(Clone, Debug, Default)]
pub struct GrantChange {
    /// What is taken back.
    pub revoked: Vec<Revocation>,
    /// What is granted after that; each in the place of an earlier one for the
    /// same thing. Its paths are absolute, or begin with `~`.
    pub granted: Grant,
}

/// What a plugin is granted after a change.
#[derive(Clone, Debug)]
pub struct Regranted {
    /// What is granted that was not before.
    pub added: Vec<GrantFlag>,
    /// What was granted before and is not now.
    pub revoked: Vec<GrantFlag>,
    /// All that is granted now.
    pub grant: Grant,
    /// What the plugin asks for.
    pub request: Request,
    /// What it may do now. None if something else that it is granted does not
    /// fit, as before.
    pub policy: Option<Policy>,
}

/// Why grants were not changed.
#[derive(Debug, thiserror::Error)]
pub enum GrantError {
    /// The config cannot be read or changed, or has no such plugin.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// The lock file cannot be read or written.
    #[error(transparent)]
    Lockfile(#[from] LockfileError),
    /// The change cannot be recorded.
    #[error(transparent)]
    Audit(#[from] Unwritable),
    /// What the plugin asks for is not known.
    #[error("plugin `{plugin}` cannot be granted anything: {cause}")]
    Unknown {
        /// The plugin.
        plugin: String,
        /// Why, and what to do.
        cause: String,
    },
    /// The grant does not fit what the plugin asks for.
    #[error(
        "plugin `{plugin}` cannot be granted this:\n{errors}\n{}",
        asked_list(asks)
    )]
    Policy {
        /// The plugin.
        plugin: String,
        /// What does not fit.
        errors: PolicyErrors,
        /// Everything that it asks for.
        asks: Vec<RequestLine>,
    },
    /// What shall be taken back is not granted.
    #[error(
        "plugin `{plugin}` is not granted `{revocation}`; {}",
        granted_list(granted)
    )]
    NotGranted {
        /// The plugin.
        plugin: String,
        /// What shall be taken back.
        revocation: Revocation,
        /// What it is granted.
        granted: Vec<GrantFlag>,
    },
}

fn asked_list(asks: &[RequestLine]) -> String {
    if asks.is_empty() {
        return "it asks for nothing".to_owned();
    }
    let lines = asks
        .iter()
        .map(|ask| format!("\n  {} {}", ask.kind, ask.what));
    format!("it asks for:{}", lines.collect::<String>())
}

fn granted_list(granted: &[GrantFlag]) -> String {
    if granted.is_empty() {
        return "it is granted nothing".to_owned();
    }
    let granted: Vec<_> = granted.iter().map(ToString::to_string).collect();
    format!("it is granted: {}", granted.join(" "))
}

impl Grants<'_> {
    /// Changes what a plugin is granted, and says how. Waits a few seconds for
    /// another process that is changing the config. Where nothing becomes
    /// different, nothing is written.
    ///
    /// # Errors
    /// Nothing is changed then.
    pub fn change(
        &self,
        plugin: &str,
        change: &GrantChange,
        author: Author,
    ) -> Result<Regranted, GrantError> {
        let prepared = self.prepare(plugin, change)?;
        prepared.save(self, author)?;
        Ok(prepared.regranted)
    }

    /// What a plugin asks for and is granted.
    ///
    /// # Errors
    /// It is not installed, or its manifest is not there.
    pub fn standing(&self, plugin: &str) -> Result<Regranted, GrantError> {
        Ok(self.prepare(plugin, &GrantChange::default())?.regranted)
    }

    /// Decides a change, and keeps other processes from changing the config
    /// until it is saved.
    pub(super) fn prepare(
        &self,
        plugin: &str,
        change: &GrantChange,
    ) -> Result<Prepared, GrantError> {
        let Opened {
            mut editor,
            config,
            lock,
        } = Opened::new::<GrantError>(self.locations)?;
        let Some(configured) = config.plugins.get(plugin) else {
            return Err(editor.unknown(plugin).into());
        };
        let before = &configured.grant;
        let granted = before.flags();
        for revocation in &change.revoked {
            if !granted.iter().any(|flag| revocation.covers(flag)) {
                return Err(GrantError::NotGranted {
                    plugin: plugin.to_owned(),
                    revocation: revocation.clone(),
                    granted,
                });
            }
        }
        let is_revoked = |flag: &&GrantFlag| {
            change
                .revoked
                .iter()
                .any(|revocation| revocation.covers(flag))
        };
        let revoked: Vec<GrantFlag> = granted.iter().filter(is_revoked).cloned().collect();
        editor.remove_grants(plugin, &revoked)?;
        editor.add_grants(plugin, &change.granted)?;
        let changed = editor.config()?;
        let manifest = agreed::manifest(self.locations, self.store, &changed, &lock, plugin);
        let manifest = manifest.map_err(|Flaw { message, .. }| GrantError::Unknown {
            plugin: plugin.to_owned(),
            cause: message,
        })?;
        let grant = changed.plugins[plugin].grant.clone();
        let policy = decide(plugin, &manifest.request, before, &grant, &changed)?;
        let (was, is) = (granted, grant.flags());
        let only_in = |one: &[GrantFlag], other: &[GrantFlag]| -> Vec<GrantFlag> {
            one.iter()
                .filter(|flag| !other.contains(flag))
                .cloned()
                .collect()
        };
        Ok(Prepared {
            regranted: Regranted {
                added: only_in(&is, &was),
                revoked: only_in(&was, &is),
                grant,
                request: manifest.request.clone(),
                policy,
            },
            manifest,
            editor,
            config: changed,
            lock,
        })
    }
}

/// A change that was decided and not made yet.
pub(super) struct Prepared {
    pub(super) regranted: Regranted,
    pub(super) manifest: Manifest,
    /// Held until the end: it keeps other processes out.
    editor: ConfigEditor,
    /// The config with the change.
    pub(super) config: Config,
    pub(super) lock: Lockfile,
}

impl Prepared {
    pub(super) fn save(&self, grants: &Grants<'_>, author: Author) -> Result<(), GrantError> {
        if self.regranted.added.is_empty() && self.regranted.revoked.is_empty() {
            return Ok(());
        }
        // Recorded before it is made: one that cannot be recorded, where it has
        // to be, is not made.
        let changing = grants.audit.changing(&grants.locations.config)?;
        changing.record(author, &self.config, &self.lock)?;
        self.editor.save()?;
        Ok(())
    }
}

/// Decides a grant. What did not fit before and still does not is no reason to
/// refuse a change: less can be granted whatever else is wrong.
fn decide(
    plugin: &str,
    request: &Request,
    before: &Grant,
    grant: &Grant,
    config: &Config,
) -> Result<Option<Policy>, GrantError> {
    let errors = match policy::decide(request, grant, &config.limits) {
        Ok(policy) => return Ok(Some(policy)),
        Err(errors) => errors,
    };
    let known = policy::decide(request, before, &config.limits).err();
    let known: BTreeSet<String> = known
        .iter()
        .flat_map(|errors| &errors.0)
        .map(ToString::to_string)
        .collect();
    let new = errors
        .0
        .into_iter()
        .filter(|error| !known.contains(&error.to_string()));
    let new: Vec<_> = new.collect();
    if new.is_empty() {
        return Ok(None);
    }
    Err(GrantError::Policy {
        plugin: plugin.to_owned(),
        errors: PolicyErrors(new),
        asks: policy::summary(request),
    })
}
