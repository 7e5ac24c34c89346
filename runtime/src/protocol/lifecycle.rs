//! The start of a conversation: `server/discover` and `initialize`.
//!
//! Source: MCP 2026-07-28, server, "Discovery"; MCP 2025-11-25, basic,
//! "Lifecycle".

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

use super::tasks::EXTENSION;

/// Who we are, where the protocol asks.
#[derive(Clone, Copy, Debug, Serialize)]
pub struct ServerInfo {
    /// `portcullis`.
    pub name: &'static str,
    /// This crate's version.
    pub version: &'static str,
}

/// This runtime.
pub const SERVER_INFO: ServerInfo = ServerInfo {
    name: "portcullis",
    version: env!("CARGO_PKG_VERSION"),
};

/// What is offered: a member for each kind that some plugin has.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ServerCapabilities {
    /// Some plugin has tools.
    pub tools: bool,
    /// Some plugin has resources or templates.
    pub resources: bool,
    /// Some plugin has prompts.
    pub prompts: bool,
    /// Some plugin completes arguments.
    pub completions: bool,
    /// Calls may become tasks: an extension, which modern clients know of.
    pub tasks: bool,
}

impl Serialize for ServerCapabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct Offered {
            #[serde(skip_serializing_if = "Option::is_none")]
            list_changed: Option<bool>,
            #[serde(skip_serializing_if = "Option::is_none")]
            subscribe: Option<bool>,
        }
        let mut map = serializer.serialize_map(None)?;
        for (name, offered, list_changed, subscribe) in [
            ("tools", self.tools, true, false),
            ("resources", self.resources, true, true),
            ("prompts", self.prompts, true, false),
            ("completions", self.completions, false, false),
            ("logging", true, false, false),
        ] {
            if offered {
                let offered = Offered {
                    list_changed: list_changed.then_some(true),
                    subscribe: subscribe.then_some(true),
                };
                map.serialize_entry(name, &offered)?;
            }
        }
        if self.tasks {
            let extensions = serde_json::json!({ EXTENSION: {} });
            map.serialize_entry("extensions", &extensions)?;
        }
        map.end()
    }
}
