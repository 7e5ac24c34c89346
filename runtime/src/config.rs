//! The admin's configuration: `portcullis.toml`.
//!
//! ```toml
//! [server]
//! max-in-flight = 1024               # calls at the same time, all plugins together
//! principal-concurrency = 256        # calls at the same time by one principal; by default all
//! principal-calls-per-minute = 60000 # calls a minute by one principal; 6,000,000 by default
//! max-message = "4MiB"               # the longest message that a client may send
//! page-size = 250                    # how many tools, prompts … a page of a list has
//! sealing-key = { env = "SEALING_KEY" }   # or file = "…", or command = ["…"]: the secret that
//!                                    # replicas share; by default a key is made at start
//! task-ttl = "24h"                   # how long a task's state is kept, from its creation; 1m to 365d
//! stream-timeout = "30s"             # when the connection of an HTTP event stream is closed and
//!                                    # the client comes back for the rest; never by default
//!
//! [audit]                            # calls and changes of grants, one JSON object a line
//! enabled = true                     # default
//! file = "audit.jsonl"               # default: audit.jsonl in the data folder
//! arguments = "digest"               # of a call's arguments: "digest" (default), "full" or "none"
//! sync = false                       # default; true: a call is answered when its line is on the disk
//! max-size = "16MiB"                 # when a file is full, and a new one is begun
//! keep = 7                           # how many full files are kept
//!
//! [trust]
//! require-signature = true           # each plugin has to be signed; by default only those that
//!                                    # a key below is for
//! [[trust.key]]
//! name = "acme"                      # what messages and the lock file call it
//! source = "oci://registry.example.com/acme/*"    # what it is trusted with: a source, all below one, or "*"
//! minisign = "RWQ…"                  # or cosign = "-----BEGIN PUBLIC KEY-----…"; or { file = "…" }
//!
//! [defaults.limits]                  # for plugins that are granted no other
//! deadline = "10s"
//!
//! [plugins.github-issues]
//! source = "plugins/github-issues"   # a folder or a component, relative to this file; or a URL
//! prefix = "gh"                      # its tools are called gh_…
//! enabled = true                     # default
//!
//! [plugins.github-issues.grant]      # what it may do, of what it asks for
//! http = ["api.github.com", { host = "git.example.com", methods = ["GET"], addresses = ["10.0.0.0/8"] }]
//! # "ask" in that list, or in its place: the user is asked, once for each other host that it
//! # asks for; "!HOST" is one that was refused for good
//! filesystem.drafts = "~/drafts"     # or { path = "~/drafts", access = "read" }; with ask = …
//!                                    # in the place of path the user is asked about it
//! keyvalue = true                    # a key-value store, of limits.keyvalue-bytes
//! settings.owner = "acme"
//! secrets.github-token = { env = "GITHUB_TOKEN" }   # or file = "…", or command = ["…"]
//! limits.memory = "128MiB"
//! instances = "reuse"                # its instances serve several calls; default: "fresh"
//!
//! [plugins.github-issues.tools.list_issues]   # for one tool, beside those of its plugin
//! calls-per-minute = 60
//! concurrency = 4
//! ```
//!
//! All of it is optional but a plugin's `source`, and a missing file is an
//! empty one: no plugins. Paths may begin with `~/`, the home folder; relative
//! ones are relative to the file's folder. Nothing else is expanded.
//!
//! Whether a grant fits what its plugin asks for is decided later, by
//! [`crate::policy::decide`].

mod audit;
mod edit;
mod grant;
mod paths;
mod server;
mod tools;
mod trust;

use std::{
    collections::BTreeMap,
    io,
    path::{Path, PathBuf},
};

pub use audit::{AuditConfig, AuditedArguments};
pub use edit::{ConfigEditor, grant_text, parse_grant_text};
use paths::Paths;
pub use server::ServerConfig;

use crate::{
    package::{
        Diagnostics, Fields, Report, SOURCE_ACCEPTED, Source, Trust, read_if_there, read_limits,
    },
    policy::{CallLimits, Grant, Invalid, Limits, check_name, quoted},
};

/// The configuration, with defaults in place of what is not set.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Config {
    /// How the server runs.
    pub server: ServerConfig,
    /// What is recorded of calls.
    pub audit: AuditConfig,
    /// Whose signatures plugins have to have.
    pub trust: Trust,
    /// The limits of plugins that are granted no other.
    pub limits: Limits,
    /// The plugins by name.
    pub plugins: BTreeMap<String, PluginConfig>,
}

/// One plugin.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PluginConfig {
    /// Where it comes from. A path is absolute when the file's path is.
    pub source: Source,
    /// What its tools', prompts' and resources' names begin with, and `_`.
    pub prefix: Option<String>,
    /// Whether it is served. Default `true`.
    pub enabled: bool,
    /// What it may do, of what it asks for. Its paths are absolute when the
    /// file's path is.
    pub grant: Grant,
    /// The limits of single tools, by the name that the plugin gives them.
    pub tools: BTreeMap<String, CallLimits>,
    /// The line in the file at which the plugin stands, for messages.
    pub line: usize,
}

/// A configuration that cannot be used or changed.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// The file is there and cannot be read.
    #[error("cannot read the configuration {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its content is wrong.
    #[error("{0}")]
    Invalid(Diagnostics),
    /// Another process is changing it.
    #[error("another portcullis is changing {}; try again when it has finished", path.display())]
    Busy {
        /// The file.
        path: PathBuf,
    },
    /// It cannot be locked against other processes.
    #[error("cannot lock the configuration with {}", path.display())]
    Lock {
        /// The file that is locked in its place.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// It cannot be written; the old content is still there.
    #[error("cannot write the configuration {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A plugin of this name is there already.
    #[error("plugin {} is already in {}; remove it first, or choose another name", quoted(name), path.display())]
    PluginExists {
        /// The plugin.
        name: String,
        /// The file.
        path: PathBuf,
    },
    /// No plugin of this name is there.
    #[error("no plugin {} in {}; {}", quoted(name), path.display(), known_plugins(known))]
    NoPlugin {
        /// The plugin.
        name: String,
        /// The file.
        path: PathBuf,
        /// The plugins that are there.
        known: Vec<String>,
    },
    /// A value that the file cannot hold.
    #[error("{0}")]
    Value(Invalid),
}

