//! The start of a conversation: `server/discover` and `initialize`.
//!
//! Source: MCP 2026-07-28, server, "Discovery"; MCP 2025-11-25, basic,
//! "Lifecycle".

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};

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
}

impl Serialize for ServerCapabilities {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Offered {}
        let mut map = serializer.serialize_map(None)?;
        for (name, offered) in [
            ("tools", self.tools),
            ("resources", self.resources),
            ("prompts", self.prompts),
            ("completions", self.completions),
            ("logging", true),
        ] {
            if offered {
                map.serialize_entry(name, &Offered {})?;
            }
        }
        map.end()
    }
}
