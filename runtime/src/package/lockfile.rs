//! What the admin agreed to: `portcullis.lock`.
//!
//! For each plugin the version and three digests: of the component, of the
//! manifest, and of what the manifest asks for; and where it was fetched from, if
//! not from this machine. A plugin is served only when its files have these
//! digests. One that was signed by a key that the admin trusts has that too, so that
//! one whose key is trusted no more is found. With it stands the version before, if
//! there was one. The file is written by this program alone, in the order of the
//! names, so that it can be kept under version control.

mod versions;

use std::{
    collections::{BTreeMap, HashSet},
    fmt::Write,
    io,
    path::{Path, PathBuf},
};

use serde::Serialize;

pub use versions::{Next, Previous};

use super::{
    atomic::{read_if_there, write_atomically},
    diagnostic::Diagnostics,
    digest::{self, Digest},
    document::{Fields, Value},
    report::Report,
    signature::Signer,
    source::MAX_URL,
};
use crate::policy::{Invalid, check_name, check_text};

/// The lock file's name; it lies beside the configuration.
pub const LOCK_FILE: &str = "portcullis.lock";
/// The only form of the file so far.
const VERSION: i64 = 1;

/// What is locked, by plugin.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
pub struct Lockfile {
    /// The plugins by name.
    pub plugins: BTreeMap<String, LockedPlugin>,
}

/// The version and the digests of one plugin.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LockedPlugin {
    /// The manifest's version, for people; the digests are what counts.
    pub version: String,
    /// Of the component.
    pub component: Digest,
    /// Of the manifest.
    pub manifest: Digest,
    /// Of what the manifest asks for.
    pub request: Digest,
    /// Where exactly it was fetched from, if not from this machine: its URL, in
    /// which the digest of what a registry's tag stood for is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What was installed before, and can be put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub previous: Option<Box<Previous>>,
    /// What it is about to become.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next: Option<Box<Next>>,
    /// Whose signature it was installed with, if one was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signed_by: Option<Signer>,
}

/// A lock file that cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum LockfileError {
    /// The file is there and cannot be read.
    #[error("cannot read the lock file {}", path.display())]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// Its content is wrong.
    #[error("{0}")]
    Invalid(Diagnostics),
    /// It cannot be written; the old content is still there.
    #[error("cannot write the lock file {}", path.display())]
    Write {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

impl Lockfile {
    /// Reads a lock file. A missing file is an empty one.
    ///
    /// # Errors
    /// A file that cannot be read, or whose content is wrong.
    pub fn load(path: &Path) -> Result<Self, LockfileError> {
        Self::decode(Self::read(path)?.as_deref(), path)
    }

    /// Reads the lock file; none if it is missing.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn read(path: &Path) -> Result<Option<Vec<u8>>, LockfileError> {
        read_if_there(path).map_err(|source| LockfileError::Read {
            path: path.to_owned(),
            source,
        })
    }

    /// Reads what was in the lock file.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn decode(bytes: Option<&[u8]>, path: &Path) -> Result<Self, LockfileError> {
        let Some(bytes) = bytes else {
            return Ok(Self::default());
        };
        let text = Report::decode(bytes, path).map_err(LockfileError::Invalid)?;
        Self::parse(text, path).map_err(LockfileError::Invalid)
    }

    /// Reads a lock file's content. `origin` names the file in messages.
    ///
    /// # Errors
    /// Everything that is wrong with it, each with its place.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, Diagnostics> {
        let report = Report::new(text, origin);
        let Some(table) = report.parse() else {
            return report.finish(None);
        };
        let root = Fields::root(&report, &table);
        let lockfile = read(&root);
        root.finish();
        report.finish(lockfile)
    }

    /// The digests of all that the store has to have.
    pub fn contents(&self) -> HashSet<Digest> {
        let plugins = self.plugins.values().flat_map(LockedPlugin::versions);
        plugins
            .flat_map(|version| [version.component, version.manifest])
            .collect()
    }

    /// Writes the file as a whole; a crash leaves the old one.
    ///
    /// # Errors
    /// Whatever the file system gives.
    pub fn save(&self, path: &Path) -> Result<(), LockfileError> {
        write_atomically(path, self.to_toml().as_bytes()).map_err(|source| LockfileError::Write {
            path: path.to_owned(),
            source,
        })
    }

    /// The file's content: the same for the same plugins.
    pub fn to_toml(&self) -> String {
        let mut text = format!(
            "# Written by portcullis; changes by hand are lost or refused. It says which files the\n\
             # admin agreed to, so keep it with the configuration.\nversion = {VERSION}\n"
        );
        for (name, plugin) in &self.plugins {
            plugin.write(&format!("plugins.{name}"), &mut text);
        }
        text
    }
}

impl LockedPlugin {
    /// Writes its table, and those below it.
    fn write(&self, table: &str, text: &mut String) {
        // Names and digests need no escaping.
        let LockedPlugin {
            version,
            component,
            manifest,
            request,
            origin,
            signed_by,
            previous,
            next,
        } = self;
        let version = toml_edit::Value::from(version.as_str());
        let _ = write!(
            text,
            "\n[{table}]\nversion = {version}\ncomponent = \"{component}\"\nmanifest = \"{manifest}\"\nrequest = \"{request}\"\n"
        );
        if let Some(origin) = origin {
            let _ = writeln!(text, "origin = {}", toml_edit::Value::from(origin));
        }
        if let Some(Signer { name, key }) = signed_by {
            let _ = writeln!(text, "signed-by = {{ name = \"{name}\", key = \"{key}\" }}");
        }
        if let Some(previous) = previous {
            previous.write(&format!("{table}.previous"), text);
        }
        if let Some(next) = next {
            next.write(&format!("{table}.next"), text);
        }
    }
}

