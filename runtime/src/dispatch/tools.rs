//! `tools/list` and `tools/call`.

use std::sync::Arc;

use serde_json::value::RawValue;

use super::caller::{Caller, Era};
use super::input::Round;
use super::recording::Recording;
use super::result::{self, Caching};
use super::{Dispatcher, failed, lists, page, running};
use crate::audit::Outcome;
use crate::protocol::members::Members;
use crate::protocol::tasks::TaskSupport;
use crate::protocol::tools::ToolOutput;
use crate::protocol::{Revision, RpcError};
use crate::registry::{Mirrored, Snapshot, ToolEntry};
use crate::wasm::{Failure, Plugin, ToolError};

impl Dispatcher {
    pub(super) fn list_tools(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let snapshot = self.snapshot();
        let catalog = &snapshot.catalog;
        page::list(
            "tools",
            catalog.tools(),
            |entry| &entry.tool,
            (self.page_size, lists(catalog)),
            params,
            caller,
        )
    }

    /// What a call's HTTP headers have to say beside the standard ones: for
    /// each argument that the tool wants mirrored, the header's name without
    /// `Mcp-Param-`, and the argument's value if it has one.
    pub fn mirrored_arguments(
        &self,
        tool: &str,
        arguments: &str,
    ) -> Vec<(String, Option<Mirrored>)> {
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
        recording: &mut Recording,
    ) -> Result<Vec<u8>, RpcError> {
        let name = params.string("name")?;
        let given = params.get("arguments").map(RawValue::get);
        recording.called(&name, given);
        let arguments = params
            .optional_object("arguments")?
            .map_or("{}", |arguments| arguments.get());
        let snapshot = self.snapshot();
        let Some(index) = snapshot.catalog.tool_index(&name) else {
            return Err(RpcError::invalid_params(format!("no tool `{name}`")));
        };
        let entry = &snapshot.catalog.tools()[index];
        recording.of(&entry.plugin);
        let marked = entry.task_support();
        if marked == TaskSupport::Required && caller.era() == Era::Modern {
            caller.must_take_tasks()?;
        }
        if let Err(what) = entry.check_arguments(arguments) {
            recording.ends(Outcome::ToolError);
            return Ok(written(&ToolOutput::error(what), caller.revision));
        }
        let plugin = entry.plugin.load().await.map_err(|f| failed(&f))?;
        let may_be_a_task = marked != TaskSupport::Never || plugin.may_detach();
        if may_be_a_task && caller.takes_tasks() {
            let snapshot = Arc::clone(&snapshot);
            let callee = Callee {
                snapshot,
                index,
                plugin,
            };
            let call = self.call_as_task(callee, arguments, params, caller, recording);
            return Box::pin(call).await;
        }
        let call = ("tools/call", &*name, arguments);
        let mut round = Round::open(&self.seal, &caller.principal, call, params)?;
        let meta = caller.meta.for_plugin();
        let callee = (entry.plugin.name.as_str(), &*plugin);
        let answer = running::run(caller, &mut round, recording, callee, |events| {
            plugin.call_tool(&entry.guest_name, arguments, &meta, events)
        })
        .await;
        match answer {
            Ok(answer) => {
                recording.ends(outcome(&answer));
                finish(entry, answer, caller.revision)
            }
            Err(stopped) => self.stopped(caller, &round, stopped, recording),
        }
    }
}

/// A tool that is being called, with all it needs to outlive its caller.
pub(super) struct Callee {
    snapshot: Arc<Snapshot>,
    index: usize,
    pub(super) plugin: Arc<Plugin>,
}

impl Callee {
    pub(super) fn entry(&self) -> &ToolEntry {
        &self.snapshot.catalog.tools()[self.index]
    }

    /// The result of a call that the plugin answered.
    pub(super) fn finish(
        &self,
        answer: Result<ToolOutput, ToolError>,
        revision: Revision,
    ) -> Result<Vec<u8>, RpcError> {
        finish(self.entry(), answer, revision)
    }
}

/// How a call ends that the plugin answered so.
pub(super) fn outcome(answer: &Result<ToolOutput, ToolError>) -> Outcome {
    match answer {
        Ok(output) if !output.is_error => Outcome::Ok,
        _ => Outcome::ToolError,
    }
}

fn finish(
    entry: &ToolEntry,
    answer: Result<ToolOutput, ToolError>,
    revision: Revision,
) -> Result<Vec<u8>, RpcError> {
    match answer {
        Ok(output) => {
            entry.check_output(&output).map_err(|what| {
                failed(&Failure::Malformed {
                    plugin: entry.plugin.name.clone(),
                    cause: what,
                })
            })?;
            Ok(written(&output, revision))
        }
        Err(ToolError::InvalidArguments(what)) => Ok(written(&ToolOutput::error(what), revision)),
        Err(ToolError::Unknown) => Err(RpcError::invalid_params(format!(
            "plugin `{}` has no tool `{}` any more",
            entry.plugin.name, entry.guest_name
        ))),
    }
}

fn written(output: &ToolOutput, revision: Revision) -> Vec<u8> {
    result::write(revision, Caching::Silent, &output.extra, |map| {
        output.write(map, revision)
    })
}
