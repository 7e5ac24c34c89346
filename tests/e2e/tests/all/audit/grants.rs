//! Changes of what plugins are granted.

use std::fs;

use serde_json::{Value, json};

use super::{awaited, of};
use crate::client::Client;
use crate::home::Home;

const ASKS: &str = "[[http]]\nhost = \"api.example.com\"\nmethods = [\"GET\"]\n\
                    [settings.owner]\ndescription = \"whose\"\n";

fn home() -> Home {
    let home = Home::empty();
    let grants = [
        "--grant",
        "http=api.example.com",
        "--grant",
        "settings.owner=acme",
    ];
    home.add_probe(ASKS, &grants);
    home
}

/// Changes the config at once: a server that looks at it half-written would
/// serve that, and say so.
fn edit(home: &Home, from: &str, to: &str) {
    let config = fs::read_to_string(home.config()).expect("a config");
    assert!(config.contains(from), "{config}");
    let new = home.path("new.toml");
    fs::write(&new, config.replace(from, to)).expect("written");
    fs::rename(&new, home.config()).expect("renamed");
}

#[test]
fn installing_and_removing_are_recorded() {
    let home = home();
    let lines = of(&home, "grant");
    assert_eq!(lines.len(), 1, "{lines:?}");
    let line = &lines[0];
    assert_eq!(
        (&line["principal"], &line["change"], &line["plugin"]),
        (&json!("local"), &json!("added"), &json!("probe"))
    );
    assert_eq!(
        line["granted"],
        json!(["http=api.example.com", "settings.owner=acme"])
    );
    assert_eq!(line["revoked"], json!([]));
    assert_eq!(line["enabled"], true);
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    assert!(lock.contains(line["component"].as_str().expect("a digest")));

    home.run(&["remove", "probe"]).done();
    let lines = of(&home, "grant");
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert_eq!(lines[1]["change"], "removed");
    assert_eq!(lines[1]["principal"], "local");
    assert_eq!(lines[1]["granted"], json!([]));
    assert_eq!(lines[1]["revoked"], line["granted"]);
}

#[test]
fn what_is_not_installed_is_not_recorded() {
    let home = Home::with(&["echo"]);
    let broken = home.made_plugin(
        "[plugin]\nname = \"made\"\nversion = \"0.1.0\"\ndescription = \"d\"\ncomponent = \"made.wasm\"\n",
        b"\0asm\x0d\0\x01\0garbage",
    );
    home.run(&["add", crate::home::path(&broken), "--grant-none"])
        .failed(1);
    home.run(&["remove", "nothing"]).failed(1);
    assert_eq!(of(&home, "grant").len(), 1);
}

#[test]
fn an_edit_is_found_by_one_of_those_who_serve() {
    let home = home();
    let mut servers = [Client::modern(&home), Client::modern(&home)];
    for server in &mut servers {
        server.result("tools/list", json!({}));
    }
    let widened =
        "{ host = \"api.example.com\", methods = [\"GET\"], addresses = [\"10.0.0.0/8\"] }";
    edit(&home, "\"api.example.com\"", widened);
    let is_change = |line: &Value| line["change"] == "changed";
    let line = awaited(&home, is_change);
    assert_eq!(line["principal"], "file", "{line}");
    assert_eq!(
        line["granted"],
        json!(["http=api.example.com methods=GET addresses=10.0.0.0/8"])
    );
    assert_eq!(line["revoked"], json!(["http=api.example.com"]));
    edit(&home, "owner = \"acme\"", "owner = \"other\"");
    awaited(&home, |line| {
        line["granted"] == json!(["settings.owner=other"])
    });
    for server in servers {
        server.close();
    }
    let lines = of(&home, "grant");
    assert_eq!(lines.len(), 3, "each once: {lines:#?}");
}

#[test]
fn installing_beside_a_running_server_is_recorded_once() {
    let home = Home::with(&["echo"]);
    let mut client = Client::legacy(&home);
    home.add("offers", &["--prefix", "o"]);
    client.told("notifications/tools/list_changed");
    home.run(&["remove", "offers"]).done();
    client.told("notifications/tools/list_changed");
    client.close();
    let changes: Vec<Value> = of(&home, "grant")
        .into_iter()
        .map(|line| json!([line["principal"], line["change"], line["plugin"]]))
        .collect();
    assert_eq!(
        changes,
        [
            json!(["local", "added", "echo"]),
            json!(["local", "added", "offers"]),
            json!(["local", "removed", "offers"]),
        ]
    );
}

#[test]
fn an_edit_while_nothing_runs_is_found_at_the_next_start() {
    let home = home();
    edit(&home, "owner = \"acme\"", "owner = \"other\"");
    edit(&home, "[plugins.probe]", "[plugins.probe]\nenabled = false");
    Client::modern(&home).close();
    Client::modern(&home).close();
    let lines = of(&home, "grant");
    assert_eq!(lines.len(), 2, "{lines:#?}");
    assert_eq!(lines[1]["principal"], "file");
    assert_eq!(lines[1]["enabled"], false);
    assert_eq!(lines[1]["granted"], json!(["settings.owner=other"]));
    assert_eq!(lines[1]["revoked"], json!(["settings.owner=acme"]));
}
