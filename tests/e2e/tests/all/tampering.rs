//! What is kept between runs, when somebody else has had a hand in it.

use std::fs;
use std::path::PathBuf;

use serde_json::json;

use crate::client::Client;
use crate::home::{Home, files, plugin_folder};

/// Flips a bit of the byte at `at`.
fn damage(file: &PathBuf, at: usize) {
    let mut bytes = fs::read(file).expect("a file");
    bytes[at] ^= 1;
    fs::write(file, bytes).expect("written");
}

#[test]
fn compiled_code_that_was_tampered_with_is_not_run() {
    let home = Home::compiling(&["echo"]);
    let [artifact] = &home.artifacts()[..] else {
        panic!("one artifact")
    };
    let genuine = fs::read(artifact).expect("a file");
    for at in [0, genuine.len() / 2, genuine.len() - 1] {
        damage(artifact, at);
        let mut client = Client::modern(&home);
        client.assert_answers();
        drop(client);
        assert_eq!(
            fs::read(artifact).expect("a file"),
            genuine,
            "it is compiled anew"
        );
    }
}

#[test]
fn a_forged_key_or_code_for_another_component_is_not_run() {
    let home = Home::compiling(&["echo", "offers"]);
    let all = home.artifacts();
    let [first, second] = &all[..] else {
        panic!("two artifacts")
    };
    let mac = |code: &PathBuf| {
        let sibling = files(&home.data().join("cache"))
            .into_iter()
            .find(|file| file != code && file.file_stem() == code.file_stem());
        sibling.expect("each artifact has its authentication beside it")
    };
    // Genuine code under the wrong component's name.
    let kept = [
        fs::read(first).expect("read"),
        fs::read(second).expect("read"),
    ];
    fs::copy(first, second).expect("copied");
    fs::copy(mac(first), mac(second)).expect("copied");
    let mut client = Client::modern(&home);
    client.assert_answers();
    assert_eq!(
        client.call("locate", json!({ "name": "abc" }))["structuredContent"]["latitude"],
        3.0
    );
    drop(client);
    assert_eq!(
        [
            fs::read(first).expect("read"),
            fs::read(second).expect("read")
        ],
        kept
    );
}

#[cfg(unix)]
#[test]
fn the_cache_is_the_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;

    let home = Home::compiling(&["echo"]);
    let cache = home.data().join("cache");
    let mode = |file: &PathBuf| {
        fs::metadata(file)
            .expect("it is there")
            .permissions()
            .mode()
            & 0o077
    };
    assert_eq!(mode(&cache), 0);
    for file in files(&cache) {
        assert_eq!(mode(&file), 0, "{}", file.display());
    }
}

#[test]
fn a_cache_that_is_gone_is_made_again() {
    let home = Home::compiling(&["echo"]);
    fs::remove_dir_all(home.data().join("cache")).expect("removed");
    let mut client = Client::modern(&home);
    client.assert_answers();
    assert_eq!(home.artifacts().len(), 1);
}

#[test]
fn what_a_killed_process_left_in_the_cache_is_cleared_away() {
    let home = Home::compiling(&["echo"]);
    let left = ["old", "new"].map(|name| home.data().join("cache").join(format!(".tmp{name}")));
    for file in &left {
        fs::write(file, "half of somethi").expect("written");
    }
    let old = fs::File::options().append(true).open(&left[0]);
    let day = std::time::Duration::from_secs(24 * 3600);
    let modified = old
        .expect("open")
        .set_modified(std::time::SystemTime::now() - day);
    modified.expect("set");
    home.add("offers", &[]);
    assert!(!left[0].exists(), "whoever wrote it is gone");
    assert!(left[1].exists(), "somebody may still be writing it");
}

#[test]
fn a_component_that_was_tampered_with_is_refused() {
    let home = Home::compiling(&["echo", "offers"]);
    let size = fs::metadata(plugin_folder("echo").join("echo.wasm"))
        .expect("built")
        .len();
    let stored = files(&home.data().join("store"))
        .into_iter()
        .find(|file| fs::metadata(file).is_ok_and(|file| file.len() == size));
    damage(&stored.expect("the component is in the store"), 100);
    fs::remove_dir_all(home.data().join("cache")).expect("removed");
    let mut client = Client::modern(&home);
    let error = client.call_error("echo", json!({ "text": "a" }));
    let message = error["message"].as_str().expect("a message");
    assert!(message.contains("`echo`"), "{message}");
    assert_eq!(
        message.matches("blake3:").count(),
        2,
        "both digests: {message}"
    );
    assert_eq!(
        client.call("locate", json!({ "name": "abc" }))["structuredContent"]["latitude"],
        3.0
    );
}

#[test]
fn a_manifest_that_was_tampered_with_is_refused() {
    let home = Home::compiling(&["echo", "offers"]);
    let manifests: Vec<_> = files(&home.data().join("store"))
        .into_iter()
        .filter(|file| fs::read_to_string(file).is_ok_and(|text| text.contains("name = \"echo\"")))
        .collect();
    let [manifest] = &manifests[..] else {
        panic!("one manifest of echo")
    };
    let text = fs::read_to_string(manifest).expect("text");
    fs::write(
        manifest,
        format!("{text}\n[[http]]\nhost = \"evil.example\"\n"),
    )
    .expect("written");
    let mut client = Client::modern(&home);
    assert_eq!(
        client.call_error("echo", json!({ "text": "a" }))["code"],
        -32602,
        "it is not served"
    );
    assert!(client.call("locate", json!({ "name": "abc" }))["structuredContent"].is_object());
    let ended = client.close();
    assert_eq!(
        ended
            .stderr
            .lines()
            .find(|line| line.contains("`echo`"))
            .map_or(0, |line| line.matches("blake3:").count()),
        2,
        "{}",
        ended.stderr
    );
}

#[test]
fn a_digest_that_differs_from_the_lock_is_refused() {
    let home = Home::compiling(&["echo", "offers"]);
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    let table: toml::Table = lock.parse().expect("TOML");
    let find = |name: &str| {
        let plugin = table.values().find_map(|value| value.get(name));
        plugin
            .and_then(|plugin| plugin["component"].as_str())
            .expect("a digest")
            .to_owned()
    };
    let (echo, offers) = (find("echo"), find("offers"));
    fs::write(home.lock(), lock.replace(&echo, &offers)).expect("written");
    fs::remove_dir_all(home.data().join("cache")).expect("removed");
    let mut client = Client::modern(&home);
    // Whatever the lock says is run under it, so echo's tools are not there.
    let answer = client.request(
        "tools/call",
        json!({ "name": "echo", "arguments": { "text": "a" } }),
    );
    assert!(answer.get("error").is_some(), "{answer}");
}
