//! What of this machine's installation goes into a bundle.

use std::collections::BTreeMap;
use std::path::Path;

use super::values::{self, Kind, Value};
use crate::config::Config;
use crate::package::{Digest, InstalledError, Lockfile, Package, Source, Store};

/// The plugins of a bundle, with what they are granted.
pub struct Contents {
    /// The plugins, in the order of their names.
    pub plugins: Vec<Plugin>,
    /// What the host program asks its user for.
    pub values: Vec<Value>,
    /// The configuration, without those values.
    pub config: String,
    /// The lock file.
    pub lock: String,
    /// The plugins' files by their digests.
    pub(super) files: BTreeMap<Digest, Vec<u8>>,
}

/// A plugin of a bundle.
pub struct Plugin {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it says it is.
    pub description: String,
    /// What it is granted besides the values, as flags.
    pub granted: Vec<String>,
}

/// A plugin that cannot go into a bundle.
#[derive(Debug, thiserror::Error)]
pub enum NotBundled {
    /// It is not installed.
    #[error("no plugin `{name}` is installed; {}", those(.known))]
    Unknown {
        /// The name.
        name: String,
        /// Those that are.
        known: Vec<String>,
    },
    /// Nothing is left.
    #[error("no plugins are installed, so there is nothing to bundle")]
    Nothing,
    /// It is not what was installed.
    #[error(transparent)]
    Installed(#[from] InstalledError),
    /// The configuration cannot be written again.
    #[error("the configuration {path} cannot be taken over: {cause}")]
    Config {
        /// The file.
        path: String,
        /// Why.
        cause: String,
    },
}

impl Contents {
    /// Takes the plugins of these names, or all that are served.
    ///
    /// `path` is where `text` was read from, which gave `config`.
    ///
    /// # Errors
    /// A plugin that is not installed, and one whose files are not what was
    /// installed.
    pub fn of(
        names: &[String],
        path: &Path,
        text: &str,
        config: &Config,
        lock: &Lockfile,
        store: &Store,
    ) -> Result<Self, NotBundled> {
        let mut chosen: Vec<&String> = match names {
            [] => {
                let plugins = config.plugins.iter();
                let served = plugins.filter(|(_, plugin)| plugin.enabled);
                served.map(|(name, _)| name).collect()
            }
            names => names.iter().collect(),
        };
        chosen.sort();
        chosen.dedup();
        if chosen.is_empty() {
            return Err(NotBundled::Nothing);
        }
        let unusable = |cause: String| NotBundled::Config {
            path: path.display().to_string(),
            cause,
        };
        let written: toml::Table = text.parse().map_err(|error| unusable(format!("{error}")))?;
        let mut tables = toml::Table::new();
        let mut contents = Contents {
            plugins: Vec::new(),
            values: Vec::new(),
            config: String::new(),
            lock: String::new(),
            files: BTreeMap::new(),
        };
        let mut locked = Lockfile::default();
        for name in chosen {
            let found = config.plugins.get(name).zip(lock.plugins.get(name));
            let Some((configured, of_it)) = found else {
                return Err(NotBundled::Unknown {
                    name: name.clone(),
                    known: config.plugins.keys().cloned().collect(),
                });
            };
            let package = Package::from_store(store, name, of_it)?;
            let request = &package.manifest.request;
            contents
                .values
                .extend(values::values(name, request, &configured.grant));
            let fixed = values::naming_hosts(request);
            let table = written.get("plugins").and_then(|plugins| plugins.get(name));
            let table = table.and_then(toml::Value::as_table).cloned();
            let mut table = table.ok_or_else(|| unusable(format!("it has no [plugins.{name}]")))?;
            let source = match &configured.source {
                // The folder is this machine's.
                Source::Path(_) => format!("./{name}"),
                elsewhere => elsewhere.to_string(),
            };
            table.insert("source".to_owned(), source.into());
            table.remove("enabled");
            let mut grant = configured.grant.clone();
            grant.filesystem.clear();
            grant.secrets.clear();
            grant
                .settings
                .retain(|name, _| fixed.contains(name.as_str()));
            if let Some(grants) = table.get_mut("grant").and_then(toml::Value::as_table_mut) {
                grants.remove(Kind::Filesystem.table());
                grants.remove(Kind::Secrets.table());
                let settings = grants.get_mut(Kind::Settings.table());
                if let Some(settings) = settings.and_then(toml::Value::as_table_mut) {
                    settings.retain(|name, _| fixed.contains(name));
                }
                if is_empty(grants.get(Kind::Settings.table())) {
                    grants.remove(Kind::Settings.table());
                }
            }
            if is_empty(table.get("grant")) {
                table.remove("grant");
            }
            tables.insert(name.clone(), table.into());
            contents.plugins.push(Plugin {
                name: name.clone(),
                version: package.manifest.version.to_string(),
                description: package.manifest.description.clone(),
                granted: grant.flags().iter().map(ToString::to_string).collect(),
            });
            locked.plugins.insert(name.clone(), of_it.clone());
            let files = [
                (of_it.manifest, package.manifest_bytes),
                (of_it.component, package.component),
            ];
            contents.files.extend(files);
        }
        values::tell_apart(&mut contents.values);
        let mut all = toml::Table::new();
        if let Some(defaults) = written.get("defaults") {
            all.insert("defaults".to_owned(), defaults.clone());
        }
        all.insert("plugins".to_owned(), tables.into());
        contents.config = toml::to_string(&all).map_err(|error| unusable(error.to_string()))?;
        contents.lock = locked.to_toml();
        Ok(contents)
    }
}

fn is_empty(table: Option<&toml::Value>) -> bool {
    table
        .and_then(toml::Value::as_table)
        .is_some_and(toml::Table::is_empty)
}

fn those(known: &[String]) -> String {
    match known {
        [] => "there are none".to_owned(),
        known => format!("there are: {}", known.join(", ")),
    }
}
