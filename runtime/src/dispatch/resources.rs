//! `resources/list`, `resources/templates/list` and `resources/read`.

use serde::ser::SerializeMap as _;

use super::caller::Caller;
use super::input::Round;
use super::recording::Recording;
use super::result::{self, Caching};
use super::{Dispatcher, failed, lists, page, running};
use crate::protocol::RpcError;
use crate::protocol::members::Members;
use crate::wasm::ReadError;

impl Dispatcher {
    pub(super) fn list_resources(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let snapshot = self.snapshot();
        let catalog = &snapshot.catalog;
        page::list(
            "resources",
            catalog.resources(),
            |entry| &entry.resource,
            (self.page_size, lists(catalog)),
            params,
            caller,
        )
    }

    pub(super) fn list_templates(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let snapshot = self.snapshot();
        let catalog = &snapshot.catalog;
        page::list(
            "resourceTemplates",
            catalog.templates(),
            |entry| &entry.template,
            (self.page_size, lists(catalog)),
            params,
            caller,
        )
    }

    pub(super) async fn read_resource(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
        recording: &mut Recording,
    ) -> Result<Vec<u8>, RpcError> {
        let uri = params.string("uri")?;
        recording.called(&uri, None);
        let snapshot = self.snapshot();
        let Some(provider) = snapshot.catalog.provider(&uri) else {
            return Err(RpcError::resource_not_found(&uri, caller.revision));
        };
        recording.of(provider);
        let plugin = provider.load().await.map_err(|f| failed(&f))?;
        let meta = caller.meta.for_plugin();
        let call = ("resources/read", &*uri, "");
        let mut round = Round::open(&self.seal, &caller.principal, call, params)?;
        let callee = (provider.name.as_str(), &*plugin);
        let answer = running::run(caller, &mut round, recording, callee, |events| {
            plugin.read(&uri, &meta, events)
        })
        .await;
        let answer = match answer {
            Ok(answer) => answer,
            Err(stopped) => return self.stopped(caller, &round, stopped, recording),
        };
        match answer {
            Ok(output) => Ok(result::write(
                caller.revision,
                Caching::For {
                    ttl: provider.cache.resources,
                    public: provider.cache.public,
                },
                &output.extra,
                |map| map.serialize_entry("contents", &output.contents),
            )),
            Err(ReadError::NotFound) => Err(RpcError::resource_not_found(&uri, caller.revision)),
        }
    }
}
