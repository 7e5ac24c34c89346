//! Whose plugins the admin installs and serves.

use super::Sources;
use super::agreed::{Flaw, again};
use super::install::InstallError;
use crate::config::Config;
use crate::package::{LockedPlugin, Package, Signed};

impl Sources<'_> {
    /// Whether the admin trusts still what a configured plugin was signed with.
    pub(super) fn trusted(&self, name: &str) -> Result<(), Flaw> {
        let locked = self.lock.plugins.get(name);
        let signer = locked.and_then(|locked| locked.signed_by.as_ref());
        let source = self.config.plugins[name].source.to_string();
        let trusted = self.config.trust.still(&source, signer);
        trusted.map_err(|untrusted| Flaw {
            path: self.locations.config.clone(),
            message: format!(
                "{untrusted}; install it again: {}",
                again(self.config, name)
            ),
        })
    }
}

/// Whose signature a plugin has, as far as the admin wants one.
pub(super) fn signed(
    config: &Config,
    plugin: &str,
    source: &str,
    package: &Package,
) -> Result<Option<Signed>, InstallError> {
    let checked = config.trust.check(source, package);
    checked.map_err(|untrusted| InstallError::Untrusted {
        plugin: plugin.to_owned(),
        untrusted,
    })
}

/// Refuses a version whose signer is trusted no more.
pub(super) fn still_signed(
    config: &Config,
    plugin: &str,
    version: &LockedPlugin,
) -> Result<(), InstallError> {
    let source = config.plugins[plugin].source.to_string();
    let still = config.trust.still(&source, version.signed_by.as_ref());
    still.map_err(|untrusted| InstallError::Untrusted {
        plugin: plugin.to_owned(),
        untrusted,
    })
}
