//! `resources/list`, `resources/templates/list` and `resources/read`.

use std::sync::Arc;

use serde::ser::SerializeMap as _;

use super::caller::Caller;
use super::result::{self, Caching};
use super::{Dispatcher, failed, news, page};
use crate::protocol::content::At;
use crate::protocol::members::Members;
use crate::protocol::{Extra, RpcError};
use crate::wasm::ReadError;

impl Dispatcher {
    pub(super) fn list_resources(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let snapshot = self.snapshot();
        let resources = snapshot.catalog.resources();
        let page = page::page(params, resources.len(), self.page_size)?;
        Ok(result::write(
            caller,
            Caching::Public,
            &Extra::default(),
            |map| {
                let shown: Vec<_> = resources[page.range]
                    .iter()
                    .map(|entry| At(&entry.resource, caller.revision))
                    .collect();
                map.serialize_entry("resources", &shown)?;
                match &page.next_cursor {
                    Some(cursor) => map.serialize_entry("nextCursor", cursor),
                    None => Ok(()),
                }
            },
        ))
    }

    pub(super) fn list_templates(
        &self,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        let snapshot = self.snapshot();
        let templates = snapshot.catalog.templates();
        let page = page::page(params, templates.len(), self.page_size)?;
        Ok(result::write(
            caller,
            Caching::Public,
            &Extra::default(),
            |map| {
                let shown: Vec<_> = templates[page.range]
                    .iter()
                    .map(|entry| At(&entry.template, caller.revision))
                    .collect();
                map.serialize_entry("resourceTemplates", &shown)?;
                match &page.next_cursor {
                    Some(cursor) => map.serialize_entry("nextCursor", cursor),
                    None => Ok(()),
                }
            },
        ))
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
