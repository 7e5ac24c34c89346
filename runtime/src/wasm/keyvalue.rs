//! `wasi:keyvalue`: the plugin's own store, for those that are granted one.

use std::sync::Arc;

use wasmtime::component::Resource;

use super::bindings::wasi::keyvalue::{atomics, batch, store};
use super::state::State;
use crate::state::{Bucket, KeyValue, StateError};

/// A bucket that a guest has open.
#[allow(unreachable_pub, reason = "the generated bindings export it again")]
pub struct OpenBucket(Bucket);

type Result<T> = wasmtime::Result<std::result::Result<T, store::Error>>;

/// What an operation needs: the store, the bucket, and what the plugin may keep.
struct Opened {
    store: Arc<dyn KeyValue>,
    bucket: Bucket,
    quota: u64,
    /// The most bytes that may be handed to the guest at once.
    output: u64,
}

impl State {
    fn granted(&self) -> std::result::Result<(Arc<dyn KeyValue>, u64), store::Error> {
        let granted = match (&self.plugin.services.keyvalue, self.plugin.policy.keyvalue) {
            (Some(store), Some(quota)) => Ok((Arc::clone(store), quota)),
            _ => Err(store::Error::AccessDenied),
        };
        if let Some(uses) = &self.call.events.uses {
            uses.keyvalue(granted.is_ok());
        }
        granted
    }

    fn opened(
        &self,
        bucket: &Resource<OpenBucket>,
    ) -> wasmtime::Result<std::result::Result<Opened, store::Error>> {
        let bucket = self.table.get(bucket)?.0.clone();
        Ok(self.granted().map(|(store, quota)| Opened {
            store,
            bucket,
            quota,
            output: self.plugin.policy.limits.output,
        }))
    }
}

/// Does an operation on an open bucket.
macro_rules! on {
    ($state:expr, $bucket:expr, |$opened:ident| $operation:expr) => {
        match $state.opened(&$bucket)? {
            Ok($opened) => Ok($operation.await.map_err(failed)),
            Err(denied) => Ok(Err(denied)),
        }
    };
}

impl store::Host for State {
    async fn open(&mut self, identifier: String) -> Result<Resource<OpenBucket>> {
        if let Err(denied) = self.granted() {
            return Ok(Err(denied));
        }
        let bucket = Bucket::new(Arc::clone(&self.plugin.name), identifier);
        Ok(Ok(self.table.push(OpenBucket(bucket))?))
    }
}

impl store::HostBucket for State {
    async fn get(&mut self, bucket: Resource<OpenBucket>, key: String) -> Result<Option<Vec<u8>>> {
        on!(self, bucket, |of| of.store.get(&of.bucket, key, of.output))
    }

    async fn set(
        &mut self,
        bucket: Resource<OpenBucket>,
        key: String,
        value: Vec<u8>,
    ) -> Result<()> {
        on!(self, bucket, |of| of
            .store
            .set(&of.bucket, key, value, of.quota))
    }

    async fn delete(&mut self, bucket: Resource<OpenBucket>, key: String) -> Result<()> {
        on!(self, bucket, |of| of.store.delete(&of.bucket, key))
    }

    async fn exists(&mut self, bucket: Resource<OpenBucket>, key: String) -> Result<bool> {
        on!(self, bucket, |of| of.store.exists(&of.bucket, key))
    }

    async fn list_keys(
        &mut self,
        bucket: Resource<OpenBucket>,
        cursor: Option<u64>,
    ) -> Result<store::KeyResponse> {
        let page = on!(self, bucket, |of| of.store.list_keys(&of.bucket, cursor));
        page.map(|page| {
            page.map(|page| store::KeyResponse {
                keys: page.keys,
                cursor: page.cursor,
            })
        })
    }

    async fn drop(&mut self, bucket: Resource<OpenBucket>) -> wasmtime::Result<()> {
        self.table.delete(bucket)?;
        Ok(())
    }
}

impl atomics::Host for State {
    async fn increment(
        &mut self,
        bucket: Resource<OpenBucket>,
        key: String,
        delta: u64,
    ) -> Result<u64> {
        on!(self, bucket, |of| of
            .store
            .increment(&of.bucket, key, delta, of.quota))
    }
}

impl batch::Host for State {
    async fn get_many(
        &mut self,
        bucket: Resource<OpenBucket>,
        keys: Vec<String>,
    ) -> Result<Vec<Option<(String, Vec<u8>)>>> {
        let asked = keys.clone();
        let values = on!(self, bucket, |of| of
            .store
            .get_many(&of.bucket, keys, of.output));
        values.map(|values| {
            values.map(|values| {
                let pairs = asked.into_iter().zip(values);
                pairs.map(|(key, value)| Some((key, value?))).collect()
            })
        })
    }

    async fn set_many(
        &mut self,
        bucket: Resource<OpenBucket>,
        key_values: Vec<(String, Vec<u8>)>,
    ) -> Result<()> {
        on!(self, bucket, |of| of
            .store
            .set_many(&of.bucket, key_values, of.quota))
    }

    async fn delete_many(&mut self, bucket: Resource<OpenBucket>, keys: Vec<String>) -> Result<()> {
        on!(self, bucket, |of| of.store.delete_many(&of.bucket, keys))
    }
}

/// What a guest may know of a failure: its message names no path.
fn failed(error: StateError) -> store::Error {
    if std::error::Error::source(&error).is_some() {
        tracing::error!("{error}: {:?}", std::error::Error::source(&error));
    }
    store::Error::Other(error.to_string())
}
