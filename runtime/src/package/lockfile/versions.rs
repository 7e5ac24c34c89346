//! The versions of a plugin beside the one that is installed: the one before it,
//! and the one that it is about to become.
//!
//! A switch from one version to another may change the lock file and what the
//! config grants, which are two files. The lock file is written first, and has
//! the new version as `next`, with the digest of what is granted with it; so the
//! config decides in one write which of the two is installed, and whoever reads
//! both files sees one of the two whenever the switch is killed.

use std::fmt::Write;

use serde::Serialize;

use super::{LockedPlugin, Lockfile, digest, read_version};
use crate::package::{digest::Digest, document::Fields};

/// What was installed before.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Previous {
    /// The version; it has neither a previous nor a next one.
    pub version: LockedPlugin,
    /// What was granted and the version after it does not ask for, as TOML:
    /// granted again when this one is put back.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub grant: Option<String>,
}

/// What a plugin becomes as soon as the config grants what goes with it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Next {
    /// The version, with the one before it.
    pub version: LockedPlugin,
    /// Of what is granted with it.
    pub grant: Digest,
}

impl Lockfile {
    /// The file with each switch brought to its end, or undone: `granted` is the
    /// digest of what the config grants a plugin.
    #[must_use]
    pub fn settled(mut self, granted: impl Fn(&str) -> Option<Digest>) -> Self {
        for (name, plugin) in &mut self.plugins {
            if let Some(next) = plugin.next.take()
                && granted(name) == Some(next.grant)
            {
                *plugin = next.version;
            }
        }
        self
    }
}

impl LockedPlugin {
    /// This version and all that stand with it.
    pub(super) fn versions(&self) -> Vec<&LockedPlugin> {
        let mut versions = vec![self];
        if let Some(previous) = &self.previous {
            versions.push(&previous.version);
        }
        if let Some(next) = &self.next {
            versions.extend(next.version.versions());
        }
        versions
    }

    /// This version alone.
    #[must_use]
    pub fn alone(&self) -> LockedPlugin {
        LockedPlugin {
            previous: None,
            next: None,
            ..self.clone()
        }
    }
}

impl Previous {
    pub(super) fn write(&self, table: &str, text: &mut String) {
        self.version.write(table, text);
        if let Some(grant) = &self.grant {
            // With quotes and escapes as TOML wants them.
            let grant = toml_edit::Value::from(grant.as_str());
            let _ = writeln!(text, "grant = {grant}");
        }
    }
}

impl Next {
    pub(super) fn write(&self, table: &str, text: &mut String) {
        // What is this table's own goes before the tables below it.
        self.version.alone().write(table, text);
        let _ = writeln!(text, "grant = \"{}\"", self.grant);
        if let Some(previous) = &self.version.previous {
            previous.write(&format!("{table}.previous"), text);
        }
    }
}

pub(super) fn read_previous(table: &Fields<'_>) -> Option<Previous> {
    let table = table.get("previous")?.fields()?;
    let grant = table.get("grant");
    let grant = grant.and_then(|value| value.string("grants as TOML").map(str::to_owned));
    let version = read_version(&table);
    table.finish();
    Some(Previous {
        version: version?,
        grant,
    })
}

pub(super) fn read_next(table: &Fields<'_>) -> Option<Next> {
    let table = table.get("next")?.fields()?;
    let previous = read_previous(&table);
    let grant = table.required("grant", digest::ACCEPTED);
    let grant = grant.and_then(|value| value.parse(digest::ACCEPTED));
    let version = read_version(&table);
    table.finish();
    Some(Next {
        version: LockedPlugin {
            previous: previous.map(Box::new),
            ..version?
        },
        grant: grant?,
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn version(text: &str) -> LockedPlugin {
        LockedPlugin {
            version: text.to_owned(),
            component: Digest::of(format!("component {text}").as_bytes()),
            manifest: Digest::of(format!("manifest {text}").as_bytes()),
            request: Digest::of(b"request"),
            origin: None,
            signed_by: None,
            previous: None,
            next: None,
        }
    }

    fn after(text: &str, before: &str, grant: Option<&str>) -> LockedPlugin {
        let previous = Previous {
            version: version(before),
            grant: grant.map(str::to_owned),
        };
        LockedPlugin {
            previous: Some(Box::new(previous)),
            ..version(text)
        }
    }

    /// 2.0.0 with 1.0.0 before it, about to become 3.0.0.
    fn switching() -> Lockfile {
        let grant = "http = [\"a.example\"]\nsettings.word = 'a \"b\" \\c'\n";
        let next = Next {
            version: after("3.0.0", "2.0.0", Some(grant)),
            grant: Digest::of(b"granted with 3.0.0"),
        };
        let plugin = LockedPlugin {
            next: Some(Box::new(next)),
            ..after("2.0.0", "1.0.0", None)
        };
        Lockfile {
            plugins: [("x".to_owned(), plugin)].into(),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let lock = switching();
        let text = lock.to_toml();
        let read = Lockfile::parse(&text, Path::new("portcullis.lock"));
        assert_eq!(
            read.unwrap_or_else(|error| panic!("{error}\n{text}")),
            lock,
            "{text}"
        );
        assert_eq!(lock.contents().len(), 6, "three components and manifests");
    }

    #[test]
    fn whatever_is_read_is_written_so_that_it_is_read() {
        let text = switching().to_toml();
        let origin = Path::new("portcullis.lock");
        portcullis_seeded::check(2_000, |source| {
            let changed = source.changed(text.as_bytes());
            let changed = String::from_utf8_lossy(&changed);
            if let Ok(lock) = Lockfile::parse(&changed, origin) {
                let written = lock.to_toml();
                assert_eq!(Lockfile::parse(&written, origin), Ok(lock), "{written}");
            }
        });
    }

    #[test]
    fn the_grant_decides_which_version_it_is() {
        let versions = |granted: &[u8]| {
            let settled = switching().settled(|_| Some(Digest::of(granted)));
            let plugin = &settled.plugins["x"];
            assert_eq!(plugin.next, None);
            let previous = plugin.previous.as_ref().expect("a version before");
            (plugin.version.clone(), previous.version.version.clone())
        };
        let is = |one: &str, before: &str| (one.to_owned(), before.to_owned());
        assert_eq!(versions(b"granted with 3.0.0"), is("3.0.0", "2.0.0"));
        assert_eq!(versions(b"granted before"), is("2.0.0", "1.0.0"));
        let gone = switching().settled(|_| None);
        assert_eq!(gone.plugins["x"].version, "2.0.0");
    }

    #[test]
    fn mistakes_have_their_place() {
        let lock = switching().to_toml();
        for (from, to, found) in [
            (
                "[plugins.x.previous]\nversion",
                "[plugins.x.previous]\nversoin",
                "missing field `version` in [plugins.x.previous]",
            ),
            (
                "grant = \"blake3:",
                "grant = \"",
                "`grant` in [plugins.x.next]",
            ),
            (
                "[plugins.x.next.previous]",
                "[plugins.x.previous.previous]",
                "unknown field `previous` in [plugins.x.previous]",
            ),
        ] {
            let text = lock.replacen(from, to, 1);
            assert_ne!(text, lock, "{from}");
            let refused = Lockfile::parse(&text, Path::new("portcullis.lock"));
            let refused = refused.expect_err(from).to_string();
            assert!(refused.contains(found), "{refused}");
        }
    }
}
