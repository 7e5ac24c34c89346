//! A store in memory, one for each test.

use std::cell::{Cell, RefCell};
use std::collections::BTreeMap;

use crate::store::Error;

/// How many keys a page holds: few, so that tests see more than one.
const PAGE: usize = 3;

thread_local! {
    static GRANTED: Cell<bool> = const { Cell::new(true) };
    static STORE: RefCell<BTreeMap<String, Values>> = const { RefCell::new(BTreeMap::new()) };
}

type Values = BTreeMap<String, Vec<u8>>;

/// Whether the plugin may use the store; it may, unless this is called.
pub fn set_store_granted(granted: bool) {
    GRANTED.set(granted);
}

/// A bucket in memory, by its name.
#[derive(Debug)]
pub(crate) struct OpenBucket(String);

impl OpenBucket {
    pub(crate) fn open(name: &str) -> Result<Self, Error> {
        let bucket = Self(name.to_owned());
        bucket.with(|_| ())?;
        Ok(bucket)
    }

    pub(crate) fn get(&self, key: &str) -> Result<Option<Vec<u8>>, Error> {
        self.with(|values| values.get(key).cloned())
    }

    pub(crate) fn set(&self, key: &str, value: &[u8]) -> Result<(), Error> {
        self.with(|values| {
            values.insert(key.to_owned(), value.to_vec());
        })
    }

    pub(crate) fn delete(&self, key: &str) -> Result<(), Error> {
        self.with(|values| {
            values.remove(key);
        })
    }

    pub(crate) fn exists(&self, key: &str) -> Result<bool, Error> {
        self.with(|values| values.contains_key(key))
    }

    pub(crate) fn keys(&self, cursor: Option<u64>) -> Result<(Vec<String>, Option<u64>), Error> {
        let start = usize::try_from(cursor.unwrap_or(0)).unwrap_or(usize::MAX);
        self.with(|values| {
            let page = values.keys().skip(start).take(PAGE).cloned().collect();
            let end = start.saturating_add(PAGE);
            (page, (end < values.len()).then_some(end as u64))
        })
    }

    pub(crate) fn increment(&self, key: &str, delta: u64) -> Result<u64, Error> {
        self.with(|values| {
            let text = values
                .get(key)
                .map_or("0".into(), |value| String::from_utf8_lossy(value));
            let sum = text
                .parse::<u64>()
                .ok()
                .and_then(|number| number.checked_add(delta));
            let sum = sum.ok_or_else(|| {
                Error::Failed(format!("`{key}` is no number that {delta} can be added to"))
            })?;
            values.insert(key.to_owned(), sum.to_string().into_bytes());
            Ok(sum)
        })?
    }

    pub(crate) fn get_many(&self, keys: Vec<String>) -> Result<Vec<Option<Vec<u8>>>, Error> {
        self.with(|values| keys.iter().map(|key| values.get(key).cloned()).collect())
    }

    pub(crate) fn set_many(&self, entries: Vec<(String, Vec<u8>)>) -> Result<(), Error> {
        self.with(|values| values.extend(entries))
    }

    pub(crate) fn delete_many(&self, keys: Vec<String>) -> Result<(), Error> {
        self.with(|values| values.retain(|key, _| !keys.contains(key)))
    }

    fn with<T>(&self, act: impl FnOnce(&mut Values) -> T) -> Result<T, Error> {
        if !GRANTED.get() {
            return Err(Error::NotGranted);
        }
        Ok(STORE.with_borrow_mut(|store| act(store.entry(self.0.clone()).or_default())))
    }
}
