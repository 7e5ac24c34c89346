//! Grants.

use super::{assert_says, refused_grant};
use crate::home::{Home, path};

#[test]
fn a_grant_for_something_never_requested() {
    for (flag, parts) in [
        ("http=a.example", ["a.example", "http"]),
        ("filesystem.docs=/tmp", ["docs", "filesystem"]),
        ("keyvalue", ["keyvalue", "it asks for nothing of the kind"]),
        ("settings.owner=acme", ["owner", "settings"]),
        ("secrets.token=env:HOME", ["token", "secrets"]),
    ] {
        let stderr = refused_grant("", &["--grant", flag]);
        assert_says(&stderr, &parts);
        assert_says(&stderr, &["`probe`"]);
    }
    let requests = "[[http]]\nhost = \"a.example\"\n[settings.owner]\ndescription = \"x\"\n";
    let stderr = refused_grant(requests, &["--grant", "http=b.example"]);
    assert_says(&stderr, &["b.example", "a.example"]);
    let stderr = refused_grant(requests, &["--grant", "settings.other=1"]);
    assert_says(&stderr, &["other", "owner"]);
}

#[test]
fn a_grant_that_is_none() {
    for (flag, part) in [
        ("everything", "everything"),
        ("network=all", "network"),
        ("limits.stack=1MiB", "stack"),
        ("limits.memory=lots", "lots"),
        ("keyvalue=true", "keyvalue"),
        ("http=https://a.example/path", "https://a.example/path"),
    ] {
        let stderr = refused_grant("", &["--grant", flag]);
        assert_says(&stderr, &[part, "accepted: "]);
    }
}

#[test]
fn a_secret_instead_of_its_source_is_not_repeated() {
    let requests = "[[http]]\nhost = \"a.example\"\n[secrets.token]\ndescription = \"x\"\n\
                    http = { host = \"a.example\", header = \"authorization\", format = \"Bearer {}\" }\n";
    let home = Home::empty();
    let folder = home.plugin("probe", requests);
    let stderr = home
        .run(&[
            "add",
            path(&folder),
            "--grant",
            "secrets.token=ghp_0123456789",
        ])
        .failed(1);
    assert_says(&stderr, &["env:VARIABLE", "file:PATH"]);
}

#[test]
fn a_granted_folder_that_is_not_there() {
    let requests = "[[filesystem]]\nname = \"docs\"\n";
    let stderr = refused_grant(requests, &["--grant", "filesystem.docs=/no/such/folder"]);
    assert_says(&stderr, &["`probe`", "/no/such/folder"]);
}

#[test]
fn a_required_setting_without_a_value() {
    let requests = "[settings.owner]\ndescription = \"whose\"\nrequired = true\n";
    let stderr = refused_grant(requests, &["--grant", "limits.memory=32MiB"]);
    assert_says(&stderr, &["owner"]);
}

#[test]
fn requests_without_grants_and_without_a_terminal() {
    let requests = "[[http]]\nhost = \"api.example.com\"\nreason = \"the API\"\n\
                    [[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n\
                    [keyvalue]\nreason = \"remembers\"\n\
                    [settings.owner]\ndescription = \"whose\"\nrequired = true\n";
    let stderr = refused_grant(requests, &[]);
    assert_says(
        &stderr,
        &[
            "`probe`",
            "the API",
            "portcullis add",
            "--grant http=api.example.com",
            "a key-value store of its own",
            "--grant filesystem.docs=PATH",
            "--grant keyvalue",
            "--grant settings.owner=VALUE",
        ],
    );
}

#[test]
fn the_printed_flags_install_the_plugin() {
    let requests =
        "[[http]]\nhost = \"api.example.com\"\n[keyvalue]\n[limits]\nmemory = \"128MiB\"\n";
    let home = Home::empty();
    let folder = home.plugin("probe", requests);
    let stderr = home.run(&["add", path(&folder)]).failed(1);
    let line = stderr
        .lines()
        .find(|line| line.trim_start().starts_with("portcullis add"));
    let words: Vec<&str> = line
        .expect("a command")
        .split_whitespace()
        .skip(1)
        .collect();
    let stdout = home.run(&words).done();
    assert!(stdout.starts_with("added probe 0.1.0"), "{stdout}");
}
