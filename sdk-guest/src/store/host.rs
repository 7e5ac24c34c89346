//! The store that the runtime keeps: `wasi:keyvalue`.

use super::Error;
use crate::bindings::imports::wasi::keyvalue::{atomics, batch, store as wit};

/// A bucket of the runtime's.
#[derive(Debug)]
pub(super) struct OpenBucket(wit::Bucket);

impl OpenBucket {
    pub(super) fn open(name: &str) -> Result<Self, Error> {
        Ok(Self(wit::open(name)?))
    }

    pub(super) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        Ok(self.0.get(key)?)
    }

    pub(super) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        Ok(self.0.set(key, value)?)
    }

    pub(super) fn delete(&self, key: &str) -> Result<(), Error> {
        Ok(self.0.delete(key)?)
    }

    pub(super) fn exists(&self, key: &str) -> Result<bool, Error> {
        Ok(self.0.exists(key)?)
    }

    pub(super) fn keys(&self, cursor: Option<u64>) -> Result<(Vec<String>, Option<u64>), Error> {
        let page = self.0.list_keys(cursor)?;
        Ok((page.keys, page.cursor))
    }

    pub(super) fn increment(&self, key: &str, delta: u64) -> Result<u64, Error> {
        Ok(atomics::increment(&self.0, key, delta)?)
    }

    pub(super) fn get_many(&self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, Error> {
        let entries = batch::get_many(&self.0, &keys)?;
        let values = entries
            .into_iter()
            .map(|entry| entry.map(|(_, value)| value));
        Ok(values.collect())
    }

    pub(super) fn set_many(&self, values: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
        Ok(batch::set_many(&self.0, &values)?)
    }

    pub(super) fn delete_many(&self, keys: Vec<String>) -> Result<(), Error> {
        Ok(batch::delete_many(&self.0, &keys)?)
    }
}

impl From<wit::Error> for Error {
    fn from(error: wit::Error) -> Self {
        match error {
            wit::Error::NoSuchStore => Self::NoSuchBucket,
            wit::Error::AccessDenied => Self::NotGranted,
            wit::Error::Other(reason) => Self::Failed(reason),
        }
    }
}
