//! `prompts/list` and `prompts/get`.

use serde_json::value::RawValue;

use super::caller::Caller;
use super::input::Round;
use super::recording::Recording;
use super::result::{self, Caching};
use super::{Dispatcher, failed, lists, page, running};
use crate::protocol::RpcError;
use crate::protocol::members::Members;
use crate::wasm::GetError;

impl Dispatcher {
    pub(super) fn list_prompts(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let snapshot = self.snapshot();
        let catalog = &snapshot.catalog;
        page::list(
            "prompts",
            catalog.prompts(),
            |entry| &entry.prompt,
            (self.page_size, lists(catalog)),
            params,
            caller,
        )
    }

    pub(super) async fn get_prompt(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
        recording: &mut Recording,
    ) -> Result<Vec<u8>, RpcError> {
        let name = params.string("name")?;
        recording.called(&name, params.get("arguments").map(RawValue::get));
        let arguments = params.strings("arguments")?;
        let snapshot = self.snapshot();
        let Some(entry) = snapshot.catalog.prompt(&name) else {
            return Err(RpcError::invalid_params(format!("no prompt `{name}`")));
        };
        recording.of(&entry.plugin);
        entry
            .check_arguments(&arguments)
            .map_err(RpcError::invalid_params)?;
        let plugin = entry.plugin.load().await.map_err(|f| failed(&f))?;
        let meta = caller.meta.for_plugin();
        let given = serde_json::to_string(&arguments).expect("pairs of strings are JSON");
        let call = ("prompts/get", &*name, &*given);
        let mut round = Round::open(&self.seal, &caller.principal, call, params)?;
        let callee = (entry.plugin.name.as_str(), &*plugin);
        let answer = running::run(caller, &mut round, recording, callee, |events| {
            plugin.get_prompt(&entry.guest_name, &arguments, &meta, events)
        })
        .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(stopped) => return self.stopped(caller, &round, stopped, recording),
        };
        match answer {
            Ok(output) => Ok(result::write(
                caller.revision,
                Caching::Silent,
                &output.extra,
                |map| output.write(map, caller.revision),
            )),
            Err(GetError::InvalidArguments(what)) => Err(RpcError::invalid_params(what)),
            Err(GetError::Unknown) => Err(RpcError::invalid_params(format!(
                "plugin `{}` has no prompt `{}` any more",
                entry.plugin.name, entry.guest_name
            ))),
        }
    }
}
