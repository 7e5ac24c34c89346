//! Changes of what plugins are granted.
//!
//! What was recorded last is kept in the data folder, for each config that it is
//! used with: `grants/DIGEST.json`. Whoever changes grants, or finds them
//! changed, records the difference; then that is what was recorded last.

use std::collections::BTreeMap;
use std::fs::{self, File, OpenOptions};
use std::io;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::file::{folder, numbered, owners_only};
use super::line::{ConsentLine, GrantChange, Time, rendered};
use super::log::{Log, Open, Unwritable};
use crate::config::{Config, PluginConfig};
use crate::package::{Digest, Lockfile, read_if_there, write_atomically};
use crate::policy::{Grant, GrantFlag, HttpGrant, SecretSource};

/// Who has changed grants.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Author<'a> {
    /// Somebody with the command line of this program.
    Local,
    /// Whoever can write the admin's files.
    File,
    /// The principal of this name, whom the admin has a plugin ask.
    User(&'a str),
}

/// What a plugin is granted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
struct Granted {
    version: Option<String>,
    component: Option<Digest>,
    enabled: bool,
    grants: Vec<String>,
}

type AllGranted = BTreeMap<String, Granted>;

/// Keeps other processes from changing grants, and from looking for changes.
pub struct Changing<'a> {
    log: Option<&'a Open>,
    /// Where what was recorded last is kept.
    recorded: PathBuf,
    /// Locked as long as this lives; none where nothing is recorded.
    _lock: Option<File>,
}

impl Log {
    /// For who changes the grants of a config, or looks whether they have
    /// changed: the config and its lock file are read and written while this is
    /// held.
    ///
    /// # Errors
    /// Lines have to be on the disk, and cannot be written. Else that is logged.
    pub fn changing(&self, config: &Path) -> Result<Changing<'_>, Unwritable> {
        let mut changing = Changing {
            log: self.opened(),
            recorded: PathBuf::new(),
            _lock: None,
        };
        if let Some(log) = changing.log {
            let digest = Digest::of(config.as_os_str().as_encoded_bytes()).to_hex();
            changing.recorded = log.data.join("grants").join(format!("{digest}.json"));
            match lock(&changing.recorded) {
                Ok(lock) => changing._lock = Some(lock),
                Err(error) => {
                    log.failed(error)?;
                    changing.log = None;
                }
            }
        }
        Ok(changing)
    }
}

impl Log {
    /// Records what a user has said of something that a plugin asked for while it
    /// ran. Waits for the disk where lines have to be there.
    ///
    /// # Errors
    /// As for [`Log::changing`].
    pub fn consent(
        &self,
        principal: &str,
        plugin: &str,
        asked: &str,
        answer: &'static str,
    ) -> Result<(), Unwritable> {
        let Some(log) = self.opened() else {
            return Ok(());
        };
        let line = rendered(&ConsentLine {
            time: Time(SystemTime::now()),
            event: "consent",
            principal,
            plugin,
            asked,
            answer,
        });
        let written = log.lock().write(&line, 1);
        written.or_else(|error| log.failed(error))
    }
}

impl Changing<'_> {
    /// Records how grants differ from what was recorded last. Waits for the disk
    /// where lines have to be there.
    ///
    /// # Errors
    /// As for [`Log::changing`].
    pub fn record(
        &self,
        author: Author<'_>,
        config: &Config,
        lock: &Lockfile,
    ) -> Result<(), Unwritable> {
        let Some(log) = self.log else { return Ok(()) };
        match self.write(log, author, &all_granted(config, lock)) {
            Ok(()) => Ok(()),
            Err(error) => log.failed(error),
        }
    }

    fn write(&self, log: &Open, author: Author<'_>, now: &AllGranted) -> io::Result<()> {
        // What cannot be understood is recorded anew.
        let before = read_if_there(&self.recorded)?;
        let before: AllGranted = before
            .and_then(|bytes| serde_json::from_slice(&bytes).ok())
            .unwrap_or_default();
        let changes = changes(author, &before, now);
        if changes.is_empty() {
            return Ok(());
        }
        let lines: Vec<u8> = changes.iter().flat_map(rendered).collect();
        log.lock().write(&lines, changes.len() as u64)?;
        let bytes = serde_json::to_vec(now).map_err(io::Error::other)?;
        write_atomically(&self.recorded, &bytes)
    }
}

