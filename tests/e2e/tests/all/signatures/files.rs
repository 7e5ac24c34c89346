//! Plugins that are one file, on this machine and on the web, with a signature
//! beside them.

use std::fs;
use std::sync::{Arc, Mutex};

use super::{Author, refused, trust};
use crate::client::Client;
use crate::home::{Home, Ran, path, plugin_folder};
use crate::web::{Answer, Web};

/// A packed plugin.
fn packed(home: &Home, guest: &str) -> Vec<u8> {
    let file = home.path(&format!("{guest}.packed"));
    let folder = plugin_folder(guest);
    home.run(&["pack", path(&folder), "-o", path(&file)]).done();
    fs::read(&file).expect("it was written")
}

/// A home that trusts this author with a source.
fn home(author: &Author, source: impl FnOnce(&Home) -> String) -> Home {
    let home = Home::empty();
    let key = format!("minisign = \"{}\"", author.public());
    home.configure(&trust("ada", &source(&home).replace('\\', "\\\\"), &key));
    home
}

#[test]
fn a_packed_file_is_signed_by_the_file_beside_it() {
    let author = Author::new();
    let home = home(&author, |home| format!("{}/*", home.folder("signed")));
    let echo = packed(&home, "echo");
    let (file, signature) = (
        home.path("signed/echo.wasm"),
        home.path("signed/echo.wasm.minisig"),
    );
    fs::write(&file, &echo).expect("written");
    let add = [path(&file)];
    refused(
        &home,
        &add,
        &["it is not signed", "by `ada`", "FILE.minisig"],
    );
    fs::write(&signature, Author::new().sign(&echo, "echo")).expect("written");
    refused(
        &home,
        &add,
        &["`echo.wasm.minisig`: another key has made it"],
    );
    let other = author.sign(&packed(&home, "offers"), "offers");
    fs::write(&signature, other).expect("written");
    refused(
        &home,
        &add,
        &[
            "it is of something else, or was changed",
            "not signed by `ada`",
        ],
    );
    fs::write(&signature, vec![b'a'; (64 << 10) + 1]).expect("written");
    refused(&home, &add, &["echo.wasm.minisig", "accepted: at most"]);
    fs::write(&signature, author.sign(&echo, "echo 0.1.0")).expect("written");
    let added = home.run(&["add", path(&file)]).done();
    assert!(added.contains("signed by ada: echo 0.1.0\n"), "{added}");
    home.run(&["verify"]).done();
    Client::modern(&home).assert_answers();
}

#[test]
fn a_component_beside_its_manifest_is_signed_as_a_folder() {
    let author = Author::new();
    let home = home(&author, |home| format!("{}/*", path(&home.path("plugins"))));
    let folder = home.plugin("echo", "");
    let file = folder.join("echo.wasm");
    let component = fs::read(&file).expect("a component");
    let signature = folder.join("echo.wasm.minisig");
    fs::write(signature, author.sign(&component, "echo")).expect("written");
    refused(
        &home,
        &[path(&file)],
        &["it is not signed", "accepted: SHA256SUMS"],
    );
    author.sign_folder(&folder);
    home.run(&["add", path(&file)]).done();
}

