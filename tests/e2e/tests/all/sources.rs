//! Plugins from files, from the web and from a registry; packing, pushing and
//! trying them.

mod credentials;
mod liars;
mod packed;
mod pushed;
pub(crate) mod registry;
mod tried;
mod web;

use crate::home::{Home, path, plugin_folder};

/// A packed `echo` in a home, and its content.
fn packed_echo(home: &Home) -> (String, Vec<u8>) {
    let file = home.path("echo.wasm");
    let folder = plugin_folder("echo");
    home.run(&["pack", path(&folder), "-o", path(&file)]).done();
    let bytes = std::fs::read(&file).expect("it was written");
    (path(&file).to_owned(), bytes)
}

/// The error of adding this; everything stays as it was before.
#[track_caller]
fn refused(home: &Home, source: &str) -> String {
    let before = home.installed();
    let stderr = home.run(&["add", source, "--grant-none"]).failed(1);
    assert_eq!(home.installed(), before, "nothing is left behind");
    assert!(stderr.starts_with("error: "), "{stderr}");
    assert_eq!(stderr.lines().count(), 1, "no progress in a pipe: {stderr}");
    stderr
}

/// Asserts that a text has all of these in it.
#[track_caller]
fn assert_says(text: &str, parts: &[&str]) {
    for part in parts {
        assert!(text.contains(part), "`{part}`: {text}");
    }
}
