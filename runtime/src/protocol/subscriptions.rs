//! Subscriptions: what clients are told without asking.
//!
//! Sources: MCP 2026-07-28, basic patterns, "Subscriptions"; MCP 2025-11-25,
//! server, "List Changed Notification" and "Subscriptions" of resources; the
//! tasks extension, "Task Status Notifications".

use std::collections::BTreeSet;

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::RpcError;
use super::jsonrpc::Id;
use super::members::Members;
use super::meta::SUBSCRIPTION_ID;

/// Acknowledges a subscription, before anything else on it.
pub const ACKNOWLEDGED: &str = "notifications/subscriptions/acknowledged";
/// There are other tools than before.
pub const TOOLS_CHANGED: &str = "notifications/tools/list_changed";
/// There are other prompts than before.
pub const PROMPTS_CHANGED: &str = "notifications/prompts/list_changed";
/// There are other resources or templates than before.
pub const RESOURCES_CHANGED: &str = "notifications/resources/list_changed";
/// Reading a resource would now give something else.
pub const RESOURCE_UPDATED: &str = "notifications/resources/updated";
/// A task is in another state.
pub const TASK: &str = "notifications/tasks";

/// URIs, and tasks, that one subscription may name.
pub const MAX_NAMES: usize = 1_000;

/// What a client wants to be told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    /// Changes of the tools.
    pub tools: bool,
    /// Changes of the prompts.
    pub prompts: bool,
    /// Changes of the resources and templates.
    pub resources: bool,
    /// Changes of what these URIs give.
    pub uris: BTreeSet<String>,
    /// Changes of the state of these tasks.
    pub tasks: BTreeSet<String>,
}

impl Filter {
    /// All lists, as every legacy client is told of them.
    pub fn lists() -> Filter {
        Filter {
            tools: true,
            prompts: true,
            resources: true,
            ..Filter::default()
        }
    }

    /// Reads the `notifications` of a `subscriptions/listen`. What is not known
    /// here is left out, and so not acknowledged.
    pub fn parse(params: &Members<'_>) -> Result<Filter, RpcError> {
        let Some(wanted) = params.get("notifications") else {
            return Err(RpcError::invalid_params(
                "`notifications` is missing; it is an object",
            ));
        };
        let wanted = Members::parse("notifications", Some(wanted))?;
        Ok(Filter {
            tools: wanted.optional_bool("toolsListChanged")?,
            prompts: wanted.optional_bool("promptsListChanged")?,
            resources: wanted.optional_bool("resourcesListChanged")?,
            uris: names(&wanted, "resourceSubscriptions")?,
            tasks: names(&wanted, "taskIds")?,
        })
    }
}

fn names(wanted: &Members<'_>, name: &str) -> Result<BTreeSet<String>, RpcError> {
    let names = wanted.optional_list(name)?;
    if names.len() > MAX_NAMES {
        return Err(RpcError::invalid_params(format!(
            "`{name}` has {} entries; at most {MAX_NAMES} are accepted",
            names.len()
        )));
    }
    Ok(names.into_iter().collect())
}

impl Serialize for Filter {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (name, wanted) in [
            ("toolsListChanged", self.tools),
            ("promptsListChanged", self.prompts),
            ("resourcesListChanged", self.resources),
        ] {
            if wanted {
                map.serialize_entry(name, &true)?;
            }
        }
        for (name, wanted) in [
            ("resourceSubscriptions", &self.uris),
            ("taskIds", &self.tasks),
        ] {
            if !wanted.is_empty() {
                map.serialize_entry(name, wanted)?;
            }
        }
        map.end()
    }
}

/// The parameters of a notification: its own member, if it has one, and the
/// subscription it belongs to, if it belongs to one.
pub struct Params<'a, T> {
    /// The subscription's id; none in a legacy session.
    pub subscription: Option<&'a Id>,
    /// The member's name and value.
    pub member: Option<(&'static str, T)>,
}

impl<T: Serialize> Serialize for Params<'_, T> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        if let Some(id) = self.subscription {
            map.serialize_entry("_meta", &SubscriptionMeta(id))?;
        }
        if let Some((name, value)) = &self.member {
            map.serialize_entry(name, value)?;
        }
        map.end()
    }
}

/// The `_meta` of everything that belongs to a subscription.
pub struct SubscriptionMeta<'a>(pub &'a Id);

impl Serialize for SubscriptionMeta<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry(SUBSCRIPTION_ID, self.0)?;
        map.end()
    }
}
