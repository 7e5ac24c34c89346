//! `prompts/list` and `prompts/get`.

use std::sync::Arc;

use super::caller::Caller;
use super::result::{self, Caching};
use super::{Dispatcher, failed, news, page};
use crate::protocol::RpcError;
use crate::protocol::members::Members;
use crate::wasm::GetError;

impl Dispatcher {
    pub(super) fn list_prompts(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        page::list(
            "prompts",
            self.snapshot().catalog.prompts(),
            |entry| &entry.prompt,
            self.page_size,
            params,
            caller,
        )
    }

    pub(super) async fn get_prompt(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let name = params.string("name")?;
        let arguments = params.strings("arguments")?;
        let snapshot = self.snapshot();
        let Some(entry) = snapshot.catalog.prompt(&name) else {
            return Err(RpcError::invalid_params(format!("no prompt `{name}`")));
        };
        entry
            .check_arguments(&arguments)
            .map_err(RpcError::invalid_params)?;
        let plugin = entry.plugin.load().await.map_err(|f| failed(&f))?;
        let meta = caller.meta.for_plugin();
        let answer = news::passing_on(caller, &entry.plugin.name, |events| {
            let plugin = Arc::clone(&plugin);
            let (arguments, meta) = (&arguments, &meta);
            async move {
                plugin
                    .get_prompt(&entry.guest_name, arguments, meta, events)
                    .await
            }
        })
        .await
        .map_err(|failure| failed(&failure))?;
        match answer {
            Ok(output) => Ok(result::write(
                caller,
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
