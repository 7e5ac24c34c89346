//! Plugins that attack: each attack ends in an error that names the plugin, and
//! the limit where it is one, and everybody else goes on.
//!
//! `SECURITY.md` lists the attacks, and which test here or elsewhere shows what
//! comes of each. Two guests attack as far as Rust lets them (`hostile`, `liar`),
//! and components made here of WebAssembly text (`made`) go further.

mod answers;
mod components;
mod compute;
mod escapes;
mod files;
mod links;
mod lists;
mod made;
mod neighbours;
mod network;
mod noise;
mod peers;
mod places;
mod questions;
mod schemas;
mod secrets;

use serde_json::Value;

use crate::client::{Client, message_of};
use crate::home::{Home, path};

/// A home with `echo`, and a guest whose manifest asks for `requests` and that
/// is granted what the flags say.
fn home(guest: &str, requests: &str, grants: &[&str]) -> Home {
    let home = Home::with(&["echo"]);
    install(&home, guest, requests, grants);
    home
}

/// Installs a guest beside others. The probe's tools are `probe_…` there, since
/// some have the names of others'.
fn install(home: &Home, guest: &str, requests: &str, grants: &[&str]) {
    let folder = home.plugin(guest, requests);
    let mut arguments = flags(grants);
    if guest == "probe" {
        arguments.extend(["--prefix", "probe"]);
    }
    home.add_folder(&folder, &arguments);
}

/// `--grant` before each.
fn flags<'a>(grants: &[&'a str]) -> Vec<&'a str> {
    grants.iter().flat_map(|grant| ["--grant", grant]).collect()
}

/// What installing a guest is refused with; nothing of it is left behind.
#[track_caller]
fn refused(home: &Home, guest: &str, grants: &[&str]) -> String {
    let folder = home.plugin(guest, "");
    let before = home.installed();
    let mut arguments = vec!["add", path(&folder)];
    arguments.extend(flags(grants));
    let stderr = home.run(&arguments).failed(1);
    assert_eq!(home.installed(), before, "nothing is left behind");
    stderr
}

/// The call ends in a failure of the plugin's, whose message has these words,
/// and the others answer.
#[track_caller]
fn assert_fails(client: &mut Client, plugin: &str, tool: &str, arguments: Value, words: &[&str]) {
    let error = client.call_error(tool, arguments);
    assert_eq!(error["code"], -32603, "{error}");
    let named = format!("`{plugin}`");
    for word in words.iter().chain([&named.as_str()]) {
        assert!(message_of(&error).contains(word), "`{word}`: {error}");
    }
    client.assert_answers();
}