fn read(root: &Fields<'_>) -> Option<Lockfile> {
    if let Some(value) = root.required("version", "version = 1")
        && let Some(version) = value.integer("1")
        && version != VERSION
    {
        value.invalid(&Invalid::new(
            format!("`{version}` is not a version that this portcullis reads"),
            "1",
        ));
    }
    let mut plugins = BTreeMap::new();
    if let Some(tables) = root.get("plugins").and_then(|value| value.fields()) {
        for entry in tables.named_entries(check_name) {
            if let Some(plugin) = entry.fields().and_then(|table| read_plugin(&table)) {
                plugins.insert(entry.key().to_owned(), plugin);
            }
        }
    }
    Some(Lockfile { plugins })
}

fn read_plugin(table: &Fields<'_>) -> Option<LockedPlugin> {
    let previous = versions::read_previous(table);
    let next = versions::read_next(table);
    let plugin = read_version(table);
    table.finish();
    Some(LockedPlugin {
        previous: previous.map(Box::new),
        next: next.map(Box::new),
        ..plugin?
    })
}

/// Reads what is said of one version.
fn read_version(table: &Fields<'_>) -> Option<LockedPlugin> {
    let digest = |key| {
        table
            .required(key, digest::ACCEPTED)
            .and_then(|value| value.parse(digest::ACCEPTED))
    };
    let version = table
        .required("version", "a version such as \"0.1.0\"")
        .and_then(|value| {
            value.parse_with("a version such as \"0.1.0\"", |text| {
                check_text(text, 64).map(|()| text.to_owned())
            })
        });
    let (component, manifest, request) =
        (digest("component"), digest("manifest"), digest("request"));
    let accepted = "the URL that it was fetched from";
    let origin = table.get("origin").and_then(|value| {
        value.parse_with(accepted, |text| {
            check_text(text, MAX_URL).map(|()| text.to_owned())
        })
    });
    let signed_by = table.get("signed-by").and_then(|value| read_signer(&value));
    Some(LockedPlugin {
        version: version?,
        component: component?,
        manifest: manifest?,
        request: request?,
        origin,
        previous: None,
        next: None,
        signed_by,
    })
}

fn read_signer(value: &Value<'_>) -> Option<Signer> {
    let table = value.fields()?;
    let accepted = "a name such as \"acme\"";
    let name = table.required("name", accepted).and_then(|value| {
        value.parse_with(accepted, |text| check_name(text).map(|()| text.to_owned()))
    });
    let key = table
        .required("key", digest::ACCEPTED)
        .and_then(|value| value.parse(digest::ACCEPTED));
    table.finish();
    Some(Signer {
        name: name?,
        key: key?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lockfile() -> Lockfile {
        let plugin = |version: &str| LockedPlugin {
            version: version.to_owned(),
            component: Digest::of(b"component"),
            manifest: Digest::of(b"manifest"),
            request: Digest::of(b"request"),
            origin: (version == "1.0.0").then(|| "https://example.com/x.wasm?a=\\b".to_owned()),
            previous: None,
            next: None,
            signed_by: (version == "1.0.0").then(|| Signer {
                name: "acme".to_owned(),
                key: Digest::of(b"key"),
            }),
        };
        let plugins = [
            ("weather", "1.0.0"),
            ("github-issues", "0.1.0-beta.1+build.5"),
        ];
        Lockfile {
            plugins: plugins
                .map(|(name, version)| (name.to_owned(), plugin(version)))
                .into(),
        }
    }

    #[test]
    fn what_is_saved_is_loaded() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join(LOCK_FILE);
        assert_eq!(Lockfile::load(&path).expect("empty"), Lockfile::default());
        for content in [lockfile(), Lockfile::default()] {
            content.save(&path).expect("saved");
            assert_eq!(Lockfile::load(&path).expect("loaded"), content);
        }
    }

    #[test]
    fn the_text_is_the_same_for_the_same_plugins() {
        let text = lockfile().to_toml();
        assert_eq!(text, lockfile().to_toml());
        assert!(text.starts_with("# Written by portcullis"));
        assert!(
            text.find("github-issues") < text.find("weather"),
            "in the order of the names"
        );
    }

    #[test]
    fn mistakes_have_their_place() {
        let read = |text: &str| {
            Lockfile::parse(text, Path::new(LOCK_FILE))
                .expect_err("wrong")
                .to_string()
        };
        assert_eq!(
            read(""),
            "portcullis.lock:1:1: missing field `version` in the file\n  accepted: version = 1"
        );
        assert_eq!(
            read("version = 2"),
            "portcullis.lock:1:11: `version` in the file: `2` is not a version that this portcullis reads\n  accepted: 1"
        );
        let text = lockfile().to_toml().replacen("blake3:", "sha256:", 1);
        assert!(
            read(&text).starts_with(
                "portcullis.lock:7:13: `component` in [plugins.github-issues]: `sha256:"
            ),
            "{}",
            read(&text)
        );
        assert!(read("version = 1\n[plugins.\"../x\"]\n").contains("`../x` is not a name"));
        assert!(
            read("version = 1\n[plugins.x]\n")
                .lines()
                .filter(|line| line.contains("missing field"))
                .count()
                == 4
        );
    }

    #[test]
    fn a_lock_file_that_cannot_be_read_is_not_an_empty_one() {
        let folder = tempfile::tempdir().expect("a folder");
        assert!(matches!(
            Lockfile::load(folder.path()),
            Err(LockfileError::Read { .. })
        ));
        let path = folder.path().join(LOCK_FILE);
        std::fs::write(&path, b"version = 1\n\xff").expect("written");
        assert!(matches!(
            Lockfile::load(&path),
            Err(LockfileError::Invalid(_))
        ));
    }
}
