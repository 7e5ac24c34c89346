//! The start of a conversation, and what only legacy clients ask.

use serde::Serialize;
use serde::ser::SerializeMap as _;

use super::caller::Caller;
use super::result;
use super::session::Session;
use super::{Dispatcher, lists};
use crate::protocol::input::Kinds;
use crate::protocol::lifecycle::{SERVER_INFO, ServerCapabilities, ServerInfo};
use crate::protocol::logging::LogLevel;
use crate::protocol::members::Members;
use crate::protocol::{Extra, Revision, RpcError};

impl Dispatcher {
    /// `server/discover`.
    pub(super) fn discover(&self, caller: &Caller<'_>) -> Vec<u8> {
        let capabilities = ServerCapabilities {
            tasks: true,
            ..self.capabilities()
        };
        result::write(
            caller.revision,
            lists(&self.snapshot().catalog),
            &Extra::default(),
            |map| {
                let versions = Revision::ALL.map(Revision::as_str);
                map.serialize_entry("supportedVersions", &versions)?;
                map.serialize_entry("capabilities", &capabilities)
            },
        )
    }

    /// `initialize`: agrees on the revision asked for, if it is a legacy one,
    /// and on the latest legacy one otherwise. Source: MCP 2025-11-25, basic,
    /// "Version Negotiation".
    pub(super) fn initialize(
        &self,
        params: &Members<'_>,
        session: &Session,
    ) -> Result<Vec<u8>, RpcError> {
        #[derive(Serialize)]
        #[serde(rename_all = "camelCase")]
        struct InitializeResult {
            protocol_version: &'static str,
            capabilities: ServerCapabilities,
            server_info: ServerInfo,
        }
        let revision = params
            .string("protocolVersion")?
            .parse::<Revision>()
            .ok()
            .filter(|revision| !revision.is_modern())
            .unwrap_or(Revision::LATEST_LEGACY);
        let kinds = params
            .optional_object("capabilities")?
            .map(|declared| Kinds::declared(declared, revision))
            .unwrap_or_default();
        session.open(revision, kinds, &self.listeners);
        let mut out = Vec::with_capacity(256);
        crate::protocol::jsonrpc::write_json(
            &mut out,
            &InitializeResult {
                protocol_version: revision.as_str(),
                capabilities: self.capabilities(),
                server_info: SERVER_INFO,
            },
        );
        Ok(out)
    }

    fn capabilities(&self) -> ServerCapabilities {
        self.snapshot().catalog.capabilities()
    }
}

/// The level of a `logging/setLevel`.
pub(super) fn wanted_log_level(params: &Members<'_>) -> Result<LogLevel, RpcError> {
    let level = params.string("level")?;
    serde_json::from_value(serde_json::Value::String(level.clone().into_owned())).map_err(|_| {
        RpcError::invalid_params(format!(
            "`level` is `{level}`; accepted: {}",
            LogLevel::NAMES
        ))
    })
}