impl Open {
    fn failed(&self, error: io::Error) -> Result<(), Unwritable> {
        if self.is_sync() {
            return Err(Unwritable::new(self.lock().path(), error));
        }
        tracing::warn!("cannot record who is granted what: {error}");
        Ok(())
    }
}

fn lock(recorded: &Path) -> io::Result<File> {
    fs::create_dir_all(folder(recorded))?;
    let lock = owners_only(OpenOptions::new().write(true).create(true))
        .open(numbered(recorded, "lock"))?;
    lock.lock()?;
    Ok(lock)
}

fn changes<'a>(
    author: Author<'a>,
    before: &'a AllGranted,
    now: &'a AllGranted,
) -> Vec<GrantChange<'a>> {
    let time = SystemTime::now();
    let gone = before.keys().filter(|name| !now.contains_key(*name));
    let changed = now
        .keys()
        .filter(|name| before.get(*name) != now.get(*name));
    let line = |name: &'a String| {
        let (was, is) = (before.get(name), now.get(name));
        let grants = |granted: Option<&'a Granted>| {
            granted.map_or(&[] as &[String], |granted| &granted.grants)
        };
        let only_in = |one: &'a [String], other: &[String]| {
            let only = one.iter().filter(|grant| !other.contains(grant));
            only.map(String::as_str).collect()
        };
        let present = is.or(was);
        GrantChange {
            time: Time(time),
            event: "grant",
            principal: match author {
                Author::Local => "local",
                Author::File => "file",
                Author::User(name) => name,
            },
            change: match (was, is) {
                (None, _) => "added",
                (_, None) => "removed",
                _ => "changed",
            },
            plugin: name,
            version: present.and_then(|granted| granted.version.as_deref()),
            component: present.and_then(|granted| granted.component),
            enabled: is.is_some_and(|granted| granted.enabled),
            granted: only_in(grants(is), grants(was)),
            revoked: only_in(grants(was), grants(is)),
        }
    };
    gone.chain(changed).map(line).collect()
}

fn all_granted(config: &Config, lock: &Lockfile) -> AllGranted {
    let granted = |(name, plugin): (&String, &PluginConfig)| {
        let locked = lock.plugins.get(name);
        let granted = Granted {
            version: locked.map(|locked| locked.version.clone()),
            component: locked.map(|locked| locked.component),
            enabled: plugin.enabled,
            grants: described(&plugin.grant),
        };
        (name.clone(), granted)
    };
    config.plugins.iter().map(granted).collect()
}

/// What is granted, one text each, as the `--grant` flags would give it, and
/// after it what has no place in a flag. Secrets appear by their source.
fn described(grant: &Grant) -> Vec<String> {
    let described = |flag: &GrantFlag| match flag {
        GrantFlag::Http(http) => format!("{flag}{}", restrictions(http)),
        GrantFlag::Secret(name, SecretSource::Command(words)) => {
            let program = words.first().map_or("", String::as_str);
            // Arguments may hold what should not be shown.
            let digest = Digest::of(words.join("\0").as_bytes()).to_hex();
            format!("secrets.{name}=command:{program} ({})", &digest[..12])
        }
        flag => flag.to_string(),
    };
    grant.flags().iter().map(described).collect()
}

fn restrictions(http: &HttpGrant) -> String {
    let mut text = String::new();
    if let Some(methods) = &http.methods {
        let methods: Vec<&str> = methods.iter().map(|method| method.as_str()).collect();
        text.push_str(&format!(" methods={}", methods.join(",")));
    }
    if !http.addresses.is_empty() {
        let addresses: Vec<String> = http.addresses.iter().map(ToString::to_string).collect();
        text.push_str(&format!(" addresses={}", addresses.join(",")));
    }
    text
}
