//! What is wrong is refused: the error says what, where, and what would be
//! accepted, and nothing half-installed is left behind.

mod call;
mod component;
mod files;
mod grant;
mod manifest;

use crate::home::{Home, path};

/// A manifest for a component that a test makes.
pub(crate) const MANIFEST: &str = "\
[plugin]
name = \"made\"
version = \"0.1.0\"
description = \"Made for a test\"
component = \"made.wasm\"
";

/// The smallest component, which exports nothing.
fn empty_component() -> Vec<u8> {
    component("(component)")
}

fn component(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a component in text")
}

/// The error of installing this; everything stays as it was before.
#[track_caller]
fn refused(manifest: &str, component: &[u8], flags: &[&str]) -> String {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    let folder = home.made_plugin(manifest, component);
    let mut arguments = vec!["add", path(&folder)];
    arguments.extend(flags);
    let stderr = home.run(&arguments).failed(1);
    assert_eq!(home.installed(), before, "nothing is left behind");
    assert!(stderr.starts_with("error: "), "{stderr}");
    home.redacted(&stderr)
}

/// The error of a guest's manifest with these lines after it.
#[track_caller]
fn refused_manifest(lines: &str) -> String {
    refused(
        &format!("{MANIFEST}{lines}"),
        &empty_component(),
        &["--grant-none"],
    )
}

/// The error of granting this to the probe, which asks for what `requests`
/// says.
#[track_caller]
fn refused_grant(requests: &str, flags: &[&str]) -> String {
    let home = Home::with(&["echo"]);
    let before = home.installed();
    let folder = home.plugin("probe", requests);
    let mut arguments = vec!["add", path(&folder)];
    arguments.extend(flags);
    let stderr = home.run(&arguments).failed(1);
    assert_eq!(home.installed(), before, "nothing is left behind");
    home.redacted(&stderr)
}

#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}` is not in: {text}");
    }
}

#[test]
fn a_log_filter_that_is_none_is_told_of_and_the_usual_one_holds() {
    let mut home = Home::with(&["echo"]);
    home.variables.push(("PORTCULLIS_LOG", "portcullis=loud"));
    let ran = home.run(&["list"]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    for part in [
        "PORTCULLIS_LOG is `portcullis=loud`",
        "accepted: error, warn",
    ] {
        assert!(ran.stderr.contains(part), "`{part}`: {}", ran.stderr);
    }
    home.variables = vec![("PORTCULLIS_LOG", "warn,portcullis::wasm=debug")];
    assert_eq!(home.run(&["list"]).stderr, "");
}
