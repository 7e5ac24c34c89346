//! Plugins' key-value stores, as an interface.

mod sqlite;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use super::{Answer, StateError};

/// The most bytes a key may have.
pub const KEY_BYTES: usize = 1024;
/// The most bytes a bucket's name may have.
pub const BUCKET_BYTES: usize = 256;
/// The most keys a page lists.
pub const KEYS_PER_PAGE: usize = 1000;
/// The most keys one operation reads, writes or deletes: while it lasts no
/// other write can happen.
pub const KEYS_PER_BATCH: usize = 10_000;

/// A plugin's bucket: its keys are apart from those of all others. It is made
/// by its first key and gone with its last.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Bucket {
    /// Whose.
    pub plugin: Arc<str>,
    /// Its name among the plugin's, of at most [`BUCKET_BYTES`].
    pub name: Arc<str>,
}

/// A key with its value.
pub type Entry = (String, Vec<u8>);

/// A page of keys.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyPage {
    /// The keys, at most [`KEYS_PER_PAGE`], in the order of their bytes.
    pub keys: Vec<String>,
    /// What to ask with for the next page; none at the end.
    pub cursor: Option<u64>,
}

/// Keys with values, for each plugin apart.
///
/// Keys are text of at most [`KEY_BYTES`], values any bytes. Each operation is
/// atomic: no other, in whichever process, comes between its parts.
///
/// What a plugin keeps is counted as the bytes of each entry's bucket name, key
/// and value. A write after which a plugin would keep more than its `quota`,
/// and more than before, is refused. One that makes it keep less is never
/// refused, so that a plugin can clean up after its quota was lowered.
///
/// # Errors
/// All operations: a bucket name, a key or a number of keys above its limit
/// ([`StateError::TooLarge`]), and an engine that fails
/// ([`StateError::Unavailable`]).
pub trait KeyValue: Send + Sync {
    /// The values of keys, in their order; none where there is none.
    ///
    /// `limit` is the most bytes that the values may have together.
    ///
    /// # Errors
    /// Values above the limit: [`StateError::TooLarge`].
    fn get_many(
        &self,
        bucket: &Bucket,
        keys: Vec<String>,
        limit: u64,
    ) -> Answer<Vec<Option<Vec<u8>>>>;

    /// Gives keys their values: all of them, or none. Of a key that is there
    /// twice the last value counts.
    ///
    /// # Errors
    /// [`StateError::Quota`].
    fn set_many(&self, bucket: &Bucket, entries: Vec<Entry>, quota: u64) -> Answer<()>;

    /// Removes keys: all of them, or none. One that is not there is no error.
    fn delete_many(&self, bucket: &Bucket, keys: Vec<String>) -> Answer<()>;

    /// Whether a key has a value.
    fn exists(&self, bucket: &Bucket, key: String) -> Answer<bool>;

    /// The keys of a bucket, a page at a time.
    ///
    /// A key that is there during the whole listing is listed exactly once,
    /// whatever else is written or deleted meanwhile; deleting the listed keys
    /// after each page is fine. A cursor stands at the first key of the next
    /// page and is good in all processes, for as long as that key is there.
    ///
    /// # Errors
    /// [`StateError::Cursor`].
    fn list_keys(&self, bucket: &Bucket, cursor: Option<u64>) -> Answer<KeyPage>;

    /// Adds to a number and gives the sum. The number is kept as decimal
    /// digits; a key without a value counts as 0.
    ///
    /// # Errors
    /// [`StateError::NotANumber`], [`StateError::Overflow`],
    /// [`StateError::Quota`].
    fn increment(&self, bucket: &Bucket, key: String, delta: u64, quota: u64) -> Answer<u64>;

    /// How many bytes a plugin keeps.
    fn usage(&self, plugin: &str) -> Answer<u64>;

    /// Removes all that a plugin keeps, and gives the room back.
    fn remove(&self, plugin: &str) -> Answer<()>;

    /// The value of a key; none if it has none. See [`KeyValue::get_many`].
    fn get(&self, bucket: &Bucket, key: String, limit: u64) -> Answer<Option<Vec<u8>>> {
        let values = self.get_many(bucket, vec![key], limit);
        Box::pin(async move { Ok(values.await?.pop().flatten()) })
    }

    /// Gives a key a value. See [`KeyValue::set_many`].
    fn set(&self, bucket: &Bucket, key: String, value: Vec<u8>, quota: u64) -> Answer<()> {
        self.set_many(bucket, vec![(key, value)], quota)
    }

    /// Removes a key. See [`KeyValue::delete_many`].
    fn delete(&self, bucket: &Bucket, key: String) -> Answer<()> {
        self.delete_many(bucket, vec![key])
    }
}

impl Bucket {
    /// A bucket of a plugin.
    pub fn new(plugin: impl Into<Arc<str>>, name: impl Into<Arc<str>>) -> Self {
        Self {
            plugin: plugin.into(),
            name: name.into(),
        }
    }

    /// Refuses names, keys and numbers of keys above their limits.
    fn check<'a>(&self, keys: impl ExactSizeIterator<Item = &'a String>) -> Result<(), StateError> {
        at_most("the bucket's name", self.name.len(), BUCKET_BYTES, "bytes")?;
        at_most("the operation", keys.len(), KEYS_PER_BATCH, "keys")?;
        for key in keys {
            at_most("the key", key.len(), KEY_BYTES, "bytes")?;
        }
        Ok(())
    }
}

fn at_most(
    what: &'static str,
    size: usize,
    limit: usize,
    unit: &'static str,
) -> Result<(), StateError> {
    if size <= limit {
        return Ok(());
    }
    Err(StateError::TooLarge {
        what,
        size: size as u64,
        limit: limit as u64,
        unit,
    })
}
