//! `completion/complete`.

use serde::ser::SerializeMap as _;
use serde_json::value::RawValue;

use super::caller::Caller;
use super::recording::Recording;
use super::result::{self, Caching};
use super::{Dispatcher, failed};
use crate::protocol::completion::{Reference, Suggestions};
use crate::protocol::members::Members;
use crate::protocol::{Extra, RpcError};
use crate::wasm::Events;

impl Dispatcher {
    /// A prompt or template that exists, of a plugin that completes nothing,
    /// has no suggestions; that is not an error.
    pub(super) async fn complete(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
        recording: &mut Recording,
    ) -> Result<Vec<u8>, RpcError> {
        let reference = required(params, "ref")?;
        let argument = required(params, "argument")?;
        let (name, value) = (argument.string("name")?, argument.string("value")?);
        let context = Members::parse("context", params.get("context"))?;
        let resolved = context.strings("arguments")?;

        let given = params.get("argument").map(RawValue::get);
        let snapshot = self.snapshot();
        let kind = reference.string("type")?;
        let (provider, reference) = match &*kind {
            "ref/prompt" => {
                let name = reference.string("name")?;
                recording.called(&name, given);
                let Some(entry) = snapshot.catalog.prompt(&name) else {
                    return Err(RpcError::invalid_params(format!("no prompt `{name}`")));
                };
                (&entry.plugin, Reference::Prompt(entry.guest_name.clone()))
            }
            "ref/resource" => {
                let uri = reference.string("uri")?;
                recording.called(&uri, given);
                let Some(provider) = snapshot.catalog.template_provider(&uri) else {
                    return Err(RpcError::invalid_params(format!(
                        "no resource template `{uri}`"
                    )));
                };
                (provider, Reference::ResourceTemplate(uri.into_owned()))
            }
            other => {
                return Err(RpcError::invalid_params(format!(
                    "`ref.type` is `{other}`; accepted: ref/prompt, ref/resource"
                )));
            }
        };
        recording.of(provider);
        let suggestions = if provider.completes() {
            let mut events = Events::default();
            recording.attend(&mut events);
            let plugin = provider.load().await.map_err(|f| failed(&f))?;
            plugin
                .complete(
                    &reference,
                    (&name, &value),
                    &resolved,
                    &caller.meta.for_plugin(),
                    events,
                )
                .await
                .map_err(|failure| failed(&failure))?
        } else {
            Suggestions {
                values: Vec::new(),
                total: None,
                has_more: false,
                extra: Extra::default(),
            }
        };
        Ok(result::write(
            caller.revision,
            Caching::Silent,
            &Extra::default(),
            |map| map.serialize_entry("completion", &suggestions),
        ))
    }
}

fn required<'a>(params: &Members<'a>, name: &str) -> Result<Members<'a>, RpcError> {
    match params.get(name) {
        Some(raw) => Members::parse(name, Some(raw)),
        None => Err(RpcError::invalid_params(format!(
            "`{name}` is missing; it is an object"
        ))),
    }
}
