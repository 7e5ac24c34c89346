//! What the runtime gives a plugin, as its stand-ins in native tests have it:
//! a store, news of changes, and tasks.

use portcullis_sdk::store::{self, Bucket, Error};
use portcullis_sdk::testing::{self, Change};
use portcullis_sdk::{Value, data, json, plugin};

#[plugin]
mod example {
    use portcullis_sdk::{Json, JsonWithText, Result, changes, store, tasks};

    #[data]
    struct Count {
        count: u64,
    }

    /// Counts.
    #[tool(task, read_only)]
    fn count() -> Result<JsonWithText<Count>> {
        tasks::detach();
        let count = store::default_bucket()?.increment("count", 1)?;
        changes::tools_changed();
        changes::resource_updated("count://now");
        Ok(Json(Count { count }).with_text(format!("{count} times")))
    }

    /// Always a task.
    #[tool(task = "required", extra = r#"{"execution":{"x":1}}"#)]
    fn required() -> JsonWithText<Vec<u8>> {
        Json(vec![1]).with_text("one")
    }

    /// Maybe a task.
    #[tool(task = "optional")]
    fn optional() {}
}

#[test]
fn task_support_is_described() {
    let tools = example::plugin().tools();
    let execution: Vec<&Value> = tools.iter().map(|tool| &tool["execution"]).collect();
    assert_eq!(
        execution,
        [
            &json!({ "taskSupport": "optional" }),
            &json!({ "x": 1, "taskSupport": "required" }),
            &json!({ "taskSupport": "optional" }),
        ]
    );
    assert_eq!(tools[0]["annotations"], json!({ "readOnlyHint": true }));
    assert_eq!(tools[0]["outputSchema"]["required"], json!(["count"]));
}

#[test]
fn what_a_call_does_is_recorded() {
    let plugin = example::plugin();
    assert!(!testing::detached());
    plugin.call_tool("count", json!({})).unwrap();
    let output = plugin.call_tool("count", json!({})).unwrap();
    assert_eq!(output.to_text(), "2 times");
    assert_eq!(output.structured_value(), Some(json!({ "count": 2 })));
    assert!(testing::detached());
    assert!(!testing::detached());
    let once = [Change::Tools, Change::Resource("count://now".to_owned())];
    assert_eq!(testing::changes(), [once.clone(), once].concat());
    assert!(testing::changes().is_empty());
    let output = plugin.call_tool("required", json!({})).unwrap();
    assert_eq!(output.to_text(), "one\n[1]");
}

#[test]
fn every_change_is_told_apart() {
    use portcullis_sdk::changes;

    changes::prompts_changed();
    changes::resources_changed();
    changes::tools_changed();
    assert_eq!(
        testing::changes(),
        [Change::Prompts, Change::Resources, Change::Tools]
    );
}

#[data]
#[derive(Debug, PartialEq)]
struct Note {
    title: String,
}

#[test]
fn a_bucket_keeps_values() {
    let bucket = Bucket::open("notes").unwrap();
    assert_eq!(bucket.get("a"), Ok(None));
    assert_eq!(bucket.exists("a"), Ok(false));
    bucket.set("a", "text").unwrap();
    bucket.set("b", [0xff]).unwrap();
    let note = Note {
        title: "T".to_owned(),
    };
    bucket.set_json("c", &note).unwrap();
    assert_eq!(bucket.get("b"), Ok(Some(vec![0xff])));
    assert_eq!(bucket.get_text("a"), Ok(Some("text".to_owned())));
    assert_eq!(bucket.get_json("c"), Ok(Some(note)));
    assert_eq!(bucket.get_json::<Note>("d"), Ok(None));
    assert_eq!(bucket.exists("a"), Ok(true));
    for unusable in [
        bucket.get_text("b").map(drop),
        bucket.get_json::<Note>("a").map(drop),
    ] {
        assert!(matches!(unusable, Err(Error::Value { .. })), "{unusable:?}");
    }
    bucket.delete("a").unwrap();
    bucket.delete("a").unwrap();
    assert_eq!(bucket.keys(), Ok(vec!["b".to_owned(), "c".to_owned()]));
    let other = store::default_bucket().unwrap();
    assert_eq!(other.keys(), Ok(Vec::new()));
    let same = Bucket::open("notes").unwrap();
    assert_eq!(same.exists("c"), Ok(true));
}

#[test]
fn a_bucket_takes_many_keys_at_once() {
    let bucket = store::default_bucket().unwrap();
    let values = (0..10).map(|number| (format!("k{number}"), vec![number]));
    bucket.set_many(values).unwrap();
    assert_eq!(bucket.keys().unwrap().len(), 10);
    assert_eq!(
        bucket.get_many(["k3", "x", "k1"]),
        Ok(vec![Some(vec![3]), None, Some(vec![1])])
    );
    bucket.delete_many(["k0", "x", "k9"]).unwrap();
    assert_eq!(bucket.keys().unwrap().len(), 8);
}

#[test]
fn a_number_is_counted_up() {
    let bucket = store::default_bucket().unwrap();
    assert_eq!(bucket.increment("n", 2), Ok(2));
    assert_eq!(bucket.increment("n", 3), Ok(5));
    assert!(bucket.increment("n", u64::MAX).is_err());
    assert_eq!(bucket.increment("n", 0), Ok(5));
    bucket.set("text", "x").unwrap();
    assert!(matches!(bucket.increment("text", 1), Err(Error::Failed(_))));
}

#[test]
fn without_a_grant_the_manifest_is_pointed_at() {
    testing::set_store_granted(false);
    assert_eq!(Bucket::open("notes").map(drop), Err(Error::NotGranted));
    let error = example::plugin().call_tool("count", json!({})).unwrap_err();
    assert_eq!(
        error.message(),
        "this plugin was granted no store: its plugin.toml asks for one with `[keyvalue]`, and \
         the admin grants it"
    );
    testing::set_store_granted(true);
    assert!(Bucket::open("notes").is_ok());
}
