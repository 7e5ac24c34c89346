//! Results as each revision wants them.
//!
//! Modern results say their type and name their server (MCP 2026-07-28, basic,
//! "ResultType" and "Per-response protocol fields"); legacy ones do neither.

use std::time::Duration;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use serde_json::ser::{CompactFormatter, Compound};
use serde_json::value::RawValue;

use super::caller::Caller;
use super::input::Questions;
use crate::protocol::input::InputRequests;
use crate::protocol::lifecycle::{SERVER_INFO, ServerInfo};
use crate::protocol::subscriptions::SubscriptionMeta;
use crate::protocol::tasks::Task;
use crate::protocol::{Extra, Revision, jsonrpc, meta};

/// The object that a result's members are written into.
pub(super) type Members<'a> = Compound<'a, &'a mut Vec<u8>, CompactFormatter>;

/// How long and by whom a result may be kept.
#[derive(Clone, Copy)]
pub(super) enum Caching {
    /// The result says nothing about it.
    Silent,
    /// For so long; by everybody, or by this caller only. Source: MCP
    /// 2026-07-28, server utilities, "Caching".
    For {
        /// How long.
        ttl: Duration,
        /// Whether it is the same for everybody.
        public: bool,
    },
}

/// Writes a result: `members` first, then what the plugin adds, then what the
/// revision wants.
pub(super) fn write(
    revision: Revision,
    caching: Caching,
    extra: &Extra,
    members: impl FnOnce(&mut Members<'_>) -> serde_json::Result<()>,
) -> Vec<u8> {
    write_as("complete", revision, caching, extra, members)
}

/// The result of a call that cannot go on before its questions are answered.
/// Source: MCP 2026-07-28, basic patterns, "InputRequiredResult".
pub(super) fn input_required(caller: &Caller<'_>, open: &Questions, state: &str) -> Vec<u8> {
    let (revision, none) = (caller.revision, Extra::default());
    write_as("input_required", revision, Caching::Silent, &none, |map| {
        map.serialize_entry("inputRequests", &InputRequests(open, revision))?;
        map.serialize_entry("requestState", state)
    })
}

/// The handle of a call that goes on as a task.
pub(super) fn task_created(caller: &Caller<'_>, task: &Task) -> Vec<u8> {
    let (revision, none) = (caller.revision, Extra::default());
    write_as("task", revision, Caching::Silent, &none, |map| {
        task.write(map)
    })
}

/// The result with which a subscription ends in good order.
pub(super) fn subscription_ended(meta: &SubscriptionMeta<'_>) -> Vec<u8> {
    #[derive(Serialize)]
    struct Ended<'a> {
        #[serde(rename = "resultType")]
        result_type: &'static str,
        #[serde(rename = "_meta")]
        meta: &'a SubscriptionMeta<'a>,
    }
    let mut out = Vec::with_capacity(128);
    jsonrpc::write_json(
        &mut out,
        &Ended {
            result_type: "complete",
            meta,
        },
    );
    out
}

/// A result with no members of its own.
pub(super) fn empty(caller: &Caller<'_>) -> Vec<u8> {
    write(caller.revision, Caching::Silent, &Extra::default(), |_| {
        Ok(())
    })
}

fn write_as(
    kind: &'static str,
    revision: Revision,
    caching: Caching,
    extra: &Extra,
    members: impl FnOnce(&mut Members<'_>) -> serde_json::Result<()>,
) -> Vec<u8> {
    let mut out = Vec::with_capacity(256);
    write_into(&mut out, kind, revision, caching, extra, members)
        .expect("results have string keys and a Vec takes every byte");
    out
}

fn write_into(
    out: &mut Vec<u8>,
    kind: &'static str,
    revision: Revision,
    caching: Caching,
    extra: &Extra,
    members: impl FnOnce(&mut Members<'_>) -> serde_json::Result<()>,
) -> serde_json::Result<()> {
    let mut serializer = serde_json::Serializer::new(out);
    let mut map = serializer.serialize_map(None)?;
    if revision.is_modern() {
        map.serialize_entry("resultType", kind)?;
    }
    members(&mut map)?;
    if revision.is_modern() {
        if let Caching::For { ttl, public } = caching {
            let ttl = u64::try_from(ttl.as_millis()).unwrap_or(u64::MAX);
            map.serialize_entry("ttlMs", &ttl)?;
            map.serialize_entry("cacheScope", if public { "public" } else { "private" })?;
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
