//! Terminal escapes and characters that nobody sees, wherever a plugin's text
//! is shown to people.

use std::fs;

use serde_json::json;

use super::{assert_fails, home, refused};
use crate::bad_input::MANIFEST;
use crate::client::Client;
use crate::home::{Home, path};

/// Nothing in the text obeys, hides or turns around.
#[track_caller]
fn assert_visible(text: &str) {
    let hidden = |c: char| {
        c.is_control() && !matches!(c, '\n' | '\t')
            || matches!(c, '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}')
            || matches!(c, '\u{2060}'..='\u{2069}' | '\u{feff}' | '\u{e0000}'..='\u{e0fff}')
    };
    let found: Vec<String> = text
        .chars()
        .filter(|&c| hidden(c))
        .map(|c| format!("U+{:04X}", u32::from(c)))
        .collect();
    assert!(found.is_empty(), "{found:?} in {text:?}");
}

#[test]
fn a_log_shows_them_escaped() {
    let home = home("hostile", "", &[]);
    let mut client = Client::modern(&home);
    client.text("log_in_colour", json!({}));
    client.tool_error("fail_in_colour", json!({}));
    let log = client.close().stderr;
    for word in ["logged \\u{1b}[2J", "printed \\u{1b}[2J", "\\u{202e}"] {
        assert!(log.contains(word), "{word}: {log}");
    }
    assert_eq!(log.matches("logged").count(), 1, "a line stays one: {log}");
}

#[test]
fn a_log_shows_all_of_them_escaped() {
    let home = home("hostile", "", &[]);
    let mut client = Client::modern(&home);
    client.text("log_in_colour", json!({}));
    client.call_error("panic_in_colour", json!({}));
    assert_visible(&client.close().stderr);
}

#[test]
fn an_error_says_them_as_json_and_names_the_plugin() {
    let home = home("hostile", "", &[]);
    let mut client = Client::modern(&home);
    assert_fails(
        &mut client,
        "hostile",
        "panic_in_colour",
        json!({}),
        &["`hostile` crashed"],
    );
}

#[test]
fn the_command_line_shows_errors_escaped() {
    let home = home("hostile", "", &[]);
    for tool in ["panic_in_colour", "fail_in_colour"] {
        let ran = home.run(&["call", tool]);
        assert_ne!(ran.code, 0);
        assert_visible(&ran.stderr);
    }
}

#[test]
fn what_cannot_be_installed_is_told_escaped() {
    let home = Home::with(&["echo"]);
    for how in ["escapes in the error", "escapes in a name"] {
        let setting = format!("settings.list={how}");
        assert_visible(&refused(&home, "liar", &[&setting]));
    }
}

#[test]
fn names_that_hold_them_are_refused() {
    let home = Home::with(&["echo"]);
    let stderr = refused(&home, "liar", &["settings.list=escapes in a name"]);
    assert!(
        stderr.contains("accepted: 1 to 64 of A-Z a-z 0-9 _ . -"),
        "{stderr}"
    );
}

#[test]
fn a_description_that_holds_them_is_flagged() {
    let home = Home::with(&["echo"]);
    let folder = home.plugin("liar", "");
    let setting = "settings.list=escapes in a description";
    let ran = home.run(&["add", path(&folder), "--grant", setting]);
    assert_eq!(ran.code, 0, "{}", ran.stderr);
    let said = format!("{}{}", ran.stdout, ran.stderr);
    assert_visible(&said);
    for word in ["`innocent`", "U+001B", "U+202E"] {
        assert!(said.contains(word), "`{word}` is not in: {said}");
    }
    let inspected = home.run(&["inspect", "liar"]);
    let said = format!("{}{}", inspected.stdout, inspected.stderr);
    assert_visible(&said);
    assert!(said.contains("`innocent`"), "{said}");
    // One without is not.
    let ran = home.run(&["inspect", "echo"]);
    assert!(!ran.stdout.contains("U+") && !ran.stderr.contains("U+"));
}

#[test]
fn a_manifest_that_holds_them_is_refused() {
    for (right, wrong) in [
        ("Made for a test", "Made \\u001b[2J for a test"),
        ("Made for a test", "Made \\u202e for a test"),
        ("Made for a test", "Made \\u200b for a test"),
        ("\"made\"", "\"ma\\u200bde\""),
        ("\"0.1.0\"", "\"0.1.0\\u001b\""),
        ("\"made.wasm\"", "\"made\\u202e.wasm\""),
    ] {
        let home = Home::with(&["echo"]);
        let folder = home.made_plugin(&MANIFEST.replacen(right, wrong, 1), b"");
        let stderr = home.run(&["add", path(&folder)]).failed(1);
        assert_visible(&stderr);
        assert!(stderr.contains("plugin.toml:"), "{stderr}");
    }
    // What it asks for is shown to the admin, so that too.
    for request in [
        "[[http]]\nhost = \"a.example\"\nreason = \"the \\u202e API\"\n",
        "[[filesystem]]\nname = \"docs\\u001b\"\n",
        "[settings.owner]\ndescription = \"\\u200b\"\n",
    ] {
        let home = Home::with(&["echo"]);
        let folder = home.made_plugin(&format!("{MANIFEST}{request}"), b"");
        let stderr = home.run(&["add", path(&folder)]).failed(1);
        assert_visible(&stderr);
        assert!(stderr.contains("plugin.toml:"), "{stderr}");
    }
}

#[test]
fn what_the_admin_sees_of_an_installed_plugin_is_visible() {
    let home = home("hostile", "", &[]);
    for arguments in [&["list"][..], &["inspect", "hostile"], &["inspect", "echo"]] {
        assert_visible(&home.run(arguments).done());
    }
}

#[test]
fn a_config_that_holds_them_is_told_escaped() {
    let home = Home::with(&["echo"]);
    let config = fs::read_to_string(home.config()).expect("a config");
    fs::write(
        home.config(),
        format!("\"\\u001b[2J\\u202e\" = 1\n{config}"),
    )
    .expect("written");
    let stderr = home.run(&["list"]).failed(1);
    assert!(stderr.contains("portcullis.toml:"), "{stderr}");
    assert_visible(&stderr);
}
