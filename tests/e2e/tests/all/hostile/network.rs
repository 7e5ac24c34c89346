//! Outgoing HTTP: requests that no library has looked at, and peers that never
//! come to an end.

use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;
use crate::limits::assert_names;
use crate::process::{assert_bounded, peak_memory};
use crate::web::{Answer, Web};

/// What asks for GET and POST at one port of a host, without TLS.
fn request(host: &str, port: u16) -> String {
    format!(
        "[[http]]\nhost = \"{host}\"\nscheme = \"http\"\nport = {port}\n\
         methods = [\"GET\", \"POST\"]\n"
    )
}

/// A home whose guest may ask whoever listens at this port.
fn home(guest: &str, port: u16, limits: &[&str]) -> Home {
    let granted = format!("http=http://127.0.0.1:{port}");
    let mut grants = vec![granted.as_str()];
    grants.extend(limits);
    super::home(guest, &request("127.0.0.1", port), &grants)
}

/// A peer that does this with each connection; its port.
fn peer(serve: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = listener.local_addr().expect("an address").port();
    let serve = std::sync::Arc::new(serve);
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let serve = std::sync::Arc::clone(&serve);
            std::thread::spawn(move || serve(stream));
        }
    });
    port
}

/// Reads a request's head.
fn head(stream: &mut TcpStream) -> Option<()> {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).ok()?;
        head.push(byte[0]);
    }
    Some(())
}

fn get(port: u16) -> Value {
    json!({ "url": format!("http://127.0.0.1:{port}/") })
}

#[test]
fn requests_that_no_library_has_looked_at() {
    let (web, other) = (Web::hello(), Web::hello());
    let home = home("hostile", web.port(), &[]);
    let mut client = Client::modern(&home);
    let authority = web.authority();
    let there = |over: Value| {
        let mut whole = json!({
            "method": "GET", "scheme": "http", "authority": authority, "path": "/",
        });
        for (name, value) in over.as_object().expect("an object") {
            whole[name] = value.clone();
        }
        whole
    };
    let (host, elsewhere) = (web.authority(), other.authority());
    for over in [
        // A second request in the method, in the path, in the host.
        json!({ "method": "GET / HTTP/1.1\r\nhost: a\r\n\r\nPOST" }),
        json!({ "method": "PO ST" }),
        json!({ "method": "DELETE" }),
        json!({ "method": "CONNECT" }),
        json!({ "method": "get" }),
        json!({ "path": "/ HTTP/1.1\r\nx-evil: 1\r\n\r\n" }),
        json!({ "path": "/a b" }),
        json!({ "path": "/\u{0}" }),
        json!({ "authority": format!("{host}\r\nx-evil: 1") }),
        json!({ "authority": format!("{elsewhere}@{host}") }),
        json!({ "authority": format!("{host}@{elsewhere}") }),
        json!({ "authority": elsewhere }),
        json!({ "authority": "" }),
        json!({ "authority": format!("{host}/") }),
        // Other schemes.
        json!({ "scheme": "https" }),
        json!({ "scheme": "file" }),
        json!({ "scheme": "gopher" }),
        json!({ "scheme": "ws" }),
        // Headers that end where another begins.
        json!({ "headers": { "x-a": "1\r\nx-evil: 1" } }),
        json!({ "headers": { "x-a\r\nx-evil": "1" } }),
        json!({ "headers": { "x-a": "1\n\nGET /evil HTTP/1.1" } }),
        json!({ "headers": { "": "1" } }),
    ] {
        let told = client.text("send_raw", there(over.clone()));
        assert!(told.starts_with("denied: "), "{over}: {told}");
    }
    assert!(web.asked().is_empty() && other.asked().is_empty());
    let sent = client.text("send_raw", there(json!({ "headers": { "x-a": "1" } })));
    assert_eq!(sent, "ok: 200");
    assert_eq!(web.asked()[0].header("x-a"), Some("1"));
    client.assert_answers();
}

