//! `portcullis audit`.

use std::fs;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

fn home() -> Home {
    let home = Home::empty();
    home.add("echo", &[]);
    home.add("offers", &["--prefix", "o"]);
    let mut client = Client::modern(&home);
    client.text("echo", json!({ "text": "a" }));
    client.tool_error("echo", json!({ "text": 1 }));
    client.call_error("panic", json!({}));
    client.call_error("nothing", json!({}));
    client.result(
        "prompts/get",
        json!({ "name": "o_say", "arguments": { "what": "hi" } }),
    );
    client.close();
    home.run(&["call", "echo", r#"{"text":"b"}"#]).done();
    home
}

/// What is printed of each wanted line, in short.
#[track_caller]
fn wanted(home: &Home, arguments: &[&str]) -> Vec<String> {
    let mut all = vec!["audit", "--json"];
    all.extend(arguments);
    let text = home.run(&all).done();
    let log = fs::read_to_string(home.data().join("audit.jsonl")).expect("a log");
    let short = |line: &str| {
        assert!(
            log.lines().any(|raw| raw == line),
            "it is a line of the log: {line}"
        );
        let line: Value = serde_json::from_str(line).expect("JSON");
        let word = |member: &str| line[member].as_str().unwrap_or("-").to_owned();
        match line["event"].as_str() {
            Some("grant") => format!("{} {}", word("change"), word("plugin")),
            _ => format!("{} {}", word("name"), word("outcome")),
        }
    };
    text.lines().map(short).collect()
}

#[test]
fn prints_what_is_wanted() {
    let home = home();
    let all = [
        "added echo",
        "added offers",
        "echo ok",
        "echo tool-error",
        "panic failure",
        "nothing request-error",
        "o_say ok",
        "echo ok",
    ];
    assert_eq!(wanted(&home, &[]), all);
    assert_eq!(wanted(&home, &["--limit", "2"]), all[6..]);
    assert_eq!(wanted(&home, &["-n", "0"]), [""; 0]);
    assert_eq!(
        wanted(&home, &["--plugin", "offers"]),
        ["added offers", "o_say ok"]
    );
    assert_eq!(
        wanted(&home, &["--tool", "echo"]),
        ["echo ok", "echo tool-error", "echo ok"]
    );
    assert_eq!(
        wanted(&home, &["--tool", "o_say"]),
        [""; 0],
        "it is a prompt"
    );
    assert_eq!(wanted(&home, &["--outcome", "failure"]), ["panic failure"]);
    assert_eq!(
        wanted(&home, &["--principal", "local"]),
        ["added echo", "added offers", "echo ok"]
    );
    assert_eq!(
        wanted(&home, &["--tool", "echo", "--outcome", "ok", "-n", "1"]),
        ["echo ok"]
    );
    assert_eq!(wanted(&home, &["--since", "1d"]), all);
    assert_eq!(wanted(&home, &["--since", "0s"]), [""; 0]);
    assert_eq!(wanted(&home, &["--since", "2000-01-01T00:00:00Z"]), all);
    assert_eq!(wanted(&home, &["--since", "3000-01-01T00:00:00Z"]), [""; 0]);
}

#[test]
fn prints_a_line_each_for_people() {
    let home = home();
    let text = home.run(&["audit"]).done();
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines.len(), 8, "{text}");
    for (index, words) in [
        (0, &["local", "echo", "grants", "added"][..]),
        (
            2,
            &["stdio", "echo", "tool echo", "ok", " ms", "fuel ", "KiB"],
        ),
        (5, &["stdio", "-", "tool nothing", "request-error (-32602)"]),
        (6, &["offers", "prompt o_say", "ok"]),
        (7, &["local", "tool echo", "ok"]),
    ] {
        for word in words {
            assert!(
                lines[index].contains(word),
                "`{word}` is in {}",
                lines[index]
            );
        }
    }
}

#[test]
fn nothing_recorded_is_nothing_printed() {
    let home = Home::empty();
    assert_eq!(home.run(&["audit"]).done(), "");
    assert_eq!(home.run(&["audit", "--json"]).done(), "");
    assert!(!home.data().exists(), "reading makes nothing");
}

#[test]
fn what_cannot_be_wanted_is_refused() {
    let home = Home::empty();
    for (arguments, accepted) in [
        (["--since", "yesterday"], "a duration such as 90m"),
        (["--outcome", "good"], "tool-error"),
        (["--limit", "many"], "invalid digit"),
    ] {
        let told = home.run(&["audit", arguments[0], arguments[1]]).failed(2);
        assert!(told.contains(accepted), "{told}");
    }
    home.configure("[audit]\narguments = \"some\"\nmax-size = \"1KiB\"\nkeep = 0\nfiles = 1");
    let told = home.run(&["audit"]).failed(1);
    for accepted in [
        "digest, full, none",
        "64KiB to 1024GiB",
        "1 to 1000",
        "files",
    ] {
        assert!(told.contains(accepted), "`{accepted}` is in {told}");
    }
}
