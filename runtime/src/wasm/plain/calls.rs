//! The calls of a plain component, as `wasm::calls` makes them of others.

use std::pin::pin;

use super::{LeftOut, Plain};
use crate::protocol::tools::{Tool, ToolOutput};
use crate::wasm::background::in_background;
use crate::wasm::calls::listing;
use crate::wasm::events::Events;
use crate::wasm::failure::Failure;
use crate::wasm::plugin::{Plugin, ToolError};

impl Plugin {
    /// What a plain component offers. It is not asked, but made once, so that one
    /// that cannot be is not installed.
    pub(in crate::wasm) async fn describe_plain(
        &self,
        plain: &Plain,
        bytes: impl AsyncFnOnce() -> Result<Vec<u8>, String>,
    ) -> Result<(Vec<Tool>, Vec<LeftOut>), Failure> {
        let (mut call, course) = self.begin(listing(), None).await?;
        let made = course
            .run(pin!(async {
                call.sandbox.instance(&self.pre).await.map(drop)
            }))
            .await;
        call.end(made, Ok)?;
        let unreadable = |cause| Failure::Load {
            plugin: self.shared.name.to_string(),
            cause,
        };
        let bytes = bytes().await.map_err(unreadable)?;
        let tools = in_background(|| plain.describe(&bytes)).map_err(unreadable)?;
        Ok((tools, plain.left_out().to_vec()))
    }

    /// Calls a function of a plain component. `arguments` is a JSON object.
    pub(in crate::wasm) async fn call_function(
        &self,
        plain: &Plain,
        tool: &str,
        arguments: &str,
        events: Events,
    ) -> Result<Result<ToolOutput, ToolError>, Failure> {
        let Some(function) = plain.function(tool) else {
            return Ok(Err(ToolError::Unknown));
        };
        let (mut call, course) = self.begin(events, Some(tool)).await?;
        let arguments = match function.arguments(arguments) {
            Ok(arguments) => arguments,
            Err(what) => return Ok(Err(ToolError::InvalidArguments(what))),
        };
        let result = course
            .run(pin!(async {
                let (instance, store) = call.sandbox.instance(&self.pre).await?;
                function.call(store, instance, &arguments).await
            }))
            .await;
        call.end(result, |results| {
            self.converted(function.output(results)).map(Ok)
        })
    }
}
