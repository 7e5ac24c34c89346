use std::sync::Arc;

use super::*;
use crate::state::State;

const MUCH: u64 = 1 << 30;

fn store() -> (tempfile::TempDir, Arc<dyn KeyValue>) {
    let folder = tempfile::tempdir().expect("a folder");
    let state = State::new(folder.path());
    (folder, Arc::new(state))
}

fn bucket() -> Bucket {
    Bucket::new("notes", "drafts")
}

fn entry(key: &str, value: impl Into<Vec<u8>>) -> Entry {
    (key.to_owned(), value.into())
}

async fn set(store: &Arc<dyn KeyValue>, key: &str, value: &[u8], quota: u64) -> Result<(), String> {
    let set = store.set(&bucket(), key.to_owned(), value.to_owned(), quota);
    set.await.map_err(|error| error.to_string())
}

async fn get(store: &Arc<dyn KeyValue>, key: &str) -> Option<Vec<u8>> {
    let get = store.get(&bucket(), key.to_owned(), MUCH);
    get.await.expect("read")
}

async fn usage(store: &Arc<dyn KeyValue>) -> u64 {
    store.usage("notes").await.expect("known")
}

#[tokio::test]
async fn values_are_kept_replaced_and_deleted() {
    let (_folder, store) = store();
    let bytes = [0, 255, b'a'];
    assert_eq!(get(&store, "k").await, None);
    for value in [&b"first"[..], &bytes, b""] {
        assert_eq!(set(&store, "k", value, MUCH).await, Ok(()));
        assert_eq!(get(&store, "k").await.as_deref(), Some(value));
    }
    let exists = || async { store.exists(&bucket(), "k".to_owned()).await.expect("read") };
    assert!(exists().await);
    for _ in 0..2 {
        let delete = store.delete(&bucket(), "k".to_owned());
        delete.await.expect("no error, the second time too");
        assert!(!exists().await);
    }
    assert_eq!(usage(&store).await, 0);
}

#[tokio::test]
async fn any_text_is_a_key_of_its_own() {
    let (_folder, store) = store();
    let keys = ["", "a", "a\0b", "a\0c", "A", "ä", "%", "'"];
    for key in keys {
        assert_eq!(set(&store, key, key.as_bytes(), MUCH).await, Ok(()));
    }
    for key in keys {
        assert_eq!(get(&store, key).await.as_deref(), Some(key.as_bytes()));
    }
    let page = store.list_keys(&bucket(), None).await.expect("listed");
    assert_eq!(page.keys, ["", "%", "'", "A", "a", "a\0b", "a\0c", "ä"]);
    assert_eq!(page.cursor, None);
}

#[tokio::test]
async fn plugins_and_buckets_are_apart() {
    let (_folder, store) = store();
    let others = [
        Bucket::new("notes", "other"),
        Bucket::new("other", "drafts"),
    ];
    assert_eq!(set(&store, "k", b"mine", MUCH).await, Ok(()));
    for other in &others {
        let get = store.get(other, "k".to_owned(), MUCH);
        assert_eq!(get.await.expect("read"), None);
        let page = store.list_keys(other, None).await.expect("listed");
        assert_eq!(page, KeyPage::default());
        let delete = store.delete(other, "k".to_owned());
        delete.await.expect("nothing there");
    }
    assert_eq!(store.usage("other").await.expect("known"), 0);
    store.remove("other").await.expect("removed");
    assert_eq!(get(&store, "k").await.as_deref(), Some(&b"mine"[..]));
}

#[tokio::test]
async fn many_keys_at_once() {
    let (_folder, store) = store();
    let entries = vec![entry("a", "1"), entry("b", "2"), entry("a", "3")];
    let set = store.set_many(&bucket(), entries, MUCH);
    set.await.expect("written");
    let keys = || ["b", "missing", "a", "b"].map(str::to_owned).to_vec();
    let values = store.get_many(&bucket(), keys(), 3).await.expect("read");
    let value = |text: &str| Some(text.as_bytes().to_owned());
    assert_eq!(values, [value("2"), None, value("3"), value("2")]);
    let two = |key: &str| 2 * ("drafts".len() + key.len() + 1) as u64;
    assert_eq!(usage(&store).await, two("a"));

    let delete = store.delete_many(&bucket(), keys());
    delete.await.expect("deleted");
    assert_eq!((get(&store, "a").await, usage(&store).await), (None, 0));
}

#[tokio::test]
async fn an_answer_has_a_limit() {
    let (_folder, store) = store();
    assert_eq!(set(&store, "k", b"12345", MUCH).await, Ok(()));
    let keys = || vec!["k".to_owned(); 3];
    assert!(store.get_many(&bucket(), keys(), 15).await.is_ok());
    let error = store.get_many(&bucket(), keys(), 14).await;
    assert_eq!(
        error.expect_err("too much").to_string(),
        "the answer has 15 bytes; at most 14 are accepted"
    );
}

