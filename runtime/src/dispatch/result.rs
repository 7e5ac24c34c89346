//! Results as each revision wants them.
//!
//! Modern results say their type and name their server (MCP 2026-07-28, basic,
//! "ResultType" and "Per-response protocol fields"); legacy ones do neither.

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::{CompactFormatter, Compound};
use serde_json::value::RawValue;

use super::caller::Caller;
use crate::protocol::lifecycle::{SERVER_INFO, ServerInfo};
use crate::protocol::{Extra, Revision, meta};

/// The object that a result's members are written into.
pub(super) type Members<'a> = Compound<'a, &'a mut Vec<u8>, CompactFormatter>;

/// How long and by whom a result may be kept.
#[derive(Clone, Copy)]
pub(super) enum Caching {
    /// The result says nothing about it.
    Silent,
    /// The same for everybody, and to be asked for again each time it matters:
    /// what `server/discover` and the lists give.
    Public,
    /// For this caller only, and stale at once: what a plugin read.
    Private,
}

/// Writes a result: `members` first, then what the plugin adds, then what the
/// revision wants.
pub(super) fn write(
    caller: &Caller<'_>,
    caching: Caching,
    extra: &Extra,
    members: impl FnOnce(&mut Members<'_>) -> serde_json::Result<()>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_into(&mut out, caller.revision, caching, extra, members)
        .expect("results have string keys and a Vec takes every byte");
    out
}

/// A result with no members of its own.
pub(super) fn empty(caller: &Caller<'_>) -> Vec<u8> {
    write(caller, Caching::Silent, &Extra::default(), |_| Ok(()))
}

fn write_into(
    out: &mut Vec<u8>,
    revision: Revision,
    caching: Caching,
    extra: &Extra,
    members: impl FnOnce(&mut Members<'_>) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::new(out);
    let mut map = serializer.serialize_map(None)?;
    if revision.is_modern() {
        map.serialize_entry("resultType", "complete")?;
    }
    members(&mut map)?;
    if revision.is_modern() {
        let scope = match caching {
            Caching::Silent => None,
            Caching::Public => Some("public"),
            Caching::Private => Some("private"),
        };
        if let Some(scope) = scope {
            map.serialize_entry("ttlMs", &0)?;
            map.serialize_entry("cacheScope", scope)?;
        }
        extra.write(&mut map, &["_meta", "ttlMs", "cacheScope"])?;
        map.serialize_entry(
            "_meta",
            &ResultMeta {
                plugin: extra.get("_meta"),
            },
        )?;
    } else {
        extra.write(&mut map, &[])?;
    }
    map.end()
}

/// A modern result's `_meta`: the plugin's members and our name.
struct ResultMeta<'a> {
    plugin: Option<&'a RawValue>,
}

impl Serialize for ResultMeta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        const INFO: ServerInfo = SERVER_INFO;
        let mut map = serializer.serialize_map(None)?;
        if let Some(plugin) = self.plugin
            && let Ok(members) = Extra::parse(plugin.get(), &[])
        {
            members.write(&mut map, &[meta::SERVER_INFO])?;
        }
        map.serialize_entry(meta::SERVER_INFO, &INFO)?;
        map.end()
    }
}
