//! Updating a plugin to what its source has now.
//!
//! First the newer version is looked at, and everything that differs is gathered
//! for the admin: what it asks for, what becomes of what is granted, and what
//! models will read. Nothing is changed by that, and nothing is locked while
//! somebody thinks about it. Then it is installed with what was agreed to, unless
//! something else has changed meanwhile.

use super::agreed::{self, Flaw};
use super::hidden::{Hidden, hidden_text};
use super::install::{InstallError, Installer};
use super::opened::Opened;
use super::reading::{Reading, readings};
use super::switch::Switched;
use super::trust::signed;
use super::{compare, descriptions};
use crate::package::{LockedPlugin, Package};
use crate::policy::{
    self, Difference, Grant, GrantFlag, PolicyError, PolicyErrors, RequestKind, difference,
};
use crate::wasm::{Description, Services};

/// What the source of a plugin has.
pub enum Found {
    /// The version that is installed.
    Same(String),
    /// Another.
    Other(Box<Proposal>),
}

/// Another version of an installed plugin, and how it differs.
pub struct Proposal {
    /// What the plugin is called in the config.
    pub name: String,
    /// The other version.
    pub package: Package,
    /// The version that is installed.
    pub installed: LockedPlugin,
    /// What is asked for more, and what less.
    pub requests: Difference,
    /// Whether it asks for more than before: for something that it may be
    /// granted, beside settings that it does not need.
    pub asks_more: bool,
    /// What of that is not granted, as `--grant` flags.
    pub missing: Vec<String>,
    /// What of that can be granted without knowing more.
    pub grantable: Vec<GrantFlag>,
    /// What is granted already and allows more than before.
    pub widened: Vec<GrantFlag>,
    /// What is granted with it beside what is.
    pub added: Vec<GrantFlag>,
    /// What is granted and not asked for any more.
    pub not_asked: Vec<GrantFlag>,
    /// What models read. None while it lacks settings that it needs.
    pub readings: Option<Vec<Reading>>,
    /// What models read in it and people do not see.
    pub hidden: Vec<Hidden>,
    /// What is granted now.
    granted: Grant,
    /// What is granted with it.
    grant: Grant,
    /// What it offers, as it is shown.
    description: Option<Description>,
}

impl Proposal {
    /// Whether models would read something that they have not read before.
    pub fn is_new_to_models(&self) -> bool {
        let readings = self.readings.as_deref();
        readings.is_none_or(|readings| readings.iter().any(Reading::is_new))
    }
}

impl Installer {
    /// Looks at what the source of an installed plugin has, if that were granted
    /// `added` beside what is granted. Changes nothing.
    pub async fn propose(
        &self,
        name: &str,
        package: Package,
        added: &Grant,
    ) -> Result<Found, InstallError> {
        // Held to the end: it keeps others from cleaning the store, in which the
        // component has to be to be tried.
        let opened = Opened::new::<InstallError>(&self.locations)?;
        let result = self.look_at(&opened, name, package, added).await;
        self.clean(&opened.lock);
        result
    }

    async fn look_at(
        &self,
        opened: &Opened,
        name: &str,
        package: Package,
        added: &Grant,
    ) -> Result<Found, InstallError> {
        let Opened { config, lock, .. } = opened;
        let Some(configured) = config.plugins.get(name) else {
            return Err(opened.editor.unknown(name).into());
        };
        // Before it is asked anything.
        signed(config, name, &configured.source.to_string(), &package)?;
        let old = agreed::manifest(&self.locations, &self.store, config, lock, name);
        let old = old.map_err(|Flaw { message, .. }| InstallError::Unfit {
            plugin: name.to_owned(),
            cause: message,
        })?;
        let installed = lock.plugins[name].clone();
        if package.component_digest == installed.component
            && package.manifest_digest == installed.manifest
        {
            return Ok(Found::Same(installed.version));
        }

        let (was, is) = (&old.request, &package.manifest.request);
        let (stays, not_asked) = policy::divide(is, &configured.grant);
        let grant = Grant::of([stays.flags(), added.flags()].concat());
        // What was refused before needs no other refusal.
        let refused = policy::missing_flags(was, &configured.grant, &config.limits);
        let is_new = |flag: &String| !refused.contains(flag);
        let anew = |grant: &Grant| -> Vec<String> {
            let missing = policy::missing_flags(is, grant, &config.limits);
            missing.into_iter().filter(is_new).collect()
        };
        let requests = difference(was, is);
        let needs_grant = requests
            .added
            .iter()
            .any(|line| !matches!(line.kind, RequestKind::Setting | RequestKind::Limit));
        let wanted = anew(&stays);
        let grantable = policy::grant_all(is, &config.limits).0.flags();
        let grantable = grantable
            .into_iter()
            .filter(|flag| wanted.contains(&flag.argument()));

        let description = self.described(opened, name, &package, &grant).await?;
        let known = self.known(opened, name, &old).await;
        let shown = description.as_ref();
        let proposal = Proposal {
            name: name.to_owned(),
            asks_more: needs_grant || !wanted.is_empty(),
            missing: anew(&grant),
            grantable: grantable.collect(),
            widened: policy::widened(was, is, &stays),
            added: added.flags(),
            not_asked: not_asked.flags(),
            readings: shown.map(|description| readings(&known, description)),
            hidden: shown.map(hidden_text).unwrap_or_default(),
            granted: configured.grant.clone(),
            installed,
            requests,
            package,
            grant,
            description,
        };
        Ok(Found::Other(Box::new(proposal)))
    }

