//! A store of the plugin's own: what is kept there stays, within its quota and
//! out of others' sight.

use serde_json::{Value, json};

use super::{assert_denied, assert_ok};
use crate::client::{Client, message_of};
use crate::home::Home;

fn home(arguments: &[&str]) -> Home {
    let home = Home::empty();
    let mut all = vec!["--grant", "keyvalue"];
    all.extend(arguments);
    home.add("keeper", &all);
    home
}

fn keep(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": value })
}

fn key(key: &str) -> Value {
    json!({ "key": key })
}

#[test]
fn what_is_kept_is_there_in_the_next_call_and_after_a_restart() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    assert_eq!(client.text("recall", key("a")), "nothing is kept");
    client.text("keep", keep("a", "one"));
    assert_eq!(client.text("recall", key("a")), "one");
    client.text("keep", keep("a", "two"));
    client.text("keep", keep("ä/ \u{1f980}\0", "three"));
    assert_eq!(client.close().code, Some(0));

    let mut client = Client::legacy(&home);
    assert_eq!(client.text("recall", key("a")), "two");
    assert_eq!(client.text("recall", key("ä/ \u{1f980}\0")), "three");
    client.text("forget", key("a"));
    // Forgotten is forgotten, and twice is no error.
    client.text("forget", key("a"));
    assert_eq!(client.text("recall", key("a")), "nothing is kept");
    let read = client.error("resources/read", json!({ "uri": "keeper://a" }));
    assert_eq!(read["code"], -32002, "{read}");
}

#[test]
fn it_survives_a_server_that_is_killed() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    client.text("keep", keep("a", "one"));
    client.kill();
    assert_eq!(Client::modern(&home).text("recall", key("a")), "one");
}

#[test]
fn what_is_not_granted_is_not_kept() {
    let home = Home::with(&["keeper", "echo"]);
    let mut client = Client::modern(&home);
    for (tool, arguments) in [
        ("keep", keep("a", "one")),
        ("recall", key("a")),
        ("keys", json!({})),
        ("increment", json!({ "key": "a", "by": 1 })),
        ("keep_all", json!({ "bucket": "b", "keys": ["a"] })),
    ] {
        let told = client.tool_error(tool, arguments);
        assert!(told.contains("granted no store"), "{tool}: {told}");
    }
    client.assert_answers();
    assert!(!home.data().join("state.db").exists(), "nothing was made");
}

#[test]
fn what_is_granted_and_not_asked_for_is_not_either() {
    let home = Home::empty();
    let folder = home.plugin("keeper", "");
    let manifest = folder.join("plugin.toml");
    let text = std::fs::read_to_string(&manifest).expect("a manifest");
    let (without, _) = text.split_once("[keyvalue]").expect("it asks for one");
    std::fs::write(&manifest, without).expect("written");
    home.add_folder(&folder, &["--grant-none"]);
    let config = std::fs::read_to_string(home.config()).expect("a config");
    let granted = format!("{config}\n[plugins.keeper.grant]\nkeyvalue = true\n");
    std::fs::write(home.config(), granted).expect("written");
    // Not even the plugin is there: the admin has to know what was meant.
    let mut client = Client::modern(&home);
    client.logged(&["`keeper` is not served", "keyvalue"]);
    let error = client.call_error("keep", keep("a", "one"));
    assert_eq!(error["code"], -32602, "{error}");
}

#[test]
fn the_quota_names_what_is_allowed_and_what_is_needed() {
    let home = home(&["--grant", "limits.keyvalue-bytes=1KiB"]);
    let mut client = Client::modern(&home);
    let fill = |key: &str, bytes: usize| json!({ "key": key, "bytes": bytes });
    client.text("fill", fill("a", 900));
    let told = client.tool_error("fill", fill("b", 900));
    assert!(told.contains("`keeper`") && told.contains("1024"), "{told}");
    // The bucket's name and the key count, too.
    let needed = 2 * ("default".len() + 1 + 900);
    assert!(told.contains(&needed.to_string()), "{told}");
    // Nothing was written, and what there was is there.
    assert_eq!(client.text("recall", key("b")), "nothing is kept");
    assert_eq!(client.text("recall", key("a")).len(), 900);
    // What makes room is allowed, and then there is room.
    client.text("fill", fill("a", 10));
    client.text("fill", fill("b", 900));
    let many: Vec<String> = (0..20).map(|number| number.to_string()).collect();
    client.tool_error("keep_all", json!({ "bucket": "many", "keys": many }));
    assert_eq!(
        client.text("keys", json!({ "bucket": "many" })),
        "",
        "all or nothing"
    );
    client.text("forget", key("b"));
    client.text("keep_all", json!({ "bucket": "many", "keys": many }));
}

#[test]
fn the_default_quota_holds_without_a_word() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    let told = client.tool_error("fill", json!({ "key": "a", "bytes": 1 << 20 }));
    assert!(told.contains("1048576"), "{told}");
    client.text("fill", json!({ "key": "a", "bytes": (1 << 20) - 8 }));
}

