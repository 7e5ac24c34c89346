//! 100,000 calls of 1 KB over HTTP, of which nobody reads an answer.

use std::io::Write as _;
use std::net::TcpStream;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::json;
use socket2::SockRef;

use super::assert_answers;
use crate::client::{LEGACY, MODERN, modern_params};
use crate::home::Home;
use crate::http::server::Server;
use crate::http::session::open;
use crate::process::{assert_bounded, peak_memory};

const CONNECTIONS: usize = 16;
/// Far more than all buffers on the way hold.
const CALLS_EACH: usize = 6_250;
/// What the system takes in for one connection that nobody reads.
const RECEIVED: usize = 64 << 10;

/// Pipelines calls into a connection until nothing more is taken, and counts
/// those that were.
fn flood(mut stream: TcpStream, head: String, params: String, taken: Arc<AtomicUsize>) {
    for id in 0..CALLS_EACH {
        let body =
            format!(r#"{{"jsonrpc":"2.0","id":{id},"method":"tools/call","params":{params}}}"#);
        let request = format!("{head}content-length: {}\r\n\r\n{body}", body.len());
        // The test has seen enough and is gone.
        if stream.write_all(request.as_bytes()).is_err() {
            return;
        }
        taken.fetch_add(1, Ordering::Relaxed);
    }
}

#[test]
fn of_calls_that_nobody_reads() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    let (session, _) = open(&server, LEGACY);
    assert_answers(&server);
    let before = peak_memory(server.process());

    let call = json!({ "name": "echo", "arguments": { "text": "x".repeat(1000) } });
    let start = "POST /mcp HTTP/1.1\r\nhost: localhost\r\n";
    let modern = format!(
        "{start}mcp-protocol-version: {MODERN}\r\nmcp-method: tools/call\r\nmcp-name: echo\r\n"
    );
    let legacy = format!("{start}mcp-session-id: {session}\r\n");
    let taken = Arc::new(AtomicUsize::new(0));
    let mut connections = Vec::new();
    for at in 0..CONNECTIONS {
        let (head, params) = if at % 2 == 0 {
            (modern.clone(), modern_params(call.clone()))
        } else {
            (legacy.clone(), call.clone())
        };
        let stream = server.connect();
        // By itself the system's buffer grows until it holds all answers, and
        // then nothing holds the server back.
        SockRef::from(&stream)
            .set_recv_buffer_size(RECEIVED)
            .expect("a buffer of that size");
        connections.push(stream.try_clone().expect("a second handle"));
        let taken = Arc::clone(&taken);
        std::thread::spawn(move || flood(stream, head, params.to_string(), taken));
    }
    // Wait until nothing moves any more. A server that takes everything never
    // stands still before the end.
    let mut last = 0;
    loop {
        std::thread::sleep(Duration::from_secs(1));
        let now = taken.load(Ordering::Relaxed);
        if now > 0 && now == last {
            break;
        }
        last = now;
    }
    let all = CONNECTIONS * CALLS_EACH;
    assert!(
        last < all,
        "{last} calls were taken without one answer being read"
    );
    assert_bounded(server.process(), before);
    // Others are served meanwhile, and afterwards.
    assert_answers(&server);
    for connection in connections {
        let _ = connection.shutdown(std::net::Shutdown::Both);
    }
    assert_answers(&server);
}
