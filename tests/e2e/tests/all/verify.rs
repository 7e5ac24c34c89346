//! `portcullis verify`: what is whole passes, and what is not is named, with
//! the file and with what to do.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::{Home, files, path, plugin_folder};

/// A home with a plugin that is granted a directory, one that keeps a value, and
/// one more.
fn home() -> Home {
    let home = Home::compiling(&["echo"]);
    let docs = format!("filesystem.docs={}", home.folder("docs"));
    home.add_probe(
        "[[filesystem]]\nname = \"docs\"\n",
        &["--grant", &docs, "--prefix", "p"],
    );
    home.add("keeper", &["--grant", "keyvalue"]);
    home.run(&["call", "keep", r#"{"key":"a","value":"one"}"#])
        .done();
    home
}

/// What was found: each with its plugin, its file and its message.
fn verified(home: &Home, code: i32) -> (Vec<Value>, Vec<Value>) {
    let before = everything(home);
    let ran = home.run(&["verify", "--json"]);
    assert_eq!(ran.code, code, "{}{}", ran.stdout, ran.stderr);
    assert!(everything(home) == before, "nothing is changed");
    let found: Value = serde_json::from_str(&ran.stdout).expect("JSON");
    let list = |name: &str| found[name].as_array().expect("a list").clone();
    (list("problems"), list("notes"))
}

/// The one problem there is: of this plugin, and in this file.
#[track_caller]
fn only_problem(home: &Home, plugin: Option<&str>, file: &Path) -> String {
    let (problems, _) = verified(home, 1);
    let [problem] = &problems[..] else {
        panic!("one problem: {problems:?}")
    };
    assert_eq!(problem["plugin"], json!(plugin), "{problem}");
    assert_eq!(problem["path"], path(file), "{problem}");
    let message = problem["message"].as_str().expect("a message").to_owned();
    // What people are told says all of it.
    let ran = home.run(&["verify"]);
    assert!(ran.stdout.contains(path(file)), "{}", ran.stdout);
    assert!(ran.stdout.contains(&message), "{}", ran.stdout);
    assert!(ran.stdout.contains("1 problem"), "{}", ran.stdout);
    message
}

/// All files of a home, with what is in them. The index of SQLite's log is left
/// out, which is memory that processes share.
fn everything(home: &Home) -> Vec<(PathBuf, Vec<u8>)> {
    fn collect(folder: &Path, found: &mut Vec<(PathBuf, Vec<u8>)>) {
        for file in files(folder) {
            if file.is_dir() {
                collect(&file, found);
            } else if !path(&file).ends_with("-shm") {
                found.push((file.clone(), fs::read(&file).expect("read")));
            }
        }
    }
    let mut found = Vec::new();
    collect(&home.path(""), &mut found);
    found
}

/// Flips a bit of the byte at `at`.
fn damage(file: &Path, at: usize) {
    let mut bytes = fs::read(file).expect("a file");
    bytes[at] ^= 1;
    fs::write(file, bytes).expect("written");
}

/// What the lock file says of a plugin.
fn locked(home: &Home, plugin: &str, what: &str) -> String {
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    let lock: toml::Table = lock.parse().expect("TOML");
    let text = lock["plugins"][plugin][what].as_str().expect("text");
    text.to_owned()
}

/// The stored file of a plugin.
fn stored(home: &Home, plugin: &str, what: &str) -> PathBuf {
    let digest = locked(home, plugin, what);
    let digest = digest.strip_prefix("blake3:").expect("a digest");
    home.data().join("store").join(digest)
}

/// Changes the text of a file.
fn edit(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("text");
    assert!(text.contains(from), "{text}");
    fs::write(file, text.replacen(from, to, 1)).expect("written");
}

#[test]
fn what_is_as_it_was_installed_passes() {
    let home = Home::compiling(&[]);
    let clean = |plugins: &str| format!("{plugins}: all is as it was installed\n");
    assert_eq!(home.run(&["verify"]).done(), clean("0 plugins"));
    assert_eq!(files(&home.data()).len(), 0, "nothing is made");
    let home = self::home();
    assert_eq!(home.run(&["verify"]).done(), clean("3 plugins"));
    assert_eq!(verified(&home, 0), (vec![], vec![]));
}

#[test]
fn it_passes_while_it_is_served_and_after_the_server_was_killed() {
    let home = home();
    let mut client = Client::modern(&home);
    client.text("keep", json!({ "key": "b", "value": "two" }));
    assert_eq!(home.run(&["verify"]).code, 0);
    client.kill();
    assert!(
        home.data().join("state.db-wal").exists(),
        "the log is still to be worked in"
    );
    // Nor does that do it: see `verified`.
    let (problems, _) = verified(&home, 0);
    assert_eq!(problems, [] as [Value; 0]);
}

#[test]
fn a_changed_component_or_manifest_is_named_with_both_digests() {
    for what in ["component", "manifest"] {
        let home = home();
        let file = stored(&home, "echo", what);
        damage(&file, 20);
        let message = only_problem(&home, Some("echo"), &file);
        assert!(message.contains(&locked(&home, "echo", what)), "{message}");
        assert_eq!(message.matches("blake3:").count(), 2, "{message}");
        assert!(message.contains("portcullis remove echo"), "{message}");
    }
}

#[test]
fn a_missing_component_or_manifest_is_named() {
    for what in ["component", "manifest"] {
        let home = home();
        let file = stored(&home, "echo", what);
        fs::remove_file(&file).expect("removed");
        let message = only_problem(&home, Some("echo"), &file);
        assert!(message.contains("portcullis remove echo"), "{message}");
    }
}

#[test]
fn whatever_is_changed_in_the_lock_file_is_named() {
    for what in ["component", "manifest", "request", "version"] {
        let home = home();
        let value = locked(&home, "echo", what);
        let at = value.len() - 1;
        let digit = if value.ends_with('1') { "2" } else { "1" };
        let lock = fs::read_to_string(home.lock()).expect("a lock file");
        let (before, echo) = lock.split_once("[plugins.echo]").expect("it is there");
        let echo = echo.replacen(&value, &format!("{}{digit}", &value[..at]), 1);
        fs::write(home.lock(), format!("{before}[plugins.echo]{echo}")).expect("written");
        let (problems, _) = verified(&home, 1);
        assert_eq!(problems.len(), 1, "{what}: {problems:?}");
        assert_eq!(problems[0]["plugin"], "echo", "{what}: {problems:?}");
    }
    // What is no lock file any more, and one that is gone.
    let home = home();
    edit(&home.lock(), "blake3:", "blake2:");
    let message = only_problem(&home, None, &home.lock());
    assert!(message.contains("accepted: "), "{message}");
    fs::remove_file(home.lock()).expect("removed");
    let (problems, _) = verified(&home, 1);
    let plugins: Vec<_> = problems.iter().map(|it| it["plugin"].clone()).collect();
    assert_eq!(plugins, ["echo", "keeper", "probe"]);
}

#[test]
fn what_is_asked_for_is_what_was_agreed_to() {
    let home = home();
    let (agreed, other) = (
        locked(&home, "echo", "request"),
        locked(&home, "keeper", "request"),
    );
    edit(&home.lock(), &agreed, &other);
    let message = only_problem(&home, Some("echo"), &home.lock());
    for part in [&*agreed, &*other, "portcullis remove echo"] {
        assert!(message.contains(part), "`{part}`: {message}");
    }
    // Nor is it served.
    let mut client = Client::modern(&home);
    let error = client.call_error("echo", json!({ "text": "a" }));
    assert_eq!(error["code"], -32602, "{error}");
    client.logged(&["`echo` is not served", &agreed]);
}

#[test]
fn a_config_that_is_wrong_is_named() {
    let home = home();
    home.configure("[server]\nnonsense = 1\n");
    let message = only_problem(&home, None, &home.config());
    assert!(message.contains("portcullis.toml:2:1"), "{message}");
    assert!(message.contains("no plugin was checked"), "{message}");
}

#[test]
fn a_grant_that_does_not_fit_is_named() {
    let home = home();
    edit(
        &home.config(),
        "[plugins.keeper.grant]",
        "[plugins.keeper.grant]\nhttp = [\"example.com\"]",
    );
    let message = only_problem(&home, Some("keeper"), &home.config());
    assert!(message.contains("example.com"), "{message}");
}

#[test]
fn a_granted_directory_that_is_gone_is_named() {
    let home = home();
    fs::remove_dir(home.path("docs")).expect("removed");
    let message = only_problem(&home, Some("probe"), &home.path("docs"));
    assert!(message.contains("filesystem `docs`"), "{message}");
    assert!(message.contains("make it"), "{message}");
}

#[test]
fn two_plugins_that_offer_the_same_are_named() {
    let home = home();
    let arguments = ["--name", "other", "--prefix", "other"];
    home.add("echo", &arguments);
    edit(&home.config(), "prefix = \"other\"\n", "");
    let message = only_problem(&home, Some("other"), &home.config());
    assert!(message.contains("`echo`"), "{message}");
}

#[test]
fn what_a_plugin_offers_can_be_read() {
    let home = home();
    let digest = locked(&home, "echo", "component");
    let digest = digest.strip_prefix("blake3:").expect("a digest");
    let kept = files(&home.data().join("descriptions"));
    let of_echo = |file: &&PathBuf| path(file).contains(digest);
    let file = kept.iter().find(of_echo).expect("it is kept");
    damage(file, 0);
    let message = only_problem(&home, Some("echo"), file);
    assert!(message.contains("delete it"), "{message}");
    fs::remove_file(file).expect("removed");
    let (_, notes) = verified(&home, 0);
    assert_eq!(notes[0]["path"], path(file), "{notes:?}");
    assert!(!file.exists(), "no plugin was asked");
}

#[test]
fn compiled_code_that_was_changed_is_named() {
    let home = Home::compiling(&["echo"]);
    let [code] = &home.artifacts()[..] else {
        panic!("one artifact")
    };
    for at in [0, fs::metadata(code).expect("there").len() as usize / 2] {
        damage(code, at);
        let message = only_problem(&home, None, code);
        assert!(message.contains("never run"), "{message}");
        damage(code, at);
        assert_eq!(verified(&home, 0), (vec![], vec![]));
    }
    // With another key all of it is another's.
    let key = home.data().join("cache/key");
    damage(&key, 0);
    only_problem(&home, None, code);
    fs::write(&key, "short").expect("written");
    let (problems, _) = verified(&home, 1);
    let paths: Vec<_> = problems.iter().map(|it| it["path"].clone()).collect();
    assert!(paths.contains(&json!(path(&key))), "{problems:?}");
    // Without one, too; and none is made.
    fs::remove_file(&key).expect("removed");
    only_problem(&home, None, code);
    assert!(!key.exists());
}

#[test]
fn a_state_that_is_damaged_is_named() {
    let home = home();
    let file = home.data().join("state.db");
    // The header, the first table's page, and the size of a later page's cells.
    for at in [0, 100, 4096, 8192 + 5] {
        damage(&file, at);
        let message = only_problem(&home, None, &file);
        assert!(message.contains("move it away"), "{message}");
        damage(&file, at);
        assert_eq!(verified(&home, 0), (vec![], vec![]));
    }
}

#[test]
fn what_a_killed_process_left_is_no_problem() {
    let home = home();
    let left = [
        home.path(".portcullis-abc123.tmp"),
        home.data().join("store/.portcullis-abc123.tmp"),
        home.data().join("store").join("0".repeat(64)),
        home.data().join("descriptions/.portcullis-abc123.tmp"),
        home.data().join("cache/.tmpabc123"),
        home.data()
            .join("cache")
            .join(format!("{}.cwasm", "0".repeat(64))),
    ];
    for file in &left {
        fs::write(file, "half of somethi").expect("written");
    }
    let (problems, notes) = verified(&home, 0);
    assert_eq!(problems, [] as [Value; 0]);
    for file in &left {
        let noted = notes.iter().find(|note| note["path"] == path(file));
        let message = noted.map_or_else(String::new, |note| note["message"].to_string());
        assert!(message.contains("delete"), "{}: {message}", file.display());
    }
    assert_eq!(notes.len(), left.len());
    Client::modern(&home).assert_answers();
}

#[test]
fn a_plugin_that_the_lock_file_alone_names_is_no_problem() {
    let home = home();
    let config = fs::read_to_string(home.config()).expect("a config");
    let at = config.find("[plugins.keeper]").expect("the last");
    fs::write(home.config(), &config[..at]).expect("written");
    let (problems, notes) = verified(&home, 0);
    assert_eq!(problems, [] as [Value; 0]);
    let [locked, kept] = &notes[..] else {
        panic!("the lock file and the state: {notes:?}")
    };
    assert_eq!(
        (&locked["plugin"], &locked["path"]),
        (&json!("keeper"), &json!(path(&home.lock())))
    );
    assert_eq!(kept["path"], path(&home.data().join("state.db")));
    for note in &notes {
        let message = note["message"].as_str().expect("a message");
        assert!(message.contains("portcullis remove keeper"), "{message}");
    }
    // The next of its name does not see what it kept, unless the admin says so.
    let folder = plugin_folder("keeper");
    let add = ["add", path(&folder), "--grant", "keyvalue"];
    let refused = home.run(&add).failed(1);
    for part in ["`keeper`", "portcullis remove keeper", "--keep-values"] {
        assert!(refused.contains(part), "`{part}`: {refused}");
    }
    let recall = || Client::modern(&home).text("recall", json!({ "key": "a" }));
    home.run(&[&add[..], &["--keep-values"]].concat()).done();
    assert_eq!(recall(), "one");
    fs::write(home.config(), &config[..at]).expect("written");
    home.run(&["remove", "keeper"]).done();
    assert_eq!(verified(&home, 0), (vec![], vec![]));
    home.run(&add).done();
    assert_eq!(recall(), "nothing is kept");
    // What was never there cannot be removed.
    let refused = home.run(&["remove", "nobody"]).failed(1);
    assert!(refused.contains("`nobody`"), "{refused}");
}