#[test]
fn headers_that_are_the_runtimes_are_not_the_guests() {
    let web = Web::hello();
    let home = home("hostile", web.port(), &[]);
    let mut client = Client::modern(&home);
    for (name, value) in [
        ("host", "internal.example"),
        ("Host", "internal.example"),
        ("transfer-encoding", "chunked"),
        ("content-length", "1000"),
        ("connection", "upgrade"),
        ("upgrade", "h2c"),
        ("proxy-authorization", "Basic YTph"),
        ("te", "trailers"),
        ("keep-alive", "timeout=1000"),
    ] {
        client.text(
            "send_raw",
            json!({
                "method": "GET", "scheme": "http", "authority": web.authority(), "path": "/",
                "headers": { name: value },
            }),
        );
    }
    for asked in web.asked() {
        assert_eq!(
            asked.header("host"),
            Some(web.authority().as_str()),
            "{asked:?}"
        );
        let hosts = asked.headers.iter().filter(|(name, _)| name == "host");
        assert_eq!(hosts.count(), 1, "{asked:?}");
        for name in [
            "transfer-encoding",
            "upgrade",
            "keep-alive",
            "proxy-authorization",
        ] {
            assert_eq!(asked.header(name), None, "{asked:?}");
        }
        assert_ne!(asked.header("content-length"), Some("1000"), "{asked:?}");
    }
    client.assert_answers();
}

#[test]
fn a_request_without_end() {
    let port = peer(|mut stream| {
        // Whatever comes is read, until no more does.
        let mut bytes = vec![0; 64 << 10];
        while stream.read(&mut bytes).is_ok_and(|read| read > 0) {}
    });
    let home = home(
        "hostile",
        port,
        &["limits.http-request-bytes=1MiB", "limits.deadline=5s"],
    );
    let mut client = Client::modern(&home);
    let authority = format!("127.0.0.1:{port}");
    let told = client.text("send_forever", json!({ "authority": authority }));
    assert!(told.starts_with("denied: "), "{told}");
    client.assert_answers();
}

#[test]
fn an_answer_without_end() {
    let port = peer(|mut stream| {
        if head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
            while stream.write_all(&[b'x'; 64 << 10]).is_ok() {}
        }
    });
    let home = home(
        "probe",
        port,
        &["limits.http-response-bytes=1MiB", "limits.deadline=10s"],
    );
    let mut client = Client::modern(&home);
    client.assert_answers();
    let before = peak_memory(client.process());
    let told = client.text("probe_http_get", get(port));
    assert!(
        told.starts_with("denied: "),
        "{}",
        &told[..told.len().min(200)]
    );
    client.assert_answers();
    assert_bounded(client.process(), before);
}

#[test]
fn an_answer_with_headers_without_end() {
    let port = peer(|mut stream| {
        if head(&mut stream).is_some() {
            let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
            let line = format!("x-a: {}\r\n", "x".repeat(1000));
            while stream.write_all(line.as_bytes()).is_ok() {}
        }
    });
    let home = home("probe", port, &["limits.deadline=10s"]);
    let mut client = Client::modern(&home);
    client.assert_answers();
    let before = peak_memory(client.process());
    let told = client.text("probe_http_get", get(port));
    assert!(told.starts_with("denied: "), "{told}");
    client.assert_answers();
    assert_bounded(client.process(), before);
}

#[test]
fn answers_that_only_announce_another() {
    let port = peer(|mut stream| {
        if head(&mut stream).is_some() {
            while stream.write_all(b"HTTP/1.1 100 Continue\r\n\r\n").is_ok() {}
        }
    });
    let home = home("probe", port, &["limits.deadline=1s"]);
    let mut client = Client::modern(&home);
    let id = client.start_call("probe_http_get", get(port));
    client.assert_answers();
    let answer = client.answer(&id);
    let told = answer["result"]["content"][0]["text"].as_str();
    if !told.is_some_and(|told| told.starts_with("denied: ")) {
        assert_names(&answer["error"], "probe", "deadline");
    }
    client.assert_answers();
}