#[tokio::test]
async fn the_quota_is_held_and_named() {
    let (_folder, store) = store();
    // "drafts" and "k" count 7 bytes.
    assert_eq!(set(&store, "k", b"123", 10).await, Ok(()));
    let refused = "plugin `notes` may keep 10 bytes and would need 11; delete something first, or raise the quota";
    assert_eq!(set(&store, "k", b"1234", 10).await, Err(refused.into()));
    assert_eq!(get(&store, "k").await.as_deref(), Some(&b"123"[..]));
    assert_eq!(usage(&store).await, 10);
    // Another bucket of the plugin counts too, another plugin does not.
    let (mine, other) = (Bucket::new("notes", ""), Bucket::new("other", ""));
    let write = |bucket| store.set(bucket, String::new(), b"1".to_vec(), 10);
    assert!(matches!(
        write(&mine).await,
        Err(StateError::Quota {
            quota: 10,
            needed: 11,
            ..
        })
    ));
    write(&other).await.expect("its own quota");
    assert_eq!(store.usage("other").await.expect("known"), 1);
}

#[tokio::test]
async fn a_batch_above_the_quota_leaves_nothing() {
    let (_folder, store) = store();
    let entries = || vec![entry("a", "1"), entry("b", "2")];
    let refused = store.set_many(&bucket(), entries(), 15).await;
    assert!(matches!(
        refused,
        Err(StateError::Quota {
            quota: 15,
            needed: 16,
            ..
        })
    ));
    assert_eq!((get(&store, "a").await, usage(&store).await), (None, 0));
    let written = store.set_many(&bucket(), entries(), 16).await;
    written.expect("just fits");
}

#[tokio::test]
async fn below_a_lowered_quota_one_can_clean_up() {
    let (_folder, store) = store();
    assert_eq!(set(&store, "k", &[0; 100], MUCH).await, Ok(()));
    assert!(set(&store, "k", &[0; 101], 10).await.is_err());
    assert_eq!(set(&store, "k", &[0; 100], 10).await, Ok(()));
    assert_eq!(set(&store, "k", &[0; 99], 10).await, Ok(()));
    let delete = store.delete(&bucket(), "k".to_owned());
    delete.await.expect("deleted");
    assert_eq!(set(&store, "k", b"1", 10).await, Ok(()));
}

#[tokio::test]
async fn names_have_limits() {
    let (_folder, store) = store();
    let fits = "k".repeat(KEY_BYTES);
    assert_eq!(set(&store, &fits, b"", MUCH).await, Ok(()));
    let long = format!("{fits}k");
    let refused = "the key has 1025 bytes; at most 1024 are accepted";
    assert_eq!(set(&store, &long, b"", MUCH).await, Err(refused.into()));
    let exists = store.exists(&bucket(), long.clone()).await;
    assert_eq!(exists.expect_err("too long").to_string(), refused);
    let increment = store.increment(&bucket(), long, 1, MUCH).await;
    assert_eq!(increment.expect_err("too long").to_string(), refused);

    let name = "b".repeat(BUCKET_BYTES);
    let list = |name: String| store.list_keys(&Bucket::new("notes", name), None);
    list(name.clone()).await.expect("fits");
    assert_eq!(
        list(name + "b").await.expect_err("too long").to_string(),
        "the bucket's name has 257 bytes; at most 256 are accepted"
    );

    let keys = |count| (0..count).map(|key| key.to_string()).collect();
    let fits = store.delete_many(&bucket(), keys(KEYS_PER_BATCH));
    fits.await.expect("fits");
    let refused = store.delete_many(&bucket(), keys(KEYS_PER_BATCH + 1));
    assert_eq!(
        refused.await.expect_err("too many").to_string(),
        "the operation has 10001 keys; at most 10000 are accepted"
    );
}

#[tokio::test]
async fn keys_are_listed_by_pages_while_others_change() {
    let (_folder, store) = store();
    let key = |number: usize| format!("k{number:04}");
    let entries = (0..2500).rev().map(|number| entry(&key(number), ""));
    let set = store.set_many(&bucket(), entries.collect(), MUCH);
    set.await.expect("written");

    let (mut cursor, mut listed, mut pages) = (None, Vec::new(), Vec::new());
    loop {
        let page = store.list_keys(&bucket(), cursor).await.expect("a page");
        pages.push(page.keys.len());
        // Nothing that is deleted or added before a cursor moves it.
        let delete = store.delete_many(&bucket(), page.keys.clone());
        delete.await.expect("deleted");
        let add = store.set(&bucket(), format!("a{}", pages.len()), Vec::new(), MUCH);
        add.await.expect("added");
        listed.extend(page.keys);
        match page.cursor {
            Some(next) => cursor = Some(next),
            None => break,
        }
    }
    assert_eq!(pages, [1000, 1000, 500]);
    assert_eq!(listed, (0..2500).map(key).collect::<Vec<_>>());
    let rest = store.list_keys(&bucket(), None).await.expect("a page");
    assert_eq!(rest.keys, ["a1", "a2", "a3"]);
}

