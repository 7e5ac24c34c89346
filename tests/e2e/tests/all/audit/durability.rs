//! A log that cannot be written: told once by default, and with `sync = true` a
//! reason to answer nothing.

use std::fs;

use serde_json::json;

use super::{calls, lines, of};
use crate::client::{Client, message_of};
use crate::home::Home;

fn home(audit: &str) -> Home {
    let home = Home::with(&["echo"]);
    home.configure(&format!("[audit]\n{audit}"));
    home
}

/// Puts a folder in the log's place.
fn block(home: &Home) {
    let path = home.data().join("audit.jsonl");
    let _ = fs::remove_file(&path);
    fs::create_dir(&path).expect("a folder");
}

fn unblock(home: &Home) {
    fs::remove_dir(home.data().join("audit.jsonl")).expect("removed");
}

#[test]
fn calls_go_on_and_it_is_told_once() {
    let home = home("");
    block(&home);
    let mut client = Client::modern(&home);
    for _ in 0..3 {
        client.assert_answers();
    }
    client.logged(&["WARN", "cannot write the audit log"]);
    unblock(&home);
    client.assert_answers();
    client.logged(&["can be written again", "3 lines are missing"]);
    assert_eq!(calls(&home).len(), 1);
    assert_eq!(of(&home, "gap")[0]["lines"], 3, "{:?}", lines(&home));
    let shown = home.run(&["audit"]).done();
    assert!(shown.contains("3 lines are missing"), "{shown}");
    let stderr = client.close().stderr;
    assert_eq!(stderr.matches("cannot write the audit log").count(), 1);
}

#[test]
fn a_line_is_there_when_the_answer_is() {
    let home = home("sync = true");
    let mut client = Client::modern(&home);
    for count in 1..=3 {
        client.assert_answers();
        assert_eq!(calls(&home).len(), count);
    }
    let ids: Vec<_> = (0..50)
        .map(|_| client.start_call("echo", json!({ "text": "a" })))
        .collect();
    for id in ids {
        client.answer(&id);
    }
    client.kill();
    assert_eq!(calls(&home).len(), 53);
}

#[test]
fn a_synchronous_log_that_cannot_be_opened_keeps_all_from_starting() {
    let home = home("sync = true");
    block(&home);
    for arguments in [&["serve"][..], &["call", "echo", r#"{"text":"a"}"#]] {
        let told = home.run(arguments).failed(1);
        assert!(told.contains("cannot write the audit log"), "{told}");
        assert!(told.contains("audit.jsonl"), "{told}");
    }
}

#[cfg(unix)]
#[test]
fn a_synchronous_log_that_cannot_be_written_any_more_withholds_answers() {
    let home = home("sync = true");
    home.add("keeper", &["--grant", "keyvalue"]);
    let mut client = Client::modern(&home);
    let keep = |key: &str| json!({ "key": key, "value": "x" });
    client.text("keep", keep("before"));
    block(&home);
    // The first finds out after its guest ran, the next ones before.
    for key in ["first", "second", "third"] {
        let error = client.call_error("keep", keep(key));
        assert_eq!(error["code"], -32603);
        let message = message_of(&error);
        assert!(message.contains("cannot be recorded"), "{message}");
        assert!(
            !message.contains("audit.jsonl"),
            "no path for clients: {message}"
        );
    }
    client.logged(&["ERROR", "audit.jsonl"]);
    unblock(&home);
    assert_eq!(client.text("keys", json!({})), "before\nfirst");
    assert_eq!(of(&home, "gap")[0]["lines"], 1, "{:?}", lines(&home));
}

#[test]
fn grants_that_cannot_be_recorded_are_not_made() {
    let home = home("sync = true");
    block(&home);
    let before = home.installed();
    let folder = crate::home::plugin_folder("offers");
    let folder = crate::home::path(&folder);
    let told = home.run(&["add", folder, "--grant-none"]).failed(1);
    assert!(told.contains("cannot write the audit log"), "{told}");
    home.run(&["remove", "echo"]).failed(1);
    assert_eq!(home.installed(), before);
}
