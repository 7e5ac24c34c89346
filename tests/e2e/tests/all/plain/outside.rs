//! What is granted can be reached, and nothing beside it.

use std::fs;

use serde_json::json;

use crate::client::Client;
use crate::home::{Home, path, plugin_folder};
use crate::web::Web;

/// A home with the component alone, without its manifest.
fn home(flags: &[&str]) -> Home {
    let home = Home::empty();
    let component = home.path("plain.wasm");
    fs::copy(plugin_folder("plain").join("plain.wasm"), &component).expect("it is built");
    let mut arguments = vec!["add", path(&component)];
    arguments.extend(flags);
    home.run(&arguments).done();
    home
}

#[test]
fn a_directory_that_is_granted() {
    let scratch = Home::empty();
    let (shown, hidden) = (scratch.folder("shown"), scratch.folder("hidden"));
    fs::write(scratch.path("shown/a.txt"), "hello").expect("written");
    fs::write(scratch.path("hidden/a.txt"), "secret").expect("written");
    let home = home(&["--grant", &format!("filesystem.shown={shown}:ro")]);
    let mut client = Client::modern(&home);
    let text = client.text("outside_read-file", json!({ "path": "/shown/a.txt" }));
    assert_eq!(text, "hello");
    for beside in [
        format!("{hidden}/a.txt"),
        "/hidden/a.txt".to_owned(),
        "/shown/../hidden/a.txt".to_owned(),
        "/etc/passwd".to_owned(),
    ] {
        client.tool_error("outside_read-file", json!({ "path": beside }));
    }
    client.tool_error(
        "outside_write-file",
        json!({ "path": "/shown/b.txt", "text": "no" }),
    );
    assert!(!scratch.path("shown/b.txt").exists());
}

#[test]
fn nothing_is_reached_without_a_grant() {
    let web = Web::hello();
    let home = home(&["--grant-none"]);
    let mut client = Client::modern(&home);
    client.tool_error("outside_read-file", json!({ "path": "/etc/passwd" }));
    client.tool_error("outside_fetch", json!({ "authority": web.authority() }));
    client.tool_error("outside_connect", json!({ "address": web.authority() }));
    assert!(web.asked().is_empty());
}

#[test]
fn a_host_that_is_granted() {
    let (web, other) = (Web::hello(), Web::hello());
    let origin = format!("http://{}", web.authority());
    let home = home(&["--grant", &format!("http={origin}")]);
    let mut client = Client::modern(&home);
    let result = client.call("outside_fetch", json!({ "authority": web.authority() }));
    assert_eq!(
        result["structuredContent"],
        json!({ "result": 200 }),
        "{result}"
    );
    client.tool_error("outside_fetch", json!({ "authority": other.authority() }));
    // Its sockets are no way around that.
    client.tool_error("outside_connect", json!({ "address": web.authority() }));
    assert_eq!((web.asked().len(), other.asked().len()), (1, 0));
}

#[test]
fn what_it_did_is_in_the_audit_log() {
    let web = Web::hello();
    let home = home(&["--grant-none"]);
    let mut client = Client::modern(&home);
    client.tool_error("outside_fetch", json!({ "authority": web.authority() }));
    client.close();
    let log = home.run(&["audit", "--plugin", "plain", "--json"]).done();
    let call = log.lines().last().expect("a line");
    assert!(call.contains("\"name\":\"outside_fetch\""), "{call}");
    assert!(call.contains("\"outcome\":\"tool-error\""), "{call}");
    assert!(call.contains(&web.authority()), "{call}");
}