#[tokio::test]
async fn a_cursor_that_leads_nowhere_is_refused() {
    let (_folder, store) = store();
    let entries = |count| (0..count).map(|key: usize| entry(&format!("{key:04}"), ""));
    let set = store.set_many(&bucket(), entries(1001).collect(), MUCH);
    set.await.expect("written");
    let page = store.list_keys(&bucket(), None).await.expect("a page");
    let cursor = page.cursor.expect("one more key");
    // A value may change without moving a cursor.
    assert_eq!(
        super::tests::set(&store, "1000", b"new", MUCH).await,
        Ok(())
    );
    let last = store.list_keys(&bucket(), Some(cursor)).await;
    assert_eq!(last.expect("a page").keys, ["1000"]);

    let refused = format!(
        "the cursor {cursor} is not one of this bucket, or the key it stood at was deleted; list again from the start"
    );
    for other in [Bucket::new("notes", "b"), Bucket::new("other", "drafts")] {
        let error = store.list_keys(&other, Some(cursor)).await;
        assert_eq!(error.expect_err("not its").to_string(), refused);
    }
    let delete = store.delete(&bucket(), "1000".to_owned());
    delete.await.expect("deleted");
    let error = store.list_keys(&bucket(), Some(cursor)).await;
    assert_eq!(error.expect_err("deleted").to_string(), refused);
}

#[tokio::test]
async fn numbers_are_incremented() {
    let (_folder, store) = store();
    let add = |delta| store.increment(&bucket(), "n".to_owned(), delta, MUCH);
    assert_eq!(add(0).await.expect("absent counts as 0"), 0);
    assert_eq!(add(9).await.expect("added"), 9);
    assert_eq!(add(1).await.expect("added"), 10);
    assert_eq!(get(&store, "n").await.as_deref(), Some(&b"10"[..]));
    assert_eq!(usage(&store).await, 9);
    assert_eq!(set(&store, "n", b"007", MUCH).await, Ok(()));
    assert_eq!(add(1).await.expect("added"), 8);
    assert_eq!(add(u64::MAX - 8).await.expect("just fits"), u64::MAX);
    assert_eq!(
        add(1).await.expect_err("too large").to_string(),
        "key `n` cannot be incremented by 1: the sum would be above 18446744073709551615"
    );
    assert_eq!(get(&store, "n").await, Some(u64::MAX.to_string().into()));
}

#[tokio::test]
async fn what_is_no_number_is_not_incremented() {
    let (_folder, store) = store();
    let long = "x".repeat(100);
    let values = [
        ("", ""),
        ("+1", "+1"),
        ("-1", "-1"),
        ("1.5", "1.5"),
        (" 1", " 1"),
        ("18446744073709551616", "18446744073709551616"),
        ("a\n\u{1}", r"a\n\x01"),
        (&long, "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx…"),
    ];
    for (value, quoted) in values {
        assert_eq!(set(&store, "n", value.as_bytes(), MUCH).await, Ok(()));
        let error = store.increment(&bucket(), "n".to_owned(), 1, MUCH).await;
        assert_eq!(
            error.expect_err("no number").to_string(),
            format!(
                "the value `{quoted}` of key `n` cannot be incremented: it is not a decimal number from 0 to 18446744073709551615"
            )
        );
        assert_eq!(get(&store, "n").await.as_deref(), Some(value.as_bytes()));
    }
}

#[tokio::test]
async fn a_number_counts_against_the_quota() {
    let (_folder, store) = store();
    let add = |delta| store.increment(&bucket(), "n".to_owned(), delta, 8);
    assert_eq!(add(9).await.expect("just fits"), 9);
    assert!(matches!(
        add(1).await,
        Err(StateError::Quota {
            quota: 8,
            needed: 9,
            ..
        })
    ));
    assert_eq!(get(&store, "n").await.as_deref(), Some(&b"9"[..]));
}

#[tokio::test]
async fn removing_a_plugin_gives_the_room_back() {
    let (folder, store) = store();
    let entries = (0..300).map(|key: u32| entry(&key.to_string(), vec![1; 10_000]));
    let set = store.set_many(&bucket(), entries.collect(), MUCH);
    set.await.expect("written");
    let other = Bucket::new("other", "b");
    let kept = store.set(&other, "k".to_owned(), b"v".to_vec(), MUCH);
    kept.await.expect("written");
    let pages = || {
        let file = rusqlite::Connection::open(folder.path().join("state.db")).expect("opened");
        file.pragma_query_value(None, "page_count", |row| row.get::<_, i64>(0))
            .expect("known")
    };
    let before = pages();
    store.remove("notes").await.expect("removed");
    assert!(pages() < before / 10, "{} of {before} pages", pages());
    assert_eq!((usage(&store).await, get(&store, "1").await), (0, None));
    let get = store.get(&other, "k".to_owned(), MUCH);
    assert_eq!(get.await.expect("read"), Some(b"v".to_vec()));
}

#[tokio::test]
async fn an_answer_that_is_dropped_does_nothing() {
    let (_folder, store) = store();
    drop(store.set(&bucket(), "k".to_owned(), b"v".to_vec(), MUCH));
    assert_eq!(get(&store, "k").await, None);
}
