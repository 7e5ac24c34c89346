//! The program in a bundle, before it serves: its configuration comes from the
//! bundle's files and from what the user chose.

use std::io;
use std::path::{Path, PathBuf};

use serde::Deserialize;
use toml::{Table, Value as Toml};

use super::values::{Kind, Value};
use super::{STORE, VALUES};
use crate::locations::{CONFIG_FILE, Locations};
use crate::package::{LOCK_FILE, Store, read_if_there, write_atomically};
use crate::policy::check_name;

/// How the place of a value begins that the user has not filled in. Host programs
/// leave it as it stands.
const NOT_FILLED: &str = "${user_config.";

/// A bundle that cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum Unpackable {
    /// A file of it is missing or cannot be read.
    #[error("the bundle's file `{}` cannot be read: {source}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of it is not what `bundle` writes.
    #[error("the bundle's file `{}` is damaged: {cause}", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// Why.
        cause: String,
    },
    /// A value that cannot be granted.
    #[error(
        "`{value}` is no directory for plugin `{plugin}`: it is not absolute; choose one in the settings of the bundle"
    )]
    Relative {
        /// The plugin.
        plugin: String,
        /// The value.
        value: String,
    },
    /// The user's data folder cannot be written.
    #[error("cannot write `{}`: {source}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// The file of values.
#[derive(Deserialize)]
struct Values {
    name: String,
    values: Vec<Value>,
}

/// Puts the bundle in `folder` where it can be served from, below the data folder,
/// and says where that is. `variable` reads the environment.
///
/// # Errors
/// A bundle that is not whole, and a data folder that cannot be written.
pub fn unpack(
    folder: &Path,
    data: &Path,
    variable: impl Fn(&str) -> Option<String>,
) -> Result<Locations, Unpackable> {
    let values = folder.join(VALUES);
    let damaged = |path: &Path, cause: String| Unpackable::Damaged {
        path: path.to_owned(),
        cause,
    };
    let found: Values = serde_json::from_slice(&read(&values)?)
        .map_err(|error| damaged(&values, error.to_string()))?;
    check_name(&found.name).map_err(|invalid| damaged(&values, invalid.to_string()))?;
    let config = folder.join(CONFIG_FILE);
    let mut table: Table = std::str::from_utf8(&read(&config)?)
        .map_err(|error| damaged(&config, error.to_string()))?
        .parse()
        .map_err(|error: toml::de::Error| damaged(&config, error.message().to_owned()))?;
    for value in &found.values {
        let chosen = variable(&value.variable);
        let chosen = chosen.filter(|text| !text.is_empty() && !text.starts_with(NOT_FILLED));
        let Some(chosen) = chosen else { continue };
        let grant = granted(value, chosen)?;
        let plugin = table.get_mut("plugins").and_then(Toml::as_table_mut);
        let plugin = plugin.and_then(|plugins| plugins.get_mut(&value.plugin));
        let Some(plugin) = plugin.and_then(Toml::as_table_mut) else {
            let cause = format!("it has no [plugins.{}]", value.plugin);
            return Err(damaged(&config, cause));
        };
        let grants = child(plugin, "grant");
        child(grants, value.kind.table()).insert(value.name.clone(), grant);
    }
    let text = toml::to_string(&table).map_err(|error| damaged(&config, error.to_string()))?;

    let data = data.join("bundles").join(found.name);
    let locations = Locations {
        config: data.join(CONFIG_FILE),
        data: data.clone(),
    };
    keep_files(&folder.join(STORE), &Store::new(&data))?;
    // The configuration comes last: it says what is installed.
    replace(&locations.lock_file(), &read(&folder.join(LOCK_FILE))?)?;
    replace(&locations.config, text.as_bytes())?;
    Ok(locations)
}

/// What is granted by a value that the user chose.
fn granted(value: &Value, chosen: String) -> Result<Toml, Unpackable> {
    let mut table = Table::new();
    match value.kind {
        Kind::Settings => return Ok(chosen.into()),
        // The secret itself is written nowhere.
        Kind::Secrets => table.insert("env".to_owned(), value.variable.clone().into()),
        Kind::Filesystem if !Path::new(&chosen).is_absolute() => {
            return Err(Unpackable::Relative {
                plugin: value.plugin.clone(),
                value: chosen,
            });
        }
        Kind::Filesystem => {
            if value.read_only {
                table.insert("access".to_owned(), "read".into());
            }
            table.insert("path".to_owned(), chosen.into())
        }
    };
    Ok(table.into())
}

fn child<'t>(table: &'t mut Table, name: &str) -> &'t mut Table {
    let child = table.entry(name).or_insert_with(|| Table::new().into());
    if !child.is_table() {
        *child = Table::new().into();
    }
    child.as_table_mut().expect("it was made one")
}

/// Copies what is not there yet. Its digest is its name.
fn keep_files(folder: &Path, store: &Store) -> Result<(), Unpackable> {
    let failed = |path: &Path| {
        let path = path.to_owned();
        move |source| Unpackable::Read { path, source }
    };
    for entry in std::fs::read_dir(folder).map_err(failed(folder))? {
        let path = entry.map_err(failed(folder))?.path();
        let name = path.file_name().unwrap_or_default();
        if store.folder().join(name).exists() {
            continue;
        }
        store
            .put(&read(&path)?)
            .map_err(|error| Unpackable::Write {
                path: store.folder().to_owned(),
                source: io::Error::other(error),
            })?;
    }
    Ok(())
}

fn read(path: &Path) -> Result<Vec<u8>, Unpackable> {
    std::fs::read(path).map_err(|source| Unpackable::Read {
        path: path.to_owned(),
        source,
    })
}

/// Another process of the same bundle may watch the file: what is as it should be
/// is not written again.
fn replace(path: &Path, bytes: &[u8]) -> Result<(), Unpackable> {
    let failed = |source| Unpackable::Write {
        path: path.to_owned(),
        source,
    };
    if read_if_there(path).map_err(failed)?.as_deref() == Some(bytes) {
        return Ok(());
    }
    write_atomically(path, bytes).map_err(failed)
}
