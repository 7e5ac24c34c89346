//! Changing the configuration without disturbing what the admin wrote.
//!
//! Comments, order and layout stay. While an editor is open no other process
//! can open one for the same file, so it also guards what belongs to the
//! configuration: the lock file and the store.

mod aside;
mod asked;
mod layout;
mod revoke;

use std::{
    fs::{self, File, TryLockError},
    io,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use toml_edit::{DocumentMut, Item, Table, TableLike, Value as Toml};

pub use aside::{grant_text, parse_grant_text};
use layout::{
    child, detached_comment, dotted_table, first_header, implicit_table, position_after,
    push_table, push_value, table_at,
};

use super::{
    Config, ConfigError,
    grant::{self, Written},
};
use crate::{
    package::write_atomically,
    policy::{Grant, GrantFlag, Invalid, Origin, check_name},
};

/// How long another process's change is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// The configuration, open for changes.
///
/// Nothing is written before [`ConfigEditor::save`].
#[derive(Debug)]
pub struct ConfigEditor {
    path: PathBuf,
    document: DocumentMut,
    /// Locked as long as the editor lives.
    _lock: File,
}

impl ConfigEditor {
    /// Opens a configuration, which may be missing, and keeps other processes
    /// from changing it.
    ///
    /// # Errors
    /// A file that cannot be read or locked, or whose content is wrong: what
    /// cannot be understood is not changed.
    pub fn open(path: &Path) -> Result<Self, ConfigError> {
        let lock = lock(path)?;
        Config::load(path)?;
        let text = match fs::read_to_string(path) {
            Ok(text) => text,
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            Err(source) => {
                return Err(ConfigError::Read {
                    path: path.to_owned(),
                    source,
                });
            }
        };
        let document = text.parse::<DocumentMut>().map_err(|error| {
            ConfigError::Value(Invalid::new(
                format!("{}: {}", path.display(), error.message()),
                "",
            ))
        })?;
        Ok(Self {
            path: path.to_owned(),
            document,
            _lock: lock,
        })
    }

    /// The configuration with the changes so far.
    ///
    /// # Errors
    /// A change that has made it wrong.
    pub fn config(&self) -> Result<Config, ConfigError> {
        let text = self.document.to_string();
        Config::parse(&text, &self.path, std::env::home_dir().as_deref())
            .map_err(ConfigError::Invalid)
    }

    /// Adds a plugin after those that are there. The source and the grant's
    /// paths are written as they are, so relative ones will be relative to the
    /// configuration's folder.
    ///
    /// # Errors
    /// A plugin of this name that is there already, a name that is none, and a
    /// path that is not Unicode.
    pub fn insert_plugin(
        &mut self,
        name: &str,
        source: &str,
        prefix: Option<&str>,
        grant: &Grant,
    ) -> Result<(), ConfigError> {
        check_name(name).map_err(ConfigError::Value)?;
        let plugins = child(self.document.as_table_mut(), "plugins", implicit_table());
        if plugins.contains_key(name) {
            return Err(ConfigError::PluginExists {
                name: name.to_owned(),
                path: self.path.clone(),
            });
        }
        let mut plugin = Table::new();
        plugin.insert("source", source.into());
        if let Some(prefix) = prefix {
            plugin.insert("prefix", prefix.into());
        }
        let flags = grant.flags();
        if !flags.is_empty() {
            let mut table = Table::new();
            for flag in &flags {
                set_grant(&mut table, flag).map_err(ConfigError::Value)?;
            }
            plugin.insert("grant", Item::Table(table));
        }
        plugins.insert(name, Item::Table(plugin));
        Ok(())
    }

    /// Adds grants to a plugin that is there, each in the place of an earlier
    /// one for the same thing. An HTTP origin that is granted already stays as
    /// it is, with its methods and addresses. Paths are written as they are.
    ///
    /// # Errors
    /// No such plugin, and a path that is not Unicode.
    pub fn add_grants(&mut self, name: &str, added: &Grant) -> Result<(), ConfigError> {
        let flags = added.flags();
        let plugin = self.plugin(name)?;
        if flags.is_empty() {
            return Ok(());
        }
        let table = child(plugin, "grant", Table::new());
        flags
            .iter()
            .try_for_each(|flag| set_grant(table, flag))
            .map_err(ConfigError::Value)
    }

    /// Removes a plugin, with the comments inside and right above it.
    ///
    /// # Errors
    /// No such plugin.
    pub fn remove_plugin(&mut self, name: &str) -> Result<(), ConfigError> {
        let unknown = self.unknown(name);
        let plugins = self
            .document
            .get_mut("plugins")
            .and_then(Item::as_table_like_mut);
        let removed = plugins
            .and_then(|plugins| plugins.remove(name))
            .ok_or(unknown)?;
        if let Item::Table(table) = removed {
            self.keep_comments_before(&table);
        }
        Ok(())
    }

    /// Writes the configuration. The editor stays open, and other processes
    /// stay out.
    ///
    /// # Errors
    /// A change that has made it wrong, and whatever writing gives; the old
    /// file is untouched then.
    pub fn save(&self) -> Result<(), ConfigError> {
        self.config()?;
        write_atomically(&self.path, self.document.to_string().as_bytes()).map_err(|source| {
            ConfigError::Write {
                path: self.path.clone(),
                source,
            }
        })
    }

    fn plugin(&mut self, name: &str) -> Result<&mut dyn TableLike, ConfigError> {
        let unknown = self.unknown(name);
        let plugins = self
            .document
            .get_mut("plugins")
            .and_then(Item::as_table_like_mut);
        plugins
            .and_then(|plugins| plugins.get_mut(name))
            .and_then(Item::as_table_like_mut)
            .ok_or(unknown)
    }

    /// That there is no such plugin.
    pub fn unknown(&self, name: &str) -> ConfigError {
        let plugins = self.document.get("plugins").and_then(Item::as_table_like);
        let known =
            plugins.map(|plugins| plugins.iter().map(|(name, _)| name.to_owned()).collect());
        ConfigError::NoPlugin {
            name: name.to_owned(),
            path: self.path.clone(),
            known: known.unwrap_or_default(),
        }
    }

    /// A comment that an empty line separates from the removed table does not
    /// belong to it: it goes to the table that follows, or to the file's end.
    fn keep_comments_before(&mut self, removed: &Table) {
        let Some(first) = first_header(removed) else {
            return;
        };
        let prefix = first
            .decor()
            .prefix()
            .and_then(|prefix| prefix.as_str())
            .unwrap_or_default();
        if let Some(kept) = detached_comment(prefix) {
            self.put_before_header_after(first.position(), &kept);
        }
    }

    /// Puts a comment above the first header after a position, or at the end.
    fn put_before_header_after(&mut self, position: Option<isize>, comment: &str) {
        let next = position_after(self.document.as_table(), position);
        if let Some(next) =
            next.and_then(|position| table_at(self.document.as_table_mut(), position))
        {
            let own = next
                .decor()
                .prefix()
                .and_then(|prefix| prefix.as_str())
                .unwrap_or("\n");
            let own = own.trim_start_matches(['\r', '\n']).to_owned();
            next.decor_mut().set_prefix(format!("{comment}\n\n{own}"));
        } else {
            let trailing = self
                .document
                .trailing()
                .as_str()
                .unwrap_or_default()
                .to_owned();
            self.document.set_trailing(format!("{comment}\n{trailing}"));
        }
    }
}

/// Puts one grant into a plugin's table of grants.
fn set_grant(table: &mut dyn TableLike, flag: &GrantFlag) -> Result<(), Invalid> {
    let Written { field, name, value } = grant::flag_value(flag)?;
    if field == "http" {
        let list = asked::http_list(table);
        if let GrantFlag::Http(http) = flag {
            asked::remove_never(list, &http.origin);
            add_http(list, &http.origin, value);
        } else {
            asked::add_word(list, value);
        }
        return Ok(());
    }
    match name {
        Some(name) => set_value(child(table, field, dotted_table()), name, value),
        None => set_value(table, field, value),
    }
    Ok(())
}

/// Puts a value into a table. In the place of an earlier one it keeps that
/// one's comments.
fn set_value(table: &mut dyn TableLike, key: &str, value: Toml) {
    match table.get_mut(key).and_then(Item::as_value_mut) {
        Some(old) => {
            let decor = old.decor().clone();
            *old = value;
            *old.decor_mut() = decor;
        }
        None => {
            table.insert(key, Item::Value(value));
        }
    }
}

/// Adds an HTTP grant to the list, unless its origin is there.
fn add_http(list: &mut Item, origin: &Origin, value: Toml) {
    let is_this = |text: Option<&str>| is_origin(text, origin);
    if let Some(tables) = list.as_array_of_tables_mut() {
        if !tables
            .iter()
            .any(|table| is_this(table.get("host").and_then(Item::as_str)))
        {
            push_table(tables, value);
        }
    } else if let Some(array) = list.as_array_mut() {
        let host = |entry: &Toml| {
            let in_table = entry.as_inline_table().and_then(|table| table.get("host"));
            is_this(in_table.unwrap_or(entry).as_str())
        };
        if !array.iter().any(host) {
            push_value(array, value);
        }
    }
}

fn is_origin(text: Option<&str>, origin: &Origin) -> bool {
    text.and_then(|text| text.parse().ok()).as_ref() == Some(origin)
}

/// Locks a file beside the configuration: the configuration itself is replaced
/// when it is written, and a lock would stay with the old one.
fn lock(path: &Path) -> Result<File, ConfigError> {
    let mut name = std::ffi::OsString::from(".");
    name.push(path.file_name().unwrap_or_default());
    name.push(".lock");
    let lock_path = path.with_file_name(name);
    let failed = |source| ConfigError::Lock {
        path: lock_path.clone(),
        source,
    };
    if let Some(folder) = path.parent() {
        fs::create_dir_all(folder).map_err(failed)?;
    }
    let file = File::options()
        .create(true)
        .truncate(false)
        .write(true)
        .open(&lock_path)
        .map_err(failed)?;
    let begin = Instant::now();
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            Err(TryLockError::WouldBlock) if begin.elapsed() < PATIENCE => {
                std::thread::sleep(Duration::from_millis(20));
            }
            Err(TryLockError::WouldBlock) => {
                return Err(ConfigError::Busy {
                    path: path.to_owned(),
                });
            }
            Err(TryLockError::Error(source)) => return Err(failed(source)),
        }
    }
}

#[cfg(test)]
mod tests;
