//! Folders, names, the config, the lock file and the command line.

use std::fs;

use super::assert_says;
use crate::client::Client;
use crate::home::{Home, path, plugin_folder};

#[test]
fn a_folder_that_is_not_there() {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    let stderr = home.run(&["add", "no/such/folder"]).failed(1);
    assert_says(&stderr, &["no folder", "no/such/folder"]);
    assert_eq!(home.installed(), before);
}

#[test]
fn names_that_are_none() {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    let folder = plugin_folder("probe");
    for (flags, part) in [
        (["--name", "Not A Name"], "Not A Name"),
        (["--prefix", "not a prefix"], "not a prefix"),
        (["--name", "../escape"], "../escape"),
    ] {
        let arguments = [&["add", path(&folder), "--grant-none"], &flags[..]].concat();
        let stderr = home.run(&arguments).failed(1);
        assert_says(&stderr, &[part, "accepted: "]);
    }
    assert_eq!(home.installed(), before);
}

#[test]
fn a_plugin_that_is_there_already() {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    let stderr = home
        .run(&["add", path(&plugin_folder("echo")), "--grant-none"])
        .failed(1);
    assert_says(&stderr, &["echo", "already"]);
    assert_eq!(home.installed(), before);
}

#[test]
fn a_plugin_that_is_not_there() {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    assert_says(&home.run(&["remove", "ecco"]).failed(1), &["ecco", "echo"]);
    assert_says(&home.run(&["inspect", "ecco"]).failed(1), &["ecco", "echo"]);
    assert_eq!(home.installed(), before);
}

#[test]
fn a_config_that_is_wrong_is_told_by_every_verb() {
    let home = Home::with(&["echo"]);
    home.configure("[server]\nmax-inflight = 3\n");
    let before = home.installed();
    for arguments in [
        &["list"][..],
        &["serve"],
        &["call", "echo", "{}"],
        &["inspect", "echo"],
        &["remove", "echo"],
        &["add", path(&plugin_folder("probe")), "--grant-none"],
    ] {
        let stderr = home.run(arguments).failed(1);
        assert_says(
            &stderr,
            &["portcullis.toml:2:1", "max-inflight", "max-in-flight"],
        );
    }
    assert_eq!(home.installed(), before);
}

#[test]
fn a_lock_file_that_is_wrong() {
    let home = Home::with(&["echo"]);
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    fs::write(
        home.lock(),
        lock.replace("component = \"", "component = \"x"),
    )
    .expect("written");
    assert_says(
        &home.run(&["list"]).failed(1),
        &["portcullis.lock:", "component"],
    );
}

#[test]
fn a_command_line_that_is_wrong_ends_with_2() {
    let home = Home::empty();
    for arguments in [&["frobnicate"][..], &["add"], &["list", "--colour"], &[]] {
        let ran = home.run(arguments);
        assert_eq!(ran.code, 2, "{arguments:?}: {}", ran.stderr);
        assert!(ran.stderr.contains("Usage:"), "{}", ran.stderr);
    }
    assert!(!home.config().exists() && !home.data().exists());
}

#[test]
fn one_plugin_that_cannot_be_served_leaves_the_others_alone() {
    let home = Home::with(&["echo", "everything"]);
    let config = fs::read_to_string(home.config()).expect("a config");
    fs::write(
        home.config(),
        format!("{config}\n[plugins.gone]\nsource = \"gone\"\n"),
    )
    .expect("written");
    let mut client = Client::modern(&home);
    client.assert_answers();
    let ended = client.close();
    assert_says(&ended.stderr, &["`gone`", "lock file", "portcullis add"]);
    let listed = home.run(&["list", "--json"]).json();
    let gone = listed
        .as_array()
        .and_then(|all| all.iter().find(|plugin| plugin["name"] == "gone"));
    assert_says(
        gone.and_then(|gone| gone["problem"].as_str())
            .expect("a problem"),
        &["lock file"],
    );
}