#[test]
fn an_answer_that_is_slow() {
    // A byte at a time, in the head or in the body.
    for begun in ["HTTP/1.1 200 OK\r\nx-a: ", "HTTP/1.1 200 OK\r\n\r\n"] {
        let port = peer(move |mut stream| {
            if head(&mut stream).is_some() {
                let mut sent = stream.write_all(begun.as_bytes());
                while sent.is_ok() {
                    std::thread::sleep(std::time::Duration::from_millis(20));
                    sent = stream.write_all(b"x");
                }
            }
        });
        let home = home("probe", port, &["limits.deadline=1s"]);
        let mut client = Client::modern(&home);
        let id = client.start_call("probe_http_get", get(port));
        client.assert_answers();
        assert_names(&client.answer(&id)["error"], "probe", "deadline");
        client.assert_answers();
    }
}

const NO_HTTP: &[&str] = &[
    "",
    "SSH-2.0-OpenSSH_9.6\r\n",
    "HTTP/9.9 200 OK\r\n\r\n",
    "HTTP/1.1 99999 OK\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: -1\r\n\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\ncontent-length: 6\r\n\r\nhello",
    "HTTP/1.1 200 OK\r\ncontent-length: 99999999999999999999\r\n\r\n",
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nffffffffffffffffff\r\n",
    "HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nshort",
];

#[test]
fn answers_that_are_no_http() {
    let next = AtomicUsize::new(0);
    let port = peer(move |mut stream| {
        let answer = NO_HTTP[next.fetch_add(1, Ordering::Relaxed)];
        if head(&mut stream).is_some() {
            let _ = stream.write_all(answer.as_bytes());
        }
    });
    let home = home("probe", port, &["limits.deadline=10s"]);
    let mut client = Client::modern(&home);
    for answer in NO_HTTP {
        let told = client.text("probe_http_get", get(port));
        assert!(told.starts_with("denied: "), "{answer:?}: {told}");
        client.assert_answers();
    }
}

#[test]
fn a_redirect_without_end() {
    let web = Web::new(|_| Answer::redirect("/again"));
    let home = home("probe", web.port(), &["limits.http-requests=8"]);
    let mut client = Client::modern(&home);
    let told = client.text("probe_http_get", get(web.port()));
    assert!(told.starts_with("denied: "), "{told}");
    assert!(web.asked().len() <= 8, "{}", web.asked().len());
    client.assert_answers();
}

#[test]
fn a_redirect_to_another_scheme() {
    for to in [
        "file:///etc/passwd",
        "gopher://127.0.0.1/",
        "//127.0.0.1:1/",
        "ws://127.0.0.1/",
    ] {
        let web = Web::new(move |_| Answer::redirect(to));
        let home = home("probe", web.port(), &[]);
        let mut client = Client::modern(&home);
        let told = client.text("probe_http_get", get(web.port()));
        assert!(told.starts_with("denied: "), "{to}: {told}");
        assert_eq!(web.asked().len(), 1);
    }
}

#[test]
fn many_requests_at_once() {
    let port = peer(|stream| {
        // Taken, and never answered.
        std::thread::sleep(std::time::Duration::from_secs(600));
        drop(stream);
    });
    let home = home(
        "hostile",
        port,
        &["limits.deadline=1s", "limits.http-requests=16"],
    );
    let mut client = Client::modern(&home);
    let authority = format!("127.0.0.1:{port}");
    let arguments = json!({ "authority": authority, "count": 60 });
    let id = client.start_call("hold_requests", arguments);
    client.assert_answers();
    assert_names(&client.answer(&id)["error"], "hostile", "deadline");
    client.assert_answers();
    assert!(client.close().stderr.contains("http-requests limit (16)"));
}

#[test]
fn a_name_for_this_machine_is_this_machine() {
    // Whatever name leads to loopback, the address is what counts; and an
    // address within an address of another kind is looked into.
    let web = Web::hello();
    let port = web.port();
    let home = Home::with(&["echo"]);
    let names = ["localhost", "[::ffff:127.0.0.1]", "[::1]"];
    let requests: String = names.map(|name| request(name, port)).concat();
    let grants = [format!("http=http://localhost:{port}")];
    let grants: Vec<&str> = grants.iter().map(String::as_str).collect();
    super::install(&home, "probe", &requests, &grants);
    let mut client = Client::modern(&home);
    for name in names {
        let url = format!("http://{name}:{port}/");
        let told = client.text("probe_http_get", json!({ "url": url }));
        assert!(told.starts_with("denied: "), "{name}: {told}");
    }
    assert!(web.asked().is_empty());
}
