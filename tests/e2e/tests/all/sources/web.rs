//! Plugins by URL: what comes over the web is bounded, and never unencrypted.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use super::{assert_says, packed_echo, refused};
use crate::client::Client;
use crate::home::Home;
use crate::web::{Answer, Web};

/// A server that has one file.
fn having(bytes: Vec<u8>) -> Web {
    Web::new(move |_| Answer {
        status: 200,
        headers: vec![("content-type", "application/wasm".into())],
        body: bytes.clone(),
    })
}

#[test]
fn a_plugin_from_a_url() {
    let home = Home::empty();
    let web = having(packed_echo(&home).1);
    let url = web.url("/echo.wasm?version=1");
    let inspected = home.run(&["inspect", &url, "--json"]).json();
    assert_eq!(inspected["name"], "echo");
    assert!(!home.config().exists(), "looking installs nothing");
    let added = home.run(&["add", &url, "--json"]);
    assert_eq!(added.stderr, "", "no progress in a pipe");
    let added = added.json();
    assert_eq!(added["origin"], url);
    let config = fs::read_to_string(home.config()).expect("a config");
    let lock = fs::read_to_string(home.lock()).expect("a lock file");
    assert_says(&config, &[&format!("source = \"{url}\"")]);
    assert_says(&lock, &[&format!("origin = \"{url}\"")]);
    drop(web);
    let mut client = Client::modern(&home);
    client.assert_answers();
    let installed = home.run(&["inspect", "echo", "--json"]).json();
    assert_eq!(installed["origin"], url);
}

#[test]
fn what_is_not_there_is_told() {
    let home = Home::empty();
    let web = Web::new(|_| Answer::status(404));
    let url = web.url("/echo.wasm");
    assert_says(&refused(&home, &url), &[&url, "404 Not Found"]);
    let text = Web::hello();
    let stderr = refused(&home, &text.url("/echo.wasm"));
    assert_says(&stderr, &["is not WebAssembly"]);
}

#[test]
fn tls_is_not_given_up() {
    let home = Home::empty();
    let web = having(packed_echo(&home).1);
    let url = web.url("/echo.wasm").replace("http:", "https:");
    assert_says(&refused(&home, &url), &["cannot get https://127.0.0.1"]);
    assert!(web.asked().is_empty());
}

#[test]
fn redirects_are_followed_only_so_far() {
    let home = Home::empty();
    let there = having(packed_echo(&home).1);
    let once = Web::new({
        let to = there.url("/echo.wasm");
        move |_| Answer::redirect(&to)
    });
    home.run(&["inspect", &once.url("/echo.wasm")]).done();

    for to in [
        "http://example.com/echo.wasm",
        "http://10.0.0.1/",
        "file:///etc/passwd",
    ] {
        let web = Web::new(move |_| Answer::redirect(to));
        let stderr = refused(&home, &web.url("/echo.wasm"));
        assert_says(&stderr, &["cannot get "]);
        assert_eq!(web.asked().len(), 1);
    }
    let round = Web::new(|_| Answer::redirect("/again"));
    assert_says(&refused(&home, &round.url("/")), &["more than 5 times"]);
    assert_eq!(round.asked().len(), 6);
}

#[test]
fn what_is_too_large_is_not_read() {
    let home = Home::empty();
    let web = having(vec![0; (64 << 20) + 1]);
    let stderr = refused(&home, &web.url("/echo.wasm"));
    assert_says(&stderr, &["67108865 bytes; accepted: at most 67108864"]);
    // One that does not say how much it has.
    let url = raw(|stream| {
        stream.write_all(b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n")?;
        loop {
            stream.write_all(&[0; 1 << 16])?;
        }
    });
    let stderr = refused(&home, &url);
    assert_says(&stderr, &["more than 67108864 bytes; accepted: at most"]);
}

#[test]
fn what_is_cut_off_is_told() {
    let home = Home::empty();
    let (_, packed) = packed_echo(&home);
    let half = packed[..packed.len() / 2].to_vec();
    let whole = packed.len();
    let url = raw(move |stream| {
        let head = format!("HTTP/1.1 200 OK\r\ncontent-length: {whole}\r\n\r\n");
        stream.write_all(head.as_bytes())?;
        stream.write_all(&half)
    });
    assert_says(
        &refused(&home, &url),
        &["is cut off", &format!("of {whole} bytes")],
    );
}

/// The URL of a server that answers by hand.
fn raw(
    answer: impl Fn(&mut std::net::TcpStream) -> std::io::Result<()> + Send + 'static,
) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let address = listener.local_addr().expect("an address");
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4096];
            // A client that has enough goes away.
            let _ = stream.read(&mut request).and_then(|_| answer(&mut stream));
        }
    });
    format!("http://{address}/echo.wasm")
}