/// What a web server has: files by their paths.
type Files = Arc<Mutex<Vec<(&'static str, Vec<u8>)>>>;

fn serving(files: &Files) -> Web {
    let files = Arc::clone(files);
    Web::new(move |asked| {
        let path = asked.target.split('?').next().unwrap_or_default();
        let files = files.lock().expect("a lock");
        match files.iter().rev().find(|(name, _)| *name == path) {
            Some((_, body)) => Answer {
                status: 200,
                headers: Vec::new(),
                body: body.clone(),
            },
            None => Answer::status(404),
        }
    })
}

fn put(files: &Files, name: &'static str, content: impl Into<Vec<u8>>) {
    let mut files = files.lock().expect("a lock");
    files.push((name, content.into()));
}

#[test]
fn a_plugin_from_a_url_is_signed_by_the_one_beside_it() {
    let author = Author::new();
    let files = Files::default();
    let web = serving(&files);
    let home = home(&author, |_| web.url("/acme/*"));
    let echo = packed(&home, "echo");
    for name in ["/acme/echo.wasm", "/other/echo.wasm"] {
        put(&files, name, echo.clone());
    }
    let url = web.url("/acme/echo.wasm?version=1");
    refused(&home, &[&url], &["it is not signed", "by `ada`"]);
    let beside = "/acme/echo.wasm.minisig?version=1";
    let asked: Vec<String> = web.asked().into_iter().map(|asked| asked.target).collect();
    assert_eq!(asked, ["/acme/echo.wasm?version=1", beside]);
    let beside = "/acme/echo.wasm.minisig";
    put(&files, beside, Author::new().sign(&echo, "echo"));
    refused(&home, &[&url], &[beside, "another key has made it"]);
    put(&files, beside, author.sign(&packed(&home, "offers"), ""));
    refused(&home, &[&url], &["of something else, or was changed"]);
    put(&files, beside, "<html>not found</html>");
    refused(&home, &[&url], &["it is not a signature of minisign"]);
    put(&files, beside, vec![b'a'; (64 << 10) + 1]);
    refused(&home, &[&url], &[beside, "accepted: at most 65536"]);
    put(&files, beside, author.sign(&echo, "echo 0.1.0"));
    let added = home.run(&["add", &url, "--json"]).json();
    assert_eq!(added["signed_by"], "ada");
    assert_eq!(added["signature_comment"], "echo 0.1.0");
    // Of what nobody has to sign no signature is asked for.
    let before = web.asked().len();
    let other = web.url("/other/echo.wasm");
    home.run(&["add", &other, "--name", "other", "--prefix", "o"])
        .done();
    assert_eq!(web.asked().len(), before + 1);

    // The next version: refused as it is, and nothing of it stays.
    let mut next = echo.clone();
    next.extend([0, 3, 1, b'x', 0]);
    put(&files, "/acme/echo.wasm", next.clone());
    let before = home.installed();
    let stderr = home.run(&["update", "echo", "--yes"]).failed(1);
    for part in ["plugin `echo` is refused", "of something else"] {
        assert!(stderr.contains(part), "`{part}`: {stderr}");
    }
    assert_eq!(home.installed(), before);
    put(&files, beside, author.sign(&next, "echo 0.1.1"));
    home.run(&["update", "echo"]).done();
    assert_ne!(home.installed(), before);
}

#[test]
fn what_is_tried_has_to_be_signed_too() {
    let author = Author::new();
    let files = Files::default();
    let web = serving(&files);
    let home = home(&author, |_| web.url("/*"));
    let echo = packed(&home, "echo");
    put(&files, "/echo.wasm", echo.clone());
    let url = web.url("/echo.wasm");
    let call = |source: &str| -> Ran {
        let arguments = "{\"text\": \"a\"}";
        home.run(&["call", "--plugin", source, "echo", arguments])
    };
    let serve = |source: &str| home.run(&["serve", "--plugin", source]);
    let refused = |ran: Ran, parts: &[&str]| {
        let stderr = ran.failed(1);
        for part in ["plugin `echo` is refused: "].iter().chain(parts) {
            assert!(stderr.contains(part), "`{part}`: {stderr}");
        }
    };
    refused(call(&url), &["it is not signed", "by `ada`"]);
    refused(serve(&url), &["it is not signed", "by `ada`"]);
    put(
        &files,
        "/echo.wasm.minisig",
        Author::new().sign(&echo, "echo"),
    );
    refused(call(&url), &["another key has made it"]);
    refused(serve(&url), &["another key has made it"]);
    put(&files, "/echo.wasm.minisig", author.sign(&echo, "echo"));
    assert_eq!(call(&url).done().trim(), "a");
    Client::with_flags(&home, &["--plugin", &url]).assert_answers();

    // No key is for this folder: it may be tried unless all have to be signed. A
    // path is read from where the program runs.
    let folder = home.plugin("echo", "");
    call("../plugins/echo").done();
    let config = fs::read_to_string(home.config()).expect("a config");
    let all = format!("[trust]\nrequire-signature = true\n{config}");
    fs::write(home.config(), all).expect("written");
    refused(call("../plugins/echo"), &["`require-signature` is set"]);
    let key = format!("minisign = \"{}\"", author.public());
    let source = format!("{}/*", path(&home.path("plugins"))).replace('\\', "\\\\");
    let config = fs::read_to_string(home.config()).expect("a config");
    let both = format!("{config}{}", trust("more", &source, &key));
    fs::write(home.config(), both).expect("written");
    refused(call("../plugins/echo"), &["it is not signed", "by `more`"]);
    author.sign_folder(&folder);
    call("../plugins/echo").done();
    assert!(!home.lock().exists(), "nothing is installed");
}
