//! Putting another version of a plugin in the place of the one that is
//! installed, and putting back the one before.
//!
//! What is granted and the other version does not ask for is taken back and set
//! aside in the lock file, with the version that asked for it; when that one is
//! put back, it is granted again. What the admin has taken back since stays so.
//!
//! The lock file is written first, where the other version is about to come, and
//! the config decides (see [`crate::package::Next`]); where no grant changes, the
//! lock file alone is written, once.

use super::agreed::{self, Flaw};
use super::chain;
use super::install::{InstallError, Installer};
use super::opened::Opened;
use super::trust::still_signed;
use crate::audit::Author;
use crate::config::{grant_text, parse_grant_text};
use crate::package::{Digest, LockedPlugin, Next, Previous};
use crate::policy::{self, Grant, GrantFlag};

/// What was done.
#[derive(Clone, Debug)]
pub struct Switched {
    /// The version that was installed.
    pub from: String,
    /// The one that is.
    pub to: String,
    /// What is granted that was not before.
    pub added: Vec<GrantFlag>,
    /// What was granted before and is not now.
    pub revoked: Vec<GrantFlag>,
}

impl Installer {
    /// Puts back the version before. It is itself undone by doing it again.
    pub async fn roll_back(&self, name: &str) -> Result<Switched, InstallError> {
        let opened = Opened::new::<InstallError>(&self.locations)?;
        let Some(configured) = opened.config.plugins.get(name) else {
            return Err(opened.editor.unknown(name).into());
        };
        let previous = opened.lock.plugins.get(name);
        let Some(previous) = previous.and_then(|plugin| plugin.previous.as_deref()) else {
            return Err(InstallError::NoPrevious {
                plugin: name.to_owned(),
            });
        };
        let unfit = |cause: String| InstallError::Unfit {
            plugin: name.to_owned(),
            cause,
        };
        let version = &previous.version;
        still_signed(&opened.config, name, version)?;
        let again = agreed::again(&opened.config, name);
        let manifest = agreed::manifest_of(&self.locations, &self.store, version, &again);
        let manifest = manifest.map_err(|Flaw { message, .. }| unfit(message))?;
        let component = self.store.read(&version.component);
        component.map_err(|error| unfit(format!("{}: {again}", chain(&error))))?;

        let aside = match &previous.grant {
            Some(text) => parse_grant_text(text, &self.locations.lock_file())?,
            None => Grant::default(),
        };
        // What is granted now comes last, and counts.
        let all = [aside.flags(), configured.grant.flags()].concat();
        let (grant, _) = policy::divide(&manifest.request, &Grant::of(all));
        let policy = policy::decide(&manifest.request, &grant, &opened.config.limits);
        let policy = policy.map_err(|errors| InstallError::Policy {
            plugin: name.to_owned(),
            errors,
        })?;
        let services = self.services.clone();
        let entry = self.entry(name, version, &manifest, &opened.config, &policy, services);
        let others = (&opened.config, &opened.lock);
        let prefix = configured.prefix.as_deref();
        match self.descriptions.kept(&entry).ok().flatten() {
            Some(kept) => self.fits(&entry, prefix, &kept, others).await?,
            None => {
                let asked = self.try_out(&entry, &manifest, prefix, others).await?;
                self.keep(&entry, &asked)?;
            }
        }
        let version = version.clone();
        self.switch(opened, name, &version, &grant)
    }

    /// Writes that another version is installed, and granted this. Its files are
    /// in the store.
    pub(super) fn switch(
        &self,
        opened: Opened,
        name: &str,
        to: &LockedPlugin,
        grant: &Grant,
    ) -> Result<Switched, InstallError> {
        let Opened {
            mut editor,
            config,
            lock,
        } = opened;
        let (was, is) = (config.plugins[name].grant.flags(), grant.flags());
        let only_in = |one: &[GrantFlag], other: &[GrantFlag]| -> Vec<GrantFlag> {
            let only = one.iter().filter(|flag| !other.contains(flag));
            only.cloned().collect()
        };
        let (added, revoked) = (only_in(&is, &was), only_in(&was, &is));
        // Of those in whose place others come nothing has to be taken out.
        let is_replaced = |flag: &GrantFlag| {
            let same =
                |other: &GrantFlag| flag.place().1.is_some() && other.place() == flag.place();
            added.iter().any(same)
        };
        let aside: Vec<_> = revoked
            .iter()
            .filter(|flag| !is_replaced(flag))
            .cloned()
            .collect();
        editor.remove_grants(name, &aside)?;
        editor.add_grants(name, &Grant::of(added.iter().cloned()))?;
        let after = editor.config()?;

        let from = lock.plugins[name].alone();
        let previous = Previous {
            grant: match aside.as_slice() {
                [] => None,
                aside => Some(grant_text(&Grant::of(aside.iter().cloned()))?),
            },
            version: from.clone(),
        };
        let switched = LockedPlugin {
            previous: Some(Box::new(previous)),
            ..to.alone()
        };
        let mut settled = lock.clone();
        settled.plugins.insert(name.to_owned(), switched.clone());

        let path = self.locations.lock_file();
        // Recorded before it is made, as what is installed is.
        let changing = self.audit.changing(&self.locations.config)?;
        changing.record(Author::Local, &after, &settled)?;
        if !added.is_empty() || !revoked.is_empty() {
            let text = grant_text(&after.plugins[name].grant)?;
            let next = Next {
                version: switched,
                grant: Digest::of(text.as_bytes()),
            };
            let mut pending = lock.clone();
            if let Some(plugin) = pending.plugins.get_mut(name) {
                plugin.next = Some(Box::new(next));
            }
            pending.save(&path)?;
            if let Err(error) = editor.save() {
                lock.save(&path)?;
                return Err(error.into());
            }
        }
        settled.save(&path)?;
        drop(changing);
        self.clean(&settled);
        Ok(Switched {
            from: from.version,
            to: to.version.clone(),
            added,
            revoked,
        })
    }
}
