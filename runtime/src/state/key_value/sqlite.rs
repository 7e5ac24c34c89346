//! Key-value stores in the embedded engine: a row for each entry, and one for
//! each plugin with the sum that its quota is held against.

use rusqlite::{OptionalExtension, Transaction, params};

use super::{Bucket, Entry, KEYS_PER_PAGE, KeyPage, KeyValue};
use crate::state::{
    Answer, State, StateError,
    database::{Durability::Process, Failure},
};

/// How much of a value a message quotes.
const QUOTED_BYTES: usize = 32;

impl KeyValue for State {
    fn get_many(
        &self,
        bucket: &Bucket,
        keys: Vec<String>,
        limit: u64,
    ) -> Answer<Vec<Option<Vec<u8>>>> {
        let bucket = bucket.clone();
        self.database.run(move |open| {
            bucket.check(keys.iter())?;
            open.read(|transaction| {
                let mut total = 0;
                keys.iter()
                    .map(|key| value(transaction, &bucket, key, limit, &mut total))
                    .collect()
            })
        })
    }

    fn set_many(&self, bucket: &Bucket, entries: Vec<Entry>, quota: u64) -> Answer<()> {
        let bucket = bucket.clone();
        self.database.run(move |open| {
            bucket.check(entries.iter().map(|(key, _)| key))?;
            open.write(Process, |transaction| {
                let mut account = Account::open(transaction, &bucket.plugin)?;
                for (key, value) in &entries {
                    account.set(&bucket, key, value)?;
                }
                account.close(quota)
            })
        })
    }

    fn delete_many(&self, bucket: &Bucket, keys: Vec<String>) -> Answer<()> {
        let bucket = bucket.clone();
        self.database.run(move |open| {
            bucket.check(keys.iter())?;
            open.write(Process, |transaction| {
                let mut account = Account::open(transaction, &bucket.plugin)?;
                for key in &keys {
                    account.delete(&bucket, key)?;
                }
                account.close(u64::MAX)
            })
        })
    }

    fn exists(&self, bucket: &Bucket, key: String) -> Answer<bool> {
        let bucket = bucket.clone();
        self.database.run(move |open| {
            bucket.check([&key].into_iter())?;
            open.read(|transaction| Ok(size(transaction, &bucket, &key)?.is_some()))
        })
    }

    fn list_keys(&self, bucket: &Bucket, cursor: Option<u64>) -> Answer<KeyPage> {
        let bucket = bucket.clone();
        self.database.run(move |open| {
            bucket.check([].into_iter())?;
            open.read(|transaction| page(transaction, &bucket, cursor))
        })
    }

    fn increment(&self, bucket: &Bucket, key: String, delta: u64, quota: u64) -> Answer<u64> {
        let bucket = bucket.clone();
        self.database.run(move |open| {
            bucket.check([&key].into_iter())?;
            open.write(Process, |transaction| {
                let old = value(transaction, &bucket, &key, u64::MAX, &mut 0)?;
                let sum = add(&key, old.as_deref(), delta)?;
                let mut account = Account::open(transaction, &bucket.plugin)?;
                account.set(&bucket, &key, sum.to_string().as_bytes())?;
                account.close(quota)?;
                Ok(sum)
            })
        })
    }

    fn usage(&self, plugin: &str) -> Answer<u64> {
        let plugin = plugin.to_owned();
        self.database
            .run(move |open| open.read(|transaction| Ok(usage(transaction, &plugin)?)))
    }

    fn remove(&self, plugin: &str) -> Answer<()> {
        let plugin = plugin.to_owned();
        self.database.run(move |open| {
            open.write(Process, |transaction| {
                transaction.execute("delete from entry where plugin = ?1", [&plugin])?;
                transaction.execute("delete from usage where plugin = ?1", [&plugin])?;
                Ok(())
            })?;
            open.give_back()
        })
    }
}

/// The bytes of one plugin, while they change.
struct Account<'a> {
    transaction: &'a Transaction<'a>,
    plugin: &'a str,
    before: u64,
    now: u64,
}

impl<'a> Account<'a> {
    fn open(transaction: &'a Transaction<'a>, plugin: &'a str) -> rusqlite::Result<Self> {
        let before = usage(transaction, plugin)?;
        Ok(Self {
            transaction,
            plugin,
            before,
            now: before,
        })
    }

    fn set(&mut self, bucket: &Bucket, key: &str, value: &[u8]) -> rusqlite::Result<()> {
        let replaced = size(self.transaction, bucket, key)?;
        let mut set = self.transaction.prepare_cached(
            "insert into entry (id, plugin, bucket, key, value)
             values (random(), ?1, ?2, ?3, ?4)
             on conflict (plugin, bucket, key) do update set value = excluded.value",
        )?;
        set.execute(params![bucket.plugin, bucket.name, key, value])?;
        let names = (bucket.name.len() + key.len()) as u64;
        self.now += names + value.len() as u64;
        self.now -= replaced.map_or(0, |value| names + value);
        Ok(())
    }

