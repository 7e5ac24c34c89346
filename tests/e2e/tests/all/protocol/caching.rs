//! How long clients may keep what they got, as plugins say in `[cache]`.

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

const LISTS: [&str; 4] = [
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
];

/// A home whose `offers` says this in its manifest.
fn home(hints: &str) -> Home {
    let home = Home::empty();
    home.add_folder(&home.plugin("offers", hints), &[]);
    home
}

#[track_caller]
fn assert_hints(result: &Value, ttl: u64, scope: &str) {
    assert_eq!(result["ttlMs"], ttl, "{result}");
    assert_eq!(result["cacheScope"], scope, "{result}");
}

fn read(client: &mut Client) -> Value {
    client.result("resources/read", json!({ "uri": "offers://text" }))
}

#[test]
fn nothing_is_kept_where_nothing_is_said() {
    let home = home("");
    let mut client = Client::modern(&home);
    for method in LISTS {
        assert_hints(&client.result(method, json!({})), 0, "public");
    }
    assert_hints(&client.result("server/discover", json!({})), 0, "public");
    assert_hints(&read(&mut client), 0, "private");
}

#[test]
fn what_a_plugin_says_is_told() {
    let home = home("[cache]\nlists = \"5m\"\nresources = \"1500ms\"\nscope = \"public\"");
    let mut client = Client::modern(&home);
    for method in LISTS {
        assert_hints(&client.result(method, json!({})), 300_000, "public");
    }
    assert_hints(&read(&mut client), 1500, "public");
    // What somebody was called for is nobody else's.
    let called = client.call("locate", json!({ "name": "here" }));
    let got = client.result("prompts/get", json!({ "name": "picture" }));
    for result in [called, got] {
        assert_eq!(
            (result.get("ttlMs"), result.get("cacheScope")),
            (None, None)
        );
    }
}

#[test]
fn a_list_of_several_plugins_is_kept_as_long_as_the_least_of_them_allows() {
    let home = home("[cache]\nlists = \"5m\"\nresources = \"5m\"");
    let mut client = Client::legacy(&home);
    home.add_folder(&home.plugin("probe", "[cache]\nlists = \"7s\""), &[]);
    client.told("notifications/tools/list_changed");
    let mut client = Client::modern(&home);
    assert_hints(&client.result("tools/list", json!({})), 7000, "public");
    // What one of them gave is its own matter.
    assert_hints(&read(&mut client), 300_000, "private");
    home.add("echo", &["--prefix", "echo"]);
    let mut client = Client::modern(&home);
    assert_hints(&client.result("tools/list", json!({})), 0, "public");
}

#[test]
fn legacy_clients_are_told_nothing() {
    let home = home("[cache]\nlists = \"5m\"\nresources = \"5m\"");
    let mut client = Client::legacy(&home);
    for method in LISTS {
        let listed = client.result(method, json!({}));
        assert_eq!(
            (listed.get("ttlMs"), listed.get("cacheScope")),
            (None, None)
        );
    }
    let read = read(&mut client);
    assert_eq!((read.get("ttlMs"), read.get("cacheScope")), (None, None));
}
