//! Grants outside of the configuration, as text: set aside while a version is
//! installed that does not ask for them, or to be told apart by a digest.

use std::path::Path;

use toml_edit::DocumentMut;

use super::set_grant;
use crate::config::{ConfigError, Paths, grant};
use crate::package::{Fields, Report};
use crate::policy::Grant;

/// A grant as it stands in a plugin's table of grants; the same for the same
/// grant.
///
/// # Errors
/// A path that is not Unicode, which TOML cannot hold.
pub fn grant_text(grant: &Grant) -> Result<String, ConfigError> {
    let mut document = DocumentMut::new();
    for flag in &grant.flags() {
        set_grant(document.as_table_mut(), flag).map_err(ConfigError::Value)?;
    }
    Ok(document.to_string())
}

/// Reads what [`grant_text`] gave. `origin` names its file in messages.
///
/// # Errors
/// Everything that is wrong with it, each with its place.
pub fn parse_grant_text(text: &str, origin: &Path) -> Result<Grant, ConfigError> {
    let report = Report::new(text, origin);
    let Some(table) = report.parse() else {
        return report.finish(None).map_err(ConfigError::Invalid);
    };
    let home = std::env::home_dir();
    let paths = Paths {
        folder: origin.parent().unwrap_or(Path::new("")),
        home: home.as_deref(),
    };
    let grant = grant::read_grant(&Fields::root(&report, &table), &paths);
    report.finish(Some(grant)).map_err(ConfigError::Invalid)
}
