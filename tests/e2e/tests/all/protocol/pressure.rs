//! A client that sends and does not read.

use std::io::{BufRead as _, BufReader, Write as _};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use crate::client::modern_params;
use crate::home::Home;
use crate::process::{assert_bounded, peak_memory};

/// Far more than all buffers on the way hold.
const CALLS: usize = 100_000;

#[test]
fn who_does_not_read_is_not_read() {
    let home = Home::with(&["echo"]);
    let mut child = home.serve_on_pipes();
    let mut stdin = child.stdin.take().expect("piped");
    let stdout = child.stdout.take().expect("piped");
    let sent = Arc::new(AtomicUsize::new(0));
    let counter = Arc::clone(&sent);
    let memory = peak_memory(child.id());
    std::thread::spawn(move || {
        let arguments = json!({ "name": "echo", "arguments": { "text": "x".repeat(1000) } });
        let params = modern_params(arguments).to_string();
        for id in 0..CALLS {
            let line = format!(
                "{{\"jsonrpc\":\"2.0\",\"id\":{id},\"method\":\"tools/call\",\"params\":{params}}}\n"
            );
            // The test has seen enough and is gone.
            if stdin.write_all(line.as_bytes()).is_err() {
                return;
            }
            counter.store(id + 1, Ordering::Relaxed);
        }
    });
    // Wait until nothing moves any more. A server that takes everything never
    // stands still before the end.
    let mut before = 0;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = sent.load(Ordering::Relaxed);
        if now > 0 && now == before {
            break;
        }
        before = now;
    }
    assert!(
        before < CALLS / 2,
        "{before} calls were taken without one answer being read"
    );
    assert_bounded(child.id(), memory);

    // Then each of them is answered, once.
    let mut answers = BufReader::new(stdout).lines();
    let mut seen = std::collections::HashSet::new();
    for _ in 0..before {
        let line = answers.next().expect("an answer").expect("UTF-8");
        let answer: Value = serde_json::from_str(&line).expect("a message");
        assert!(answer["result"].is_object(), "{line}");
        assert!(seen.insert(answer["id"].as_u64().expect("a number")));
    }
    // The rest of the flood is of no interest.
    let _ = child.kill();
    let _ = child.wait();
}

#[test]
fn what_waits_to_be_read_is_not_in_flight_for_ever() {
    /// More answers than the buffers on the way to the client hold.
    const CALLS: usize = 500;
    let home = Home::with(&["echo"]);
    let mut child = home.serve_on_pipes();
    let mut stdin = child.stdin.take().expect("piped");
    let mut answers = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut next = move || -> Value {
        let line = answers.next().expect("an answer").expect("UTF-8");
        serde_json::from_str(&line).expect("a message")
    };
    let params = json!({ "name": "echo", "arguments": { "text": "x".repeat(1000) } });
    let params = modern_params(params);
    let mut call = |id: usize| {
        let message =
            json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        writeln!(stdin, "{message}").expect("the server reads");
    };
    // Each alone, as far as that can be had: it is answered where it is received.
    for id in 0..CALLS {
        call(id);
        std::thread::sleep(Duration::from_millis(1));
    }
    for _ in 0..CALLS {
        let answer = next();
        assert!(answer["result"].is_object(), "{answer}");
    }
    // The ids can be used again, and the end of the input is the end.
    for id in 0..CALLS {
        call(id);
        let answer = next();
        assert!(answer["result"].is_object(), "{answer}");
    }
    drop(stdin);
    assert!(child.wait().expect("it ends").success());
}

#[test]
fn log_lines_that_nobody_reads_are_lost_and_that_is_said() {
    /// Each writes three lines of `LINE`: more than wait, and than a pipe holds.
    const CALLS: usize = 400;
    const LINE: usize = 8_000;
    let home = Home::with(&["echo"]);
    let mut command = home.command(&["serve"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.stderr(Stdio::piped()).spawn().expect("it starts");
    let mut stdin = child.stdin.take().expect("piped");
    let mut answers = BufReader::new(child.stdout.take().expect("piped")).lines();
    let mut call = |id: usize, text: &str| {
        let params = modern_params(json!({ "name": "log", "arguments": { "text": text } }));
        let request =
            json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
        writeln!(stdin, "{request}").expect("it reads");
        let answer = answers.next().expect("an answer").expect("UTF-8");
        assert!(answer.contains("\"result\""), "{answer}");
    };
    for id in 0..CALLS {
        call(id, &"x".repeat(LINE));
    }
    let mut log = BufReader::new(child.stderr.take().expect("piped")).lines();
    let mut next = move || log.next().expect("a line").expect("UTF-8");
    // By the time that some were read there is room for more.
    for _ in 0..CALLS / 4 {
        next();
    }
    call(CALLS, "the last");
    drop(stdin);
    let told = loop {
        let line = next();
        if line.ends_with("log lines were lost: stderr is read too slowly") {
            break line;
        }
    };
    let lost = told.split(' ').next().expect("a number");
    let lost: usize = lost.parse().expect("a number");
    assert!(lost > 10 && lost < 3 * CALLS, "{told}");
    let last = next();
    assert!(last.contains("the last"), "{last}");
    child.wait().expect("it ends");
}
