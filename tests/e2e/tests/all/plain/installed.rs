//! Installing a component that came without a manifest, and what is made for it.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::client::Client;
use crate::home::{Home, files, path, plugin_folder};

/// A guest's component in a file of this name.
fn component(home: &Home, guest: &str, name: &str) -> PathBuf {
    let component = home.path(name);
    let built = plugin_folder(guest).join(format!("{guest}.wasm"));
    fs::copy(built, &component).expect("it is built");
    component
}

#[test]
fn a_file_is_enough() {
    let home = Home::empty();
    let file = component(&home, "plain", "My_Things.v2.wasm");
    let added = home
        .run(&["add", path(&file), "--grant-none", "--json"])
        .json();
    assert_eq!(added["added"], "my-things-v2");
    assert_eq!(added["version"], "0.0.0");
    assert_eq!(added["tools"], 41);
    let left_out = added["left_out"].as_array().expect("functions");
    assert_eq!(left_out.len(), 4);
    assert_eq!(
        left_out[3],
        json!({
            "function": "demo:plain/handles@1.2.0.look",
            "reason": "its parameter `counters` has resource `counter`, which does not outlive a call",
        })
    );
    // It is as any other plugin from here.
    let mut client = Client::modern(&home);
    let result = client.call("add", json!({ "a": 1, "b": 2 }));
    assert_eq!(result["structuredContent"], json!({ "result": 3 }));
    home.run(&["verify"]).done();
    home.run(&["remove", "my-things-v2"]).done();
}

#[test]
fn what_its_imports_would_let_it_use_is_asked_for() {
    let home = Home::empty();
    let file = component(&home, "plain", "plain.wasm");
    let stderr = home.run(&["add", path(&file)]).failed(1);
    for words in [
        "asks for what is not granted",
        "any hosts that you name",
        "read-write any directories that you name",
        "--grant http=HOST --grant filesystem.NAME=PATH",
        "--grant-none",
    ] {
        assert!(stderr.contains(words), "{words}: {stderr}");
    }
    assert!(!home.config().exists());
    // All that it asks for is for the admin to name.
    home.run(&["add", path(&file), "--grant-all"]).failed(1);
    let docs = home.folder("docs");
    let (host, docs) = ("http=api.example.com", format!("filesystem.docs={docs}"));
    home.run(&["add", path(&file), "--grant", host, "--grant", &docs])
        .done();
    let inspected = home.run(&["inspect", "plain", "--json"]).json();
    let granted = inspected["granted"].to_string();
    assert!(granted.contains("api.example.com"), "{granted}");
    // What it does not import cannot be granted.
    let stderr = home
        .run(&[
            "add",
            path(&file),
            "--name",
            "other",
            "--prefix",
            "o",
            "--grant",
            "keyvalue",
        ])
        .failed(1);
    assert!(stderr.contains("keyvalue"), "{stderr}");
}

#[test]
fn the_manifest_is_shown_before_and_kept_after() {
    let home = Home::empty();
    let file = component(&home, "plain", "plain.wasm");
    let shown = home.run(&["inspect", path(&file), "--manifest"]).done();
    for words in [
        "name = \"plain\"  # from the name of the file",
        "version = \"0.0.0\"  # the component states none",
        "component = \"plain.wasm\"",
        "[[http]]\nhost = \"*\"",
        "[[filesystem]]\nname = \"*\"",
        "# It imports wasi:sockets",
    ] {
        assert!(shown.contains(words), "{words}: {shown}");
    }
    home.run(&["add", path(&file), "--grant-none"]).done();
    let kept = files(&home.data().join("store"));
    let kept = kept.iter().map(|file| fs::read(file).expect("a file"));
    assert!(kept.into_iter().any(|bytes| bytes == shown.as_bytes()));
    // As it stands it can be the beginning of one's own.
    fs::write(home.path("plugin.toml"), shown).expect("written");
    let folder = home.path("");
    home.run(&[
        "add",
        path(&folder),
        "--name",
        "own",
        "--prefix",
        "own",
        "--grant-none",
    ])
    .done();
    // Before it is installed, what it offers and would ask for is shown.
    let inspected = home.run(&["inspect", path(&file), "--json"]).json();
    assert_eq!(inspected["functions"][0], "add");
    assert_eq!(inspected["requests"][0]["kind"], "http");
    assert_eq!(inspected["left_out"].as_array().map(Vec::len), Some(4));
}

#[test]
fn a_manifest_of_ones_own_rules() {
    let home = Home::with(&["plain"]);
    let inspected = home.run(&["inspect", "plain", "--json"]).json();
    assert_eq!(inspected["version"], "0.1.0");
    assert_eq!(inspected["requests"], json!([]));
    let stderr = home
        .run(&[
            "add",
            path(&plugin_folder("plain")),
            "--name",
            "other",
            "--grant",
            "http=api.example.com",
        ])
        .failed(1);
    assert!(stderr.contains("does not ask for"), "{stderr}");
}

#[test]
fn a_plugin_of_the_contract_needs_its_manifest() {
    let home = Home::empty();
    let file = component(&home, "echo", "echo.wasm");
    let stderr = home.run(&["add", path(&file)]).failed(1);
    assert!(stderr.contains("portcullis:plugin/tools@0.1.0"), "{stderr}");
    assert!(stderr.contains("plugin.toml"), "{stderr}");
}

#[test]
fn what_it_offers_is_read_again_where_it_was_lost() {
    let home = Home::with(&["plain"]);
    fs::remove_dir_all(home.data().join("descriptions")).expect("removed");
    let mut client = Client::modern(&home);
    let result = client.call("add", json!({ "a": 1, "b": 2 }));
    assert_eq!(result["structuredContent"], json!({ "result": 3 }));
}

#[test]
fn a_component_that_begins_with_more_than_it_may_have() {
    let home = Home::empty();
    // 80 MiB when it begins.
    let text = r#"(component
        (core module $m (memory 1280) (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "f" (func $f)))"#;
    let file = home.path("large.wasm");
    fs::write(&file, wat::parse_str(text).expect("a component")).expect("written");
    let stderr = home.run(&["add", path(&file)]).failed(1);
    assert!(stderr.contains("--grant limits.memory=160MiB"), "{stderr}");
    let stderr = home.run(&["add", path(&file), "--grant-none"]).failed(1);
    assert!(
        stderr.contains("reached its memory limit (64 MiB)"),
        "{stderr}"
    );
    home.run(&["add", path(&file), "--grant-all"]).done();
    let called = home.run(&["call", "f", "{}", "--json"]).json();
    assert_eq!(called["isError"], false, "{called}");
}
