//! A store of the plugin's own, which outlives its calls: keys with values, in
//! buckets.
//!
//! A plugin asks for it with `[keyvalue]` in its `plugin.toml`, and the admin
//! grants it. No plugin sees another's store.
//!
//! ```
//! use portcullis_sdk::store::{self, Bucket};
//! use portcullis_sdk::{Result, data};
//!
//! #[data]
//! struct Note {
//!     title: String,
//! }
//!
//! fn keep(note: &Note) -> Result<u64> {
//!     let notes = Bucket::open("notes")?;
//!     let id = store::default_bucket()?.increment("last-id", 1)?;
//!     notes.set_json(&id.to_string(), note)?;
//!     Ok(id)
//! }
//! ```
//!
//! Calls may run side by side, and others may come between a `get` and the
//! `set` after it: count with [`Bucket::increment`], and write what belongs
//! together with [`Bucket::set_many`].
//!
//! A plugin that calls nothing here does not import `wasi:keyvalue`. In native
//! tests each test has a store of its own in memory;
//! `testing::set_store_granted(false)` takes it away.

use std::fmt;

use serde::Serialize;
use serde::de::DeserializeOwned;

#[cfg(not(target_arch = "wasm32"))]
use crate::testing::OpenBucket;
#[cfg(target_arch = "wasm32")]
use host::OpenBucket;

#[cfg(target_arch = "wasm32")]
mod host;

/// The name of the bucket for plugins that need but one.
const DEFAULT: &str = "default";

/// Opens the bucket named `default`.
///
/// # Errors
///
/// As [`Bucket::open`].
pub fn default_bucket() -> Result<Bucket, Error> {
    Bucket::open(DEFAULT)
}

/// Keys with their values.
#[derive(Debug)]
pub struct Bucket(OpenBucket);

impl Bucket {
    /// Opens a bucket. It is made by its first key, so any name is there.
    ///
    /// # Errors
    ///
    /// The plugin was not granted a store, or it failed.
    pub fn open(name: &str) -> Result<Self, Error> {
        OpenBucket::open(name).map(Self)
    }

    /// The value of a key; none if it has none.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.0.get(key)
    }

    /// The value of a key as text; none if it has none.
    ///
    /// # Errors
    ///
    /// The store failed, or the value is not UTF-8.
    pub fn get_text(&self, key: &str) -> Result<Option<String>, Error> {
        let value = self.get(key)?.map(String::from_utf8).transpose();
        value.map_err(|error| Error::Value {
            key: key.to_owned(),
            reason: error.to_string(),
        })
    }

    /// The value of a key, read from JSON; none if it has none.
    ///
    /// # Errors
    ///
    /// The store failed, or the value is no `T`.
    pub fn get_json<T: DeserializeOwned>(&self, key: &str) -> Result<Option<T>, Error> {
        let value = self.get(key)?;
        let value = value
            .map(|bytes| serde_json::from_slice(&bytes))
            .transpose();
        value.map_err(|error| Error::Value {
            key: key.to_owned(),
            reason: error.to_string(),
        })
    }

    /// Gives a key a value: bytes or text.
    ///
    /// # Errors
    ///
    /// The store failed, or is full.
    pub fn set(&self, key: &str, value: impl AsRef<[u8]>) -> Result<(), Error> {
        self.0.set(key, value.as_ref())
    }

    /// Gives a key a value, as JSON.
    ///
    /// # Errors
    ///
    /// The store failed or is full, or the value has no JSON form.
    pub fn set_json<T: Serialize + ?Sized>(&self, key: &str, value: &T) -> Result<(), Error> {
        let bytes = serde_json::to_vec(value).map_err(|error| Error::Value {
            key: key.to_owned(),
            reason: error.to_string(),
        })?;
        self.set(key, bytes)
    }

    /// Removes a key; one that is not there is no error.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn delete(&self, key: &str) -> Result<(), Error> {
        self.0.delete(key)
    }

    /// Whether a key has a value.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn exists(&self, key: &str) -> Result<bool, Error> {
        self.0.exists(key)
    }

    /// All keys, in order.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn keys(&self) -> Result<Vec<String>, Error> {
        let mut keys = Vec::new();
        let mut cursor = None;
        loop {
            let (page, next) = self.0.keys(cursor)?;
            keys.extend(page);
            if next.is_none() {
                return Ok(keys);
            }
            cursor = next;
        }
    }

    /// Adds to a number, which no other call can come between, and gives the
    /// sum. A key without a value counts as 0.
    ///
    /// # Errors
    ///
    /// The store failed or is full, the value is no number, or the sum is too
    /// large.
    pub fn increment(&self, key: &str, delta: u64) -> Result<u64, Error> {
        self.0.increment(key, delta)
    }

    /// The values of many keys, in the order of the keys.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn get_many<K: Into<String>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.0.get_many(owned(keys))
    }

    /// Gives many keys their values: all of them, or none.
    ///
    /// # Errors
    ///
    /// The store failed, or is full.
    pub fn set_many<K: Into<String>, V: Into<Vec<u8>>>(
        &self,
        values: impl IntoIterator<Item = (K, V)>,
    ) -> Result<(), Error> {
        let values = values
            .into_iter()
            .map(|(key, value)| (key.into(), value.into()));
        self.0.set_many(values.collect())
    }

    /// Removes many keys: all of them, or none. Those that are not there are no
    /// error.
    ///
    /// # Errors
    ///
    /// The store failed.
    pub fn delete_many<K: Into<String>>(
        &self,
        keys: impl IntoIterator<Item = K>,
    ) -> Result<(), Error> {
        self.0.delete_many(owned(keys))
    }
}

fn owned<K: Into<String>>(keys: impl IntoIterator<Item = K>) -> Vec<String> {
    keys.into_iter().map(Into::into).collect()
}

/// Why the store could not be used.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Error {
    /// The plugin was not granted a store.
    NotGranted,
    /// The store has no bucket of this name.
    NoSuchBucket,
    /// Any other failure, such as a quota that is used up.
    Failed(String),
    /// A value is not what it was read as, or cannot be written.
    Value {
        /// Its key.
        key: String,
        /// What is wrong with it.
        reason: String,
    },
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotGranted => f.write_str(
                "this plugin was granted no store: its plugin.toml asks for one with \
                 `[keyvalue]`, and the admin grants it",
            ),
            Self::NoSuchBucket => f.write_str("the store has no such bucket"),
            Self::Failed(reason) => write!(f, "the store failed: {reason}"),
            Self::Value { key, reason } => {
                write!(f, "the value of `{key}` in the store is unusable: {reason}")
            }
        }
    }
}

impl std::error::Error for Error {}
