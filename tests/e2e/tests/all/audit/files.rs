//! The files: rotation, several processes, and what a crash leaves.

use std::collections::HashSet;
use std::fs;
use std::io::Write as _;

use serde_json::{Value, json};

use super::{calls, last, lines};
use crate::client::Client;
use crate::home::{Home, files};

fn home(audit: &str) -> Home {
    let home = Home::with(&["echo"]);
    home.configure(&format!("[audit]\n{audit}"));
    home
}

/// Makes calls and waits for them together.
fn call_many(client: &mut Client, calls: usize, name: &str) {
    let ids: Vec<Value> = (0..calls)
        .map(|index| client.start_call("echo", json!({ "text": format!("{name} {index}") })))
        .collect();
    for id in ids {
        client.answer(&id);
    }
}

/// The log's files with their numbers; the one that is written has 0.
fn numbered(home: &Home) -> Vec<(u32, String)> {
    let number = |path: &std::path::PathBuf| {
        let rest = path.file_name()?.to_str()?.strip_prefix("audit.jsonl")?;
        let number = match rest {
            "" => 0,
            rest => rest.strip_prefix('.')?.parse().ok()?,
        };
        Some((number, fs::read_to_string(path).expect("a file")))
    };
    files(&home.data()).iter().filter_map(number).collect()
}

#[test]
fn a_full_file_makes_room_for_another_and_the_oldest_goes() {
    let home = home("max-size = \"64KiB\"\nkeep = 2");
    let mut client = Client::modern(&home);
    for _ in 0..10 {
        call_many(&mut client, 100, "a");
    }
    let files = numbered(&home);
    let numbers: Vec<u32> = files.iter().map(|(number, _)| *number).collect();
    assert_eq!(numbers, [0, 1, 2]);
    for (number, text) in &files {
        assert!(text.ends_with('\n'), "{number}");
        assert!(*number == 0 || text.len() >= 64 << 10, "{number}");
        assert!(text.len() < 256 << 10, "{number}: {}", text.len());
    }
    // All files are read, the oldest first.
    let read = home.run(&["audit", "--json"]).done();
    let texts = files.iter().rev().map(|(_, text)| text.as_str());
    assert_eq!(read, texts.collect::<String>());
}

#[test]
fn processes_share_a_log_and_no_line_is_lost_or_mixed() {
    const CALLS: usize = 300;
    let home = home("arguments = \"full\"\nmax-size = \"64KiB\"\nkeep = 1000");
    let clients = ["one", "other", "third"].map(|name| (name, Client::modern(&home)));
    std::thread::scope(|scope| {
        for (name, mut client) in clients {
            scope.spawn(move || {
                for part in 0..3 {
                    call_many(&mut client, CALLS / 3, &format!("{name} {part}"));
                }
            });
        }
    });
    let mut seen = HashSet::new();
    let files = numbered(&home);
    assert!(files.len() > 3, "{}", files.len());
    for (_, text) in &files {
        // A process that opens the file while another is slow to write may take
        // that for torn, and leaves an empty line.
        for line in text.lines().filter(|line| !line.is_empty()) {
            let line: Value = serde_json::from_str(line).expect("a whole line");
            if line["event"] == "call" {
                assert!(seen.insert(line["arguments"]["text"].to_string()), "{line}");
            }
        }
    }
    assert_eq!(seen.len(), 3 * CALLS);
    // Nothing but the log and what belongs to it is left.
    assert_eq!(
        home.run(&["audit", "--json"]).done().lines().count(),
        3 * CALLS + 1
    );
}

#[test]
fn a_torn_line_spoils_no_other() {
    let home = home("");
    let path = home.data().join("audit.jsonl");
    let append = |text: &str| {
        let file = fs::OpenOptions::new().append(true).open(&path);
        write!(file.expect("a log"), "{text}").expect("written");
    };
    let torn = r#"{"time":"2026-01-01T00:00:00.000Z","event":"ca"#;
    append(torn);
    home.run(&["call", "echo", r#"{"text":"a"}"#]).done();
    let text = fs::read_to_string(&path).expect("a log");
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(lines[1], torn, "{text}");
    assert!(serde_json::from_str::<Value>(lines[2]).is_ok(), "{text}");
    let ran = home.run(&["audit", "--json"]);
    assert!(ran.stderr.contains("1 lines"), "{}", ran.stderr);
    assert_eq!(ran.done().lines().count(), 2);

    // One that a running process does not know of.
    let mut client = Client::modern(&home);
    client.text("echo", json!({ "text": "a" }));
    append(torn);
    client.text("echo", json!({ "text": "b" }));
    assert_eq!(home.run(&["audit", "--json"]).done().lines().count(), 4);
}

#[test]
fn a_file_that_is_removed_or_moved_is_begun_anew() {
    let home = home("");
    let path = home.data().join("audit.jsonl");
    let mut client = Client::modern(&home);
    client.text("echo", json!({ "text": "a" }));
    fs::remove_file(&path).expect("removed");
    client.text("echo", json!({ "text": "b" }));
    if cfg!(unix) {
        assert_eq!(lines(&home).len(), 1);
    }
}

#[cfg(unix)]
#[test]
fn the_log_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt as _;
    let home = home("max-size = \"64KiB\"");
    call_many(&mut Client::modern(&home), 300, "a");
    let logs = files(&home.data());
    let logs = logs
        .iter()
        .filter(|path| path.to_string_lossy().contains("audit.jsonl"));
    for log in logs {
        let mode = fs::metadata(log).expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{}", log.display());
    }
}

#[test]
fn it_can_be_elsewhere_or_nowhere() {
    let elsewhere = home("file = \"logs/calls.jsonl\"");
    elsewhere.run(&["call", "echo", r#"{"text":"a"}"#]).done();
    let log = fs::read_to_string(elsewhere.path("logs/calls.jsonl")).expect("a log");
    assert!(log.contains(r#""outcome":"ok""#), "{log}");
    assert_eq!(elsewhere.run(&["audit"]).done().lines().count(), 1);

    let nowhere = home("enabled = false");
    let before = lines(&nowhere);
    Client::modern(&nowhere).text("echo", json!({ "text": "a" }));
    nowhere.add("offers", &["--prefix", "o"]);
    assert_eq!(lines(&nowhere), before);
    let ran = nowhere.run(&["audit"]);
    assert!(
        ran.stderr.contains("nothing is recorded now"),
        "{}",
        ran.stderr
    );
}

#[test]
fn what_was_answered_is_recorded_though_the_process_is_killed() {
    let home = home("");
    for round in 1..=10 {
        let mut client = Client::modern(&home);
        call_many(&mut client, 20, "a");
        client.kill();
        assert_eq!(calls(&home).len(), round * 20);
    }
    assert_eq!(last(&home)["outcome"], "ok");
}
