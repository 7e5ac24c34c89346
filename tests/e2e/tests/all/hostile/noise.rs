//! Floods: of log lines, of what is printed, of progress, of changes.

use serde_json::{Value, json};

use super::home;
use crate::client::{Client, message_of};
use crate::limits::assert_names;
use crate::process::{assert_bounded, peak_memory};

const BRIEF: [&str; 2] = ["limits.deadline=1s", "limits.fuel=off"];

/// Calls a tool that never ends until its deadline; another plugin answers
/// meanwhile, and the memory stays bounded.
#[track_caller]
fn assert_endless(client: &mut Client, call: Value) {
    client.assert_answers();
    let before = peak_memory(client.process());
    let id = client.send("tools/call", call);
    client.assert_answers();
    let answer = client.answer(&id);
    assert_names(&answer["error"], "hostile", "deadline");
    client.assert_answers();
    assert_bounded(client.process(), before);
}

#[test]
fn log_lines_without_end() {
    let home = home("hostile", "", &BRIEF);
    let mut client = Client::modern(&home);
    assert_endless(
        &mut client,
        json!({ "name": "log_forever", "arguments": {} }),
    );
    let log = client.close().stderr;
    assert_eq!(log.matches("log-bytes limit").count(), 1, "it is said once");
    assert!(log.len() < 1 << 20, "{} bytes", log.len());
}

#[test]
fn printing_without_end() {
    for lines in [true, false] {
        let home = home("hostile", "", &BRIEF);
        let mut client = Client::modern(&home);
        let arguments = json!({ "lines": lines });
        assert_endless(
            &mut client,
            json!({ "name": "print_forever", "arguments": arguments }),
        );
        let ended = client.close();
        assert!(ended.stderr.len() < 1 << 20, "{} bytes", ended.stderr.len());
        assert_eq!(ended.rest, [json!(null); 0], "stdout is the protocol's");
    }
}

#[test]
fn progress_without_end() {
    let home = home("hostile", "", &BRIEF);
    let mut client = Client::modern(&home);
    let call = json!({ "name": "report_forever", "arguments": { "kib": 1 } });
    assert_endless(&mut client, call.clone());
    // With a client that wants to know, and reads as fast as it can.
    let mut wanted = call;
    wanted["_meta"] = json!({ "progressToken": "t" });
    assert_endless(&mut client, wanted);
}

#[test]
fn progress_that_nobody_reads() {
    use crate::client::modern_params;
    use std::io::Write as _;
    use std::process::Stdio;

    // The guest waits with the client, so its deadline ends it.
    let home = home("hostile", "", &BRIEF);
    let mut child = home
        .command(&["serve"])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    for id in 0..16 {
        let params = modern_params(json!({
            "name": "report_forever", "arguments": { "kib": 1 }, "_meta": { "progressToken": id },
        }));
        let message =
            json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        writeln!(stdin, "{message}").expect("it reads");
    }
    drop(stdin);
    // All that it wrote, once it has ended by itself.
    let output = child.wait_with_output().expect("it ends");
    let answers = String::from_utf8_lossy(&output.stdout);
    let answers = answers.lines().filter(|line| line.contains("deadline"));
    assert_eq!(answers.count(), 16);
}

#[test]
fn changes_without_end() {
    let home = home("hostile", "", &BRIEF);
    let mut client = Client::legacy(&home);
    let arguments = json!({ "kib": 1 });
    assert_endless(
        &mut client,
        json!({ "name": "announce_forever", "arguments": arguments }),
    );
}

#[test]
fn large_changes() {
    let home = home("hostile", "", &BRIEF);
    let mut client = Client::legacy(&home);
    let error = client.call_error("announce_forever", json!({ "kib": 7 << 10 }));
    for word in ["`hostile`", "a URI of", "at most 8192"] {
        assert!(message_of(&error).contains(word), "{error}");
    }
    client.assert_answers();
}

#[test]
fn large_progress_without_end() {
    let home = home("hostile", "", &BRIEF);
    let mut client = Client::modern(&home);
    assert_endless(
        &mut client,
        json!({
            "name": "report_forever", "arguments": { "kib": 7 << 10 },
            "_meta": { "progressToken": "t" },
        }),
    );
}
