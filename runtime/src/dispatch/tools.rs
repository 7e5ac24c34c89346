//! `tools/list` and `tools/call`.

use std::sync::Arc;

use super::caller::Caller;
use super::result::{self, Caching};
use super::{Dispatcher, failed, news, page};
use crate::protocol::RpcError;
use crate::protocol::members::Members;
use crate::protocol::tools::ToolOutput;
use crate::wasm::ToolError;

impl Dispatcher {
    pub(super) fn list_tools(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        page::list(
            "tools",
            self.snapshot().catalog.tools(),
            |entry| &entry.tool,
            self.page_size,
            params,
            caller,
        )
    }

    /// What a call's HTTP headers have to say beside the standard ones: for
    /// each argument that the tool wants mirrored, the header's name without
    /// `Mcp-Param-`, and the argument's value if it has one.
    pub fn mirrored_arguments(&self, tool: &str, arguments: &str) -> Vec<(String, Option<String>)> {
        let snapshot = self.snapshot();
        let Some(entry) = snapshot.catalog.tool(tool) else {
            return Vec::new();
        };
        let mirrored = entry.mirrored_arguments();
        if mirrored.is_empty() {
            return Vec::new();
        }
        let arguments = serde_json::from_str(arguments).unwrap_or_default();
        mirrored
            .iter()
            .map(|argument| (argument.header.clone(), argument.value(&arguments)))
            .collect()
    }

    /// Arguments that break the tool's schema are a tool error, so that the
    /// model reads what was wrong and can mend it; an unknown tool is an error
    /// of the request. Source: MCP 2026-07-28, server, tools, "Error Handling".
    pub(super) async fn call_tool(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let name = params.string("name")?;
        let arguments = params
            .optional_object("arguments")?
            .map_or("{}", |arguments| arguments.get());
        let snapshot = self.snapshot();
        let Some(entry) = snapshot.catalog.tool(&name) else {
            return Err(RpcError::invalid_params(format!("no tool `{name}`")));
        };
        let output = match entry.check_arguments(arguments) {
            Err(what) => ToolOutput::error(what),
            Ok(()) => {
                let plugin = entry.plugin.load().await.map_err(|f| failed(&f))?;
                let meta = caller.meta.for_plugin();
                let answer = news::passing_on(caller, &entry.plugin.name, |events| {
                    let plugin = Arc::clone(&plugin);
                    let meta = &meta;
                    async move {
                        plugin
                            .call_tool(&entry.guest_name, arguments, meta, events)
                            .await
                    }
                })
                .await
                .map_err(|failure| failed(&failure))?;
                match answer {
                    Ok(output) => {
                        entry.check_output(&output).map_err(|what| {
                            failed(&crate::wasm::Failure::Malformed {
                                plugin: entry.plugin.name.clone(),
                                cause: what,
                            })
                        })?;
                        output
                    }
                    Err(ToolError::InvalidArguments(what)) => ToolOutput::error(what),
                    Err(ToolError::Unknown) => {
                        return Err(RpcError::invalid_params(format!(
                            "plugin `{}` has no tool `{}` any more",
                            entry.plugin.name, entry.guest_name
                        )));
                    }
                }
            }
        };
        Ok(result::write(
            caller,
            Caching::Silent,
            &output.extra,
            |map| output.write(map, caller.revision),
        ))
    }
}