    /// What the other version offers. None while it lacks settings.
    async fn described(
        &self,
        opened: &Opened,
        name: &str,
        package: &Package,
        grant: &Grant,
    ) -> Result<Option<Description>, InstallError> {
        let (config, manifest) = (&opened.config, &package.manifest);
        let policy = match policy::decide(&manifest.request, grant, &config.limits) {
            Ok(policy) => policy,
            Err(errors) if errors.0.iter().all(is_missing) => return Ok(None),
            Err(errors) => return Err(refused(name, errors)),
        };
        let locked = package.install(&self.store, None)?;
        // Nobody has agreed to it: it does not get at what the plugin has kept.
        let services = Services::default();
        let entry = self.entry(name, &locked, manifest, config, &policy, services);
        let prefix = config.plugins[name].prefix.as_deref();
        let others = (config, &opened.lock);
        let description = self.try_out(&entry, manifest, prefix, others).await?;
        Ok(Some(description))
    }

    /// What models have read of the installed version.
    async fn known(
        &self,
        opened: &Opened,
        name: &str,
        manifest: &crate::package::Manifest,
    ) -> Description {
        let Opened { config, lock, .. } = opened;
        let grant = &config.plugins[name].grant;
        let Ok(policy) = policy::decide(&manifest.request, grant, &config.limits) else {
            return Description::default();
        };
        let (locked, services) = (&lock.plugins[name], Services::default());
        let entry = self.entry(name, locked, manifest, config, &policy, services);
        match self.descriptions.kept(&entry).ok().flatten() {
            Some(kept) => kept,
            // If that cannot be known, all of it is new.
            None => descriptions::ask(&entry).await.unwrap_or_default(),
        }
    }

    /// Installs what was agreed to. The version that is installed is kept.
    pub async fn update(&self, proposal: Proposal) -> Result<Switched, InstallError> {
        let opened = Opened::new::<InstallError>(&self.locations)?;
        let Proposal {
            name,
            package,
            installed,
            granted,
            grant,
            description,
            ..
        } = proposal;
        let (config, manifest) = (&opened.config, &package.manifest);
        let configured = config.plugins.get(&name);
        let Some(configured) = configured.filter(|configured| {
            opened.lock.plugins.get(&name) == Some(&installed) && configured.grant == granted
        }) else {
            return Err(InstallError::Changed { plugin: name });
        };
        let policy = policy::decide(&manifest.request, &grant, &config.limits);
        let policy = policy.map_err(|errors| refused(&name, errors))?;
        let source = configured.source.to_string();
        let signed = signed(config, &name, &source, &package)?;
        let locked = package.install(&self.store, signed.map(|signed| signed.by))?;
        let services = self.services.clone();
        let entry = self.entry(&name, &locked, manifest, config, &policy, services);
        let others = (config, &opened.lock);
        let prefix = configured.prefix.as_deref();
        let tried = async {
            // Asked again, now that it may see what the plugin has kept. What
            // models are told stays what was shown.
            let asked = self.try_out(&entry, manifest, prefix, others).await?;
            let agreed = description.unwrap_or_default();
            let is_as_shown = compare::new_to_models(&agreed, &asked).is_empty();
            self.keep(&entry, if is_as_shown { &asked } else { &agreed })
        };
        if let Err(error) = tried.await {
            self.clean(&opened.lock);
            return Err(error);
        }
        self.switch(opened, &name, &locked, &grant)
    }
}

fn is_missing(error: &PolicyError) -> bool {
    matches!(error, PolicyError::SettingMissing { .. })
}

fn refused(plugin: &str, errors: PolicyErrors) -> InstallError {
    InstallError::Policy {
        plugin: plugin.to_owned(),
        errors,
    }
}
