//! What is kept of arguments, and that nothing in a line can mislead.

use std::fs;

use serde_json::{Value, json};

use super::{calls, last};
use crate::client::{Client, MODERN};
use crate::home::{Home, files};
use crate::http::server::{Server, modern_body};
use crate::web::Web;

fn home(audit: &str) -> Home {
    let home = Home::with(&["echo"]);
    home.configure(&format!("[audit]\n{audit}"));
    home
}

fn echo(client: &mut Client, text: &str) -> Value {
    client.text("echo", json!({ "text": text }));
    json!({ "text": text })
}

#[test]
fn their_digest_is_kept_by_default() {
    let home = home("");
    let mut client = Client::modern(&home);
    for text in ["known only to me", "known only to me", "another"] {
        echo(&mut client, text);
    }
    let calls = calls(&home);
    let digest = |index: usize| calls[index]["arguments_digest"].as_str().expect("a digest");
    assert!(digest(0).starts_with("blake3:"));
    assert_eq!(digest(0), digest(1));
    assert_ne!(digest(0), digest(2));
    let log = fs::read_to_string(home.data().join("audit.jsonl")).expect("a log");
    assert!(!log.contains("known only"), "{log}");
}

#[test]
fn all_or_nothing_is_kept_by_choice() {
    let full = home("arguments = \"full\"");
    let arguments = echo(&mut Client::modern(&full), "a \"b\" \u{1b}[2J \u{9b} ä");
    assert_eq!(last(&full)["arguments"], arguments);
    assert_eq!(last(&full).get("arguments_digest"), None);
    let none = home("arguments = \"none\"");
    echo(&mut Client::modern(&none), "a");
    assert_eq!(last(&none).get("arguments"), None);
    assert_eq!(last(&none).get("arguments_digest"), None);
}

#[test]
fn lines_of_arguments_do_not_end_a_line() {
    let home = home("arguments = \"full\"");
    let server = Server::start(&home, &[]);
    let call = json!({ "name": "echo", "arguments": { "text": "a" } });
    let body = modern_body("tools/call", call);
    let body: Value = serde_json::from_str(&body).expect("JSON");
    let body = serde_json::to_string_pretty(&body).expect("JSON");
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/call"),
        ("mcp-name", "echo"),
    ];
    assert_eq!(server.ask("POST", &headers, &body).status, 200);
    assert_eq!(last(&home)["arguments"], json!({ "text": "a" }));
}

#[test]
fn what_cannot_be_seen_is_escaped_in_the_file_and_on_terminals() {
    let home = home("arguments = \"full\"");
    let mut client = Client::modern(&home);
    let name = "a\u{1b}[2J\u{9b}31m\u{202e}b\u{7f}";
    client.call_error(name, json!({ "text": "\u{9b}2J\u{202e}" }));
    assert_eq!(last(&home)["name"], name);
    let log = fs::read_to_string(home.data().join("audit.jsonl")).expect("a log");
    let shown = home.run(&["audit"]).done();
    let raw = home.run(&["audit", "--json"]).done();
    for text in [&log, &shown, &raw] {
        let hidden = |c: &char| c.is_control() && *c != '\n' || *c == '\u{202e}';
        assert_eq!(text.chars().find(hidden), None, "{text:?}");
    }
    assert!(
        shown.contains(r"a\u{1b}[2J\u{9b}31m\u{202e}b\u{7f}"),
        "{shown}"
    );
}

#[test]
fn a_name_without_end_is_cut() {
    let home = home("");
    let mut client = Client::modern(&home);
    client.call_error(&"ä".repeat(1 << 20), json!({}));
    let name = last(&home)["name"].as_str().expect("a name").len();
    assert!(name <= 1 << 10, "{name}");
}

#[test]
fn secrets_are_in_no_line() {
    const SECRET: &str = "hunter2-hunter2";
    let mut home = Home::empty();
    home.variables.push(("PROBE_TOKEN", SECRET));
    let web = Web::hello();
    home.add_probe(
        &format!(
            "[[http]]\nhost = \"127.0.0.1\"\nscheme = \"http\"\nport = {}\n\
             [secrets.token]\ndescription = \"a token\"\n\
             http = {{ host = \"127.0.0.1\", header = \"x-token\", format = \"Bearer {{}}\" }}\n",
            web.port()
        ),
        &[
            "--grant",
            &format!("http=http://{}", web.authority()),
            "--grant",
            "secrets.token=env:PROBE_TOKEN",
        ],
    );
    home.configure("[audit]\narguments = \"full\"");
    let mut client = Client::modern(&home);
    client.text("http_get", json!({ "url": web.url("/?a=b") }));
    assert!(web.asked()[0].header("x-token").is_some());
    assert_eq!(last(&home)["uses"]["http"][0]["allowed"], 1);
    client.close();
    for folder in [home.data(), home.data().join("grants")] {
        for file in files(&folder).iter().filter(|file| file.is_file()) {
            let bytes = fs::read(file).expect("a file");
            let text = String::from_utf8_lossy(&bytes);
            assert!(!text.contains(SECRET), "{}", file.display());
        }
    }
    let granted = super::of(&home, "grant")[0]["granted"].to_string();
    assert!(
        granted.contains("secrets.token=env:PROBE_TOKEN"),
        "{granted}"
    );
}