#[test]
fn no_plugin_sees_what_another_keeps() {
    let home = Home::empty();
    let asks = "[keyvalue]\nreason = \"r\"";
    home.add_probe(
        asks,
        &[
            "--grant",
            "keyvalue",
            "--grant",
            "limits.keyvalue-bytes=100",
        ],
    );
    let other = [
        "--name", "other", "--prefix", "other", "--grant", "keyvalue",
    ];
    home.add_probe(asks, &other);
    let mut client = Client::modern(&home);
    let entry = |value: &str| json!({ "bucket": "b", "key": "a", "value": value });
    let at = |bucket: &str| json!({ "bucket": bucket, "key": "a" });
    assert_ok(&mut client, "store_set", entry("mine"), "kept");
    assert_ok(&mut client, "other_store_get", at("b"), "[] ");
    assert_ok(&mut client, "other_store_get", at("probe/b"), "[] ");
    // One's quota is not the other's.
    assert_denied(&mut client, "store_set", entry(&"x".repeat(100)));
    assert_ok(
        &mut client,
        "other_store_set",
        entry(&"x".repeat(100)),
        "kept",
    );
    assert_ok(&mut client, "store_get", at("b"), "[a] mine");
    // Nor does a bucket see what is in another.
    assert_ok(&mut client, "store_get", at("c"), "[] ");
}

#[test]
fn a_plugin_that_is_removed_leaves_nothing_to_one_of_another_name() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    client.text("keep", keep("a", "one"));
    drop(client);
    home.run(&["remove", "keeper"]).done();
    home.add("keeper", &["--name", "other", "--grant", "keyvalue"]);
    let mut client = Client::modern(&home);
    assert_eq!(client.text("recall", key("a")), "nothing is kept");
}

#[test]
fn a_plugin_that_is_removed_leaves_nothing_to_the_next_of_its_name() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    client.text("keep", keep("a", "one"));
    drop(client);
    home.run(&["remove", "keeper"]).done();
    home.add("keeper", &["--grant", "keyvalue"]);
    let mut client = Client::modern(&home);
    assert_eq!(client.text("recall", key("a")), "nothing is kept");
}

#[test]
fn numbers_are_counted_without_a_loss() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    let add = |by: u64| json!({ "key": "n", "by": by });
    let calls: Vec<Value> = (0..50)
        .map(|_| client.start_call("increment", add(2)))
        .collect();
    for call in &calls {
        client.answer(call);
    }
    assert_eq!(client.text("increment", add(0)), "100");
    assert_eq!(client.text("recall", key("n")), "100");
    let told = client.tool_error("increment", add(u64::MAX));
    assert!(told.contains("18446744073709551615"), "{told}");
    client.text("keep", keep("n", "many"));
    let told = client.tool_error("increment", add(1));
    assert!(told.contains("many") && told.contains("decimal"), "{told}");
}

#[test]
fn keys_are_listed_page_by_page() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    let mut keys: Vec<String> = (0..2500).map(|number| format!("key {number}")).collect();
    client.text("keep_all", json!({ "bucket": "many", "keys": keys }));
    let listed = client.text("keys", json!({ "bucket": "many" }));
    keys.sort();
    assert!(listed.lines().eq(&keys), "{}", listed.lines().count());
    assert_eq!(client.text("keys", json!({})), "", "another bucket");
}

#[test]
fn what_is_too_large_is_refused_by_its_limit() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    let long = "k".repeat(1025);
    let told = client.tool_error("keep", keep(&long, "v"));
    assert!(told.contains("1025") && told.contains("1024"), "{told}");
    client.text("keep", keep(&long[1..], "v"));
    let bucket = json!({ "bucket": "b".repeat(257), "keys": ["a"] });
    let told = client.tool_error("keep_all", bucket);
    assert!(told.contains("257") && told.contains("256"), "{told}");
}

#[test]
fn values_are_resources() {
    let home = home(&[]);
    let mut client = Client::modern(&home);
    client.text("keep", keep("a", "one"));
    let read = client.result("resources/read", json!({ "uri": "keeper://a" }));
    assert_eq!(read["contents"][0]["text"], "one");
    let error = client.error("resources/read", json!({ "uri": "keeper://b" }));
    assert_eq!(error["code"], -32602);
    assert!(message_of(&error).contains("keeper://b"), "{error}");
}

#[test]
fn a_store_that_is_damaged_is_told_without_its_path() {
    let home = home(&[]);
    std::fs::write(
        home.data().join("state.db"),
        "what is no database".repeat(100),
    )
    .expect("written");
    let mut client = Client::modern(&home);
    let told = client.tool_error("keep", keep("a", "one"));
    assert!(
        told.contains("cannot be used") && !told.contains("state.db"),
        "{told}"
    );
    client.logged(&["state.db"]);
}
