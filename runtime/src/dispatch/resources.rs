//! `resources/list`, `resources/templates/list` and `resources/read`.

use std::sync::Arc;

use serde::ser::SerializeMap as _;

use super::caller::Caller;
use super::result::{self, Caching};
use super::{Dispatcher, failed, news, page};
use crate::protocol::RpcError;
use crate::protocol::members::Members;
use crate::wasm::ReadError;

impl Dispatcher {
    pub(super) fn list_resources(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        page::list(
            "resources",
            self.snapshot().catalog.resources(),
            |entry| &entry.resource,
            self.page_size,
            params,
            caller,
        )
    }

    pub(super) fn list_templates(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        page::list(
            "resourceTemplates",
            self.snapshot().catalog.templates(),
            |entry| &entry.template,
            self.page_size,
            params,
            caller,
        )
    }

    pub(super) async fn read_resource(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let uri = params.string("uri")?;
        let snapshot = self.snapshot();
        let Some(provider) = snapshot.catalog.provider(&uri) else {
            return Err(RpcError::resource_not_found(&uri, caller.revision));
        };
        let plugin = provider.load().await.map_err(|f| failed(&f))?;
        let meta = caller.meta.for_plugin();
        let answer = news::passing_on(caller, &provider.name, |events| {
            let plugin = Arc::clone(&plugin);
            let uri = &uri;
            let meta = &meta;
            async move { plugin.read(uri, meta, events).await }
        })
        .await
        .map_err(|failure| failed(&failure))?;
        match answer {
            Ok(output) => Ok(result::write(
                caller,
                Caching::Private,
                &output.extra,
                |map| map.serialize_entry("contents", &output.contents),
            )),
            Err(ReadError::NotFound) => Err(RpcError::resource_not_found(&uri, caller.revision)),
        }
    }
}
