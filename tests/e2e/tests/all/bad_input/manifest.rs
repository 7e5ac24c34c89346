//! Manifests.

use super::{MANIFEST, assert_says, empty_component, refused, refused_grant, refused_manifest};
use crate::home::Home;

#[test]
fn a_manifest_with_an_unknown_field() {
    let stderr = refused_manifest("colour = \"red\"\n");
    assert_says(
        &stderr,
        &[
            "[home]/plugins/made/plugin.toml:6:1",
            "`colour`",
            "accepted: ",
            "version",
        ],
    );
}

#[test]
fn a_manifest_with_a_field_that_is_nearly_right() {
    let stderr = refused_manifest("[[http]]\nhost = \"a.example\"\nmetods = [\"GET\"]\n");
    assert_says(
        &stderr,
        &["plugin.toml:8:1", "`metods`", "did you mean `methods`?"],
    );
}

#[test]
fn a_manifest_with_a_wrong_type() {
    let manifest = MANIFEST.replace("\"0.1.0\"", "1");
    let stderr = refused(&manifest, &empty_component(), &[]);
    assert_says(
        &stderr,
        &["plugin.toml:3:11", "version", "`1`", "accepted: "],
    );
}

#[test]
fn a_manifest_with_a_missing_field() {
    let manifest = MANIFEST.replace("version = \"0.1.0\"\n", "");
    let stderr = refused(&manifest, &empty_component(), &[]);
    assert_says(&stderr, &["plugin.toml:1:1", "version", "accepted: "]);
}

#[test]
fn a_manifest_with_a_capability_that_does_not_exist() {
    let stderr = refused_manifest("[[network]]\nhost = \"a.example\"\n");
    assert_says(
        &stderr,
        &[
            "plugin.toml:6:",
            "network",
            "accepted: http, filesystem, keyvalue, settings, secrets, limits, cache, tools",
        ],
    );
}

#[test]
fn a_manifest_with_a_value_out_of_its_range() {
    for (lines, parts) in [
        (
            "[limits]\nmemory = \"10 apples\"\n",
            ["plugin.toml:7:10", "10 apples", "accepted: "],
        ),
        (
            "[[filesystem]]\nname = \"docs\"\naccess = \"all\"\n",
            ["plugin.toml:8:10", "all", "read-write"],
        ),
        (
            "[[http]]\nhost = \"https://a.example/x\"\n",
            ["plugin.toml:7:8", "https://a.example/x", "accepted: "],
        ),
        (
            "[[http]]\nhost = \"a.example\"\nmethods = [\"FETCH IT\"]\n",
            ["plugin.toml:8:", "FETCH IT", "accepted: "],
        ),
        (
            "[limits]\nstack = \"1MiB\"\n",
            [
                "plugin.toml:7:1",
                "`stack`",
                "task-deadline, output, log-bytes, keyvalue-bytes",
            ],
        ),
        (
            "[[filesystem]]\nname = \"docs\"\nresources = \"docs:///\"\n",
            ["plugin.toml:8:13", "`docs:///`", "{path}"],
        ),
        (
            "[cache]\nlists = \"31d\"\n",
            ["plugin.toml:7:9", "31d", "0ms to 30d"],
        ),
        (
            "[tools.echo]\ntask = \"always\"\n",
            ["plugin.toml:7:8", "always", "optional, required, never"],
        ),
    ] {
        assert_says(&refused_manifest(lines), &parts);
    }
}

#[test]
fn a_manifest_that_marks_a_tool_the_plugin_does_not_offer() {
    let stderr = refused_grant("[tools.nope]\ntask = \"optional\"\n", &["--grant-none"]);
    assert_says(
        &stderr,
        &["`probe`", "[tools.nope]", "accepted: ", "http_get"],
    );
}

#[test]
fn a_manifest_that_is_no_toml() {
    let stderr = refused("[plugin\n", &empty_component(), &[]);
    assert_says(&stderr, &["plugin.toml:1:"]);
}

#[test]
fn every_mistake_in_a_manifest_is_told_at_once() {
    let stderr = refused_manifest("colour = 1\n[sockets]\n[limits]\nmemory = true\n");
    assert_says(
        &stderr,
        &["plugin.toml:6:1", "plugin.toml:7:", "plugin.toml:9:"],
    );
}

#[test]
fn a_folder_without_a_manifest() {
    let home = Home::empty();
    let folder = home.folder("bare");
    let stderr = home.run(&["add", &folder]).failed(1);
    assert_says(&stderr, &["plugin.toml", &folder]);
    assert!(
        !home.config().exists() && !home.lock().exists() && !home.data().join("store").exists()
    );
}
