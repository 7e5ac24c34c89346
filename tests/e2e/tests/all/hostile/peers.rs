//! Clients and strangers that attack the server, and a plugin that is one.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use serde_json::{Value, json};

use super::install;
use crate::client::{MODERN, modern_params};
use crate::home::Home;
use crate::http::server::{Server, modern_body};
use crate::process::{assert_bounded, peak_memory};

#[track_caller]
fn assert_answers(server: &Server) {
    let call = json!({ "name": "echo", "arguments": { "text": "still here" } });
    let called = server.modern("tools/call", call);
    assert_eq!(
        called.answer()["result"]["content"][0]["text"],
        "still here"
    );
}

/// A server that has `echo`, and a guest that may ask this same server if it is
/// granted.
fn asking_itself(guest: &str, granted: bool) -> (Home, Server) {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let address = server.address();
    let requests = format!(
        "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
         methods = [\"POST\"]\n",
        address.port()
    );
    let grant = format!("http=http://{address}");
    let limits = ["limits.deadline=2s", "limits.concurrency=8", &grant];
    install(&home, guest, &requests, &limits[..2 + usize::from(granted)]);
    // It is served as soon as the server has seen the config.
    let listed = (0..1000).any(|_| {
        std::thread::sleep(Duration::from_millis(20));
        let listed = server.modern("tools/list", json!({}));
        listed.body.contains("http_send") || listed.body.contains("call_back")
    });
    assert!(listed, "the guest is not served");
    (home, server)
}

/// A call that asks the server for a call of `echo`.
fn asks_for_echo(server: &Server) -> Value {
    let call = json!({ "name": "echo", "arguments": { "text": "by a guest" } });
    json!({
        "name": "probe_http_send",
        "arguments": {
            "method": "POST",
            "url": format!("http://{}/mcp", server.address()),
            "headers": {
                "content-type": "application/json",
                "accept": "application/json, text/event-stream",
                "mcp-protocol-version": MODERN, "mcp-method": "tools/call", "mcp-name": "echo",
            },
            "body": modern_body("tools/call", call),
        },
    })
}

#[test]
fn a_guest_reaches_its_own_runtime_only_if_it_is_granted() {
    for granted in [false, true] {
        let (_home, server) = asking_itself("probe", granted);
        let answer = server.modern("tools/call", asks_for_echo(&server)).answer();
        let told = answer["result"]["content"][0]["text"].as_str();
        let told = told.unwrap_or_else(|| panic!("{answer}"));
        assert_eq!(told.contains("by a guest"), granted, "{told}");
        assert_eq!(told.starts_with("denied: "), !granted, "{told}");
        assert_answers(&server);
    }
}

#[test]
fn a_guest_that_has_itself_called_without_end() {
    let (_home, server) = asking_itself("hostile", true);
    let url = format!("http://{}/mcp", server.address());
    let call = json!({ "name": "call_back", "arguments": { "url": url } });
    let answer = server.modern("tools/call", call).answer();
    // The innermost waits for a place that the others have, and all end by a
    // limit of the plugin's.
    let told = answer.to_string();
    assert!(
        told.contains("`hostile`") && told.contains("limit"),
        "{told}"
    );
    assert_answers(&server);
}

#[test]
fn connections_that_say_nothing_or_never_end() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let mut held: Vec<TcpStream> = Vec::new();
    for number in 0..400 {
        let mut stream = server.connect();
        let said = match number % 4 {
            0 => "",
            1 => "POST /mcp HTTP/1.1\r\nhost: localhost\r\nx-a: ",
            2 => "POST /mcp HTTP/1.1\r\nhost: localhost\r\ncontent-length: 1000\r\n\r\n{",
            _ => "GARBAGE\r\n",
        };
        // One that was refused already is as good.
        let _ = stream.write_all(said.as_bytes());
        held.push(stream);
    }
    for _ in 0..10 {
        assert_answers(&server);
    }
    drop(held);
    assert_answers(&server);
}

#[test]
fn requests_that_two_readers_would_read_differently() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let body = modern_body("tools/list", json!({}));
    let length = body.len();
    for headers in [
        format!("content-length: {length}\r\ncontent-length: 0\r\n"),
        format!("content-length: {length}\r\ntransfer-encoding: chunked\r\n"),
        format!("content-length: +{length}\r\n"),
        format!("content-length: {length}\r\n folded: yes\r\n"),
        format!("content-length : {length}\r\n"),
        "transfer-encoding: chunked, identity\r\n".to_owned(),
        "transfer-encoding: xchunked\r\n".to_owned(),
    ] {
        let mut stream = server.connect();
        let head = format!(
            "POST /mcp HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\
             mcp-protocol-version: {MODERN}\r\nmcp-method: tools/list\r\n\
             content-type: application/json\r\n{headers}\r\n"
        );
        stream.write_all(head.as_bytes()).expect("sent");
        let _ = stream.write_all(body.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        assert!(!answer.starts_with("HTTP/1.1 200"), "{headers}: {answer}");
        assert_answers(&server);
    }
}

#[test]
fn large_answers_that_nobody_reads() {
    // Several times what may be unread, and few enough that a slow machine answers
    // all before those that wait lose patience.
    const CALLS: usize = 100;
    // A few calls at once: each that runs has its guest's memory and its answer.
    let home = Home::empty();
    home.add("echo", &["--grant", "limits.concurrency=4"]);
    let mut child = home.serve_on_pipes();
    let mut stdin = child.stdin.take().expect("piped");
    let stdout = child.stdout.take().expect("piped");
    let before = peak_memory(child.id());
    let sending = std::thread::spawn(move || {
        for id in 0..CALLS {
            let params = modern_params(json!({
                "name": "large", "arguments": { "bytes": 7 << 20 },
            }));
            let message =
                json!({ "jsonrpc": "2.0", "id": id, "method": "tools/call", "params": params });
            if writeln!(stdin, "{message}").is_err() {
                return;
            }
        }
    });
    // Until the memory of the server stands still: it has taken what it takes.
    let mut peaks = (peak_memory(child.id()), None);
    while peaks.0 != peaks.1 {
        std::thread::sleep(Duration::from_secs(1));
        peaks = (peak_memory(child.id()), peaks.0);
    }
    assert_bounded(child.id(), before);
    // What was taken is answered, once it is read.
    let mut answers = BufReader::new(stdout).split(b'\n');
    for _ in 0..CALLS {
        let answer = answers.next().expect("an answer").expect("read");
        let begins = String::from_utf8_lossy(&answer[..answer.len().min(300)]);
        assert!(answer.len() > 7 << 20, "{begins}");
    }
    sending.join().expect("all is sent");
    let _ = child.kill();
    let _ = child.wait();
}