    fn delete(&mut self, bucket: &Bucket, key: &str) -> rusqlite::Result<()> {
        let mut delete = self.transaction.prepare_cached(
            "delete from entry where plugin = ?1 and bucket = ?2 and key = ?3
             returning length(value)",
        )?;
        let deleted: Option<i64> = delete
            .query_row(params![bucket.plugin, bucket.name, key], |row| row.get(0))
            .optional()?;
        if let Some(value) = deleted {
            self.now -= (bucket.name.len() + key.len()) as u64 + value.cast_unsigned();
        }
        Ok(())
    }

    /// Writes the sum down, if the quota allows it.
    fn close(self, quota: u64) -> Result<(), Failure> {
        if self.now > quota && self.now > self.before {
            return Err(Failure::State(StateError::Quota {
                plugin: self.plugin.to_owned(),
                quota,
                needed: self.now,
            }));
        }
        if self.now != self.before {
            let mut set = self.transaction.prepare_cached(
                "insert into usage (plugin, bytes) values (?1, ?2)
                 on conflict (plugin) do update set bytes = excluded.bytes",
            )?;
            set.execute(params![self.plugin, self.now.cast_signed()])?;
        }
        Ok(())
    }
}

fn usage(transaction: &Transaction<'_>, plugin: &str) -> rusqlite::Result<u64> {
    let mut select = transaction.prepare_cached("select bytes from usage where plugin = ?1")?;
    let bytes: Option<i64> = select.query_row([plugin], |row| row.get(0)).optional()?;
    Ok(bytes.unwrap_or(0).cast_unsigned())
}

/// The bytes of a key's value, which is not read for it.
fn size(
    transaction: &Transaction<'_>,
    bucket: &Bucket,
    key: &str,
) -> rusqlite::Result<Option<u64>> {
    let mut select = transaction.prepare_cached(
        "select length(value) from entry where plugin = ?1 and bucket = ?2 and key = ?3",
    )?;
    let bytes: Option<i64> = select
        .query_row(params![bucket.plugin, bucket.name, key], |row| row.get(0))
        .optional()?;
    Ok(bytes.map(i64::cast_unsigned))
}

/// The value of a key, if it and those before it keep to the limit.
fn value(
    transaction: &Transaction<'_>,
    bucket: &Bucket,
    key: &str,
    limit: u64,
    total: &mut u64,
) -> Result<Option<Vec<u8>>, Failure> {
    let mut select = transaction
        .prepare_cached("select value from entry where plugin = ?1 and bucket = ?2 and key = ?3")?;
    let mut rows = select.query(params![bucket.plugin, bucket.name, key])?;
    let Some(row) = rows.next()? else {
        return Ok(None);
    };
    let value = row.get_ref(0)?.as_blob().map_err(rusqlite::Error::from)?;
    *total += value.len() as u64;
    if *total > limit {
        return Err(Failure::State(StateError::TooLarge {
            what: "the answer",
            size: *total,
            limit,
            unit: "bytes",
        }));
    }
    Ok(Some(value.to_vec()))
}

fn page(
    transaction: &Transaction<'_>,
    bucket: &Bucket,
    cursor: Option<u64>,
) -> Result<KeyPage, Failure> {
    let Bucket { plugin, name } = bucket;
    let first = match cursor {
        None => String::new(),
        Some(cursor) => transaction
            .prepare_cached("select key from entry where id = ?1 and plugin = ?2 and bucket = ?3")?
            .query_row(params![cursor.cast_signed(), plugin, name], |row| {
                row.get(0)
            })
            .optional()?
            .ok_or(StateError::Cursor { cursor })?,
    };
    let mut select = transaction.prepare_cached(
        "select key, id from entry where plugin = ?1 and bucket = ?2 and key >= ?3
         order by key limit ?4",
    )?;
    // One more than fits, to know where the next page begins.
    let mut rows = select.query(params![plugin, name, first, KEYS_PER_PAGE as i64 + 1])?;
    let mut page = KeyPage::default();
    while let Some(row) = rows.next()? {
        if page.keys.len() == KEYS_PER_PAGE {
            page.cursor = Some(row.get::<_, i64>(1)?.cast_unsigned());
            break;
        }
        page.keys.push(row.get(0)?);
    }
    Ok(page)
}

fn add(key: &str, old: Option<&[u8]>, delta: u64) -> Result<u64, StateError> {
    let old = old.unwrap_or(b"0");
    let digits = std::str::from_utf8(old)
        .ok()
        // `parse` would take a sign.
        .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
    let number: u64 = digits
        .and_then(|digits| digits.parse().ok())
        .ok_or_else(|| StateError::NotANumber {
            key: key.to_owned(),
            value: quote(old),
        })?;
    number
        .checked_add(delta)
        .ok_or_else(|| StateError::Overflow {
            key: key.to_owned(),
            delta,
        })
}

/// How a value begins, for a message.
fn quote(value: &[u8]) -> String {
    match value.get(..QUOTED_BYTES) {
        Some(start) if value.len() > QUOTED_BYTES => format!("{}…", start.escape_ascii()),
        _ => value.escape_ascii().to_string(),
    }
}