impl Config {
    /// Reads the configuration. A missing file is an empty one.
    ///
    /// # Errors
    /// A file that cannot be read, or whose content is wrong.
    pub fn load(path: &Path) -> Result<Self, ConfigError> {
        Self::decode(Self::read(path)?.as_deref(), path)
    }

    /// Reads the configuration's file; none if it is missing.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(path: &Path) -> Result<Option<Vec<u8>>, ConfigError> {
        read_if_there(path).map_err(|source| ConfigError::Read {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads what was in the configuration's file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn decode(bytes: Option<&[u8]>, path: &Path) -> Result<Self, ConfigError> {
        let Some(bytes) = bytes else {
            return Ok(Self::default());
        };
        let text = Report::decode(bytes, path).map_err(ConfigError::Invalid)?;
        let home = std::env::home_dir();
        Self::parse(text, path, home.as_deref()).map_err(ConfigError::Invalid)
    }

    /// Reads a configuration's content. `path` names the file in messages, and
    /// relative paths are relative to its folder; it is not opened. `home` is
    /// what `~` stands for.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(text: &str, path: &Path, home: Option<&Path>) -> Result<Self, Diagnostics> {
        let report = Report::new(text, path);
        let Some(table) = report.parse() else {
            return report.finish(None);
        };
        let paths = Paths {
            folder: path.parent().unwrap_or(Path::new("")),
            home,
        };
        let config = read(&Fields::root(&report, &table), &paths);
        report.finish(Some(config))
    }
}

impl Config {
    /// How many calls all plugins together may take at once.
    pub fn concurrency(&self) -> u32 {
        let plugins = self.plugins.values().filter(|plugin| plugin.enabled);
        let all = plugins.map(|plugin| self.limits.clone().with(&plugin.grant.limits).concurrency);
        all.fold(0, u32::saturating_add)
    }
}

fn read(root: &Fields<'_>, paths: &Paths<'_>) -> Config {
    let server = root
        .get("server")
        .and_then(|value| value.fields())
        .map(|table| server::read_server(&table, paths));
    let audit = root
        .get("audit")
        .and_then(|value| value.fields())
        .map(|table| audit::read_audit(&table, paths));
    let trust = root
        .get("trust")
        .and_then(|value| value.fields())
        .map(|table| trust::read_trust(&table, paths));
    let limits = root
        .get("defaults")
        .and_then(|value| value.fields())
        .map(|table| {
            let limits = table
                .get("limits")
                .and_then(|value| value.fields())
                .map(read_limits);
            table.finish();
            Limits::default().with(&limits.unwrap_or_default())
        });
    let mut plugins = BTreeMap::new();
    if let Some(tables) = root.get("plugins").and_then(|value| value.fields()) {
        for entry in tables.named_entries(check_name) {
            if let Some(plugin) = entry
                .fields()
                .and_then(|table| read_plugin(&table, entry.line(), paths))
            {
                plugins.insert(entry.key().to_owned(), plugin);
            }
        }
    }
    root.finish();
    Config {
        server: server.unwrap_or_default(),
        audit: audit.unwrap_or_default(),
        trust: trust.unwrap_or_default(),
        limits: limits.unwrap_or_default(),
        plugins,
    }
}

fn read_plugin(table: &Fields<'_>, line: usize, paths: &Paths<'_>) -> Option<PluginConfig> {
    let source = table.required("source", SOURCE_ACCEPTED);
    let source =
        source.and_then(|value| value.parse_with(SOURCE_ACCEPTED, |text| read_source(text, paths)));
    let accepted = "letters, digits, `-` and `_`, at most 32";
    let prefix = table
        .get("prefix")
        .and_then(|value| value.parse_with(accepted, check_prefix));
    let enabled = table
        .get("enabled")
        .and_then(|value| value.boolean())
        .unwrap_or(true);
    let grant = table
        .get("grant")
        .and_then(|value| value.fields())
        .map(|grant| grant::read_grant(&grant, paths));
    let tools = tools::read_tools(table);
    table.finish();
    Some(PluginConfig {
        source: source?,
        prefix,
        enabled,
        grant: grant.unwrap_or_default(),
        tools,
        line,
    })
}

fn read_source(text: &str, paths: &Paths<'_>) -> Result<Source, Invalid> {
    match Source::parse(text)? {
        Source::Path(_) => paths.resolve(text).map(Source::Path),
        url => Ok(url),
    }
}

fn check_prefix(text: &str) -> Result<String, Invalid> {
    let allowed = |c: char| c.is_ascii_alphanumeric() || c == '-' || c == '_';
    let first = text
        .chars()
        .next()
        .is_some_and(|c| c.is_ascii_alphanumeric());
    if first && text.len() <= 32 && text.chars().all(allowed) {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new(
            format!("{} is not a prefix", quoted(text)),
            "a letter or digit, then up to 31 letters, digits, `-` and `_`",
        ))
    }
}

fn known_plugins(known: &[String]) -> String {
    if known.is_empty() {
        "there are none".to_owned()
    } else {
        format!("there are: {}", known.join(", "))
    }
}

#[cfg(test)]
mod tests;
