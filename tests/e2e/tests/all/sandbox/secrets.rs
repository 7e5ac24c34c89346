//! Secrets: on the wire, and nowhere else.

use std::fs;

use serde_json::json;

use super::{assert_denied, assert_ok, attempt};
use crate::client::Client;
use crate::home::Home;
use crate::web::{Answer, Web};

const SECRET: &str = "hunter2-hunter2";

/// A home whose probe may ask both servers, the second by the name
/// `localhost`, and has a secret for the first; and a client with the
/// secret in its environment.
fn start(web: &Web, other: &Web) -> (Home, Client) {
    let mut home = Home::empty();
    home.variables.push(("PROBE_TOKEN", SECRET));
    let request = |host: &str, web: &Web| {
        format!(
            "[[http]]\nhost = \"{host}\"\nscheme = \"http\"\nport = {}\n",
            web.port()
        )
    };
    let secret = "[secrets.token]\ndescription = \"a token\"\n\
         http = { host = \"127.0.0.1\", header = \"x-token\", format = \"Bearer {}\" }\n";
    let named = format!("http://localhost:{}", other.port());
    home.add_probe(
        &format!(
            "{}{}{secret}",
            request("127.0.0.1", web),
            request("localhost", other)
        ),
        &[
            "--grant",
            &format!("http=http://{}", web.authority()),
            "--grant",
            &format!("http={named}"),
            "--grant",
            "secrets.token=env:PROBE_TOKEN",
        ],
    );
    home.grant_loopback(&named);
    let client = Client::modern(&home);
    (home, client)
}

#[test]
fn are_added_on_the_way_out() {
    let (web, other) = (Web::hello(), Web::hello());
    let (_home, mut client) = start(&web, &other);
    assert_ok(
        &mut client,
        "http_get",
        json!({ "url": web.url("/") }),
        "200\nhello",
    );
    assert_eq!(
        web.asked()[0].header("x-token"),
        Some("Bearer hunter2-hunter2")
    );
    // What the guest puts there does not stay.
    let headers = json!({ "x-token": "mine" });
    attempt(
        &mut client,
        "http_send",
        json!({ "method": "GET", "url": web.url("/"), "headers": headers }),
    );
    let tokens: Vec<_> = web.asked()[1]
        .headers
        .iter()
        .filter(|(name, _)| name == "x-token")
        .cloned()
        .collect();
    assert_eq!(tokens, [("x-token".to_owned(), format!("Bearer {SECRET}"))]);
}

#[test]
fn go_to_no_other_server() {
    let other = Web::hello();
    let url = format!("http://localhost:{}/", other.port());
    let to = url.clone();
    let web = Web::new(move |_| Answer::redirect(&to));
    let (_home, mut client) = start(&web, &other);
    assert_ok(&mut client, "http_get", json!({ "url": url }), "200\nhello");
    assert_ok(
        &mut client,
        "http_get",
        json!({ "url": web.url("/") }),
        "200\nhello",
    );
    assert_eq!(web.asked().len(), 1);
    assert_eq!(other.asked().len(), 2);
    for asked in other.asked() {
        assert!(
            !asked
                .headers
                .iter()
                .any(|(_, value)| value.contains(SECRET)),
            "{asked:?}"
        );
    }
}

#[test]
fn are_seen_by_nobody_else() {
    let (web, other) = (Web::hello(), Web::hello());
    let (home, mut client) = start(&web, &other);
    assert_denied(&mut client, "setting", json!({ "name": "token" }));
    assert_ok(
        &mut client,
        "environment",
        json!({}),
        "0 variables, 0 arguments",
    );
    attempt(&mut client, "http_get", json!({ "url": web.url("/") }));
    attempt(
        &mut client,
        "http_get",
        json!({ "url": "https://example.com/" }),
    );
    let ended = client.close();
    assert!(!ended.stderr.contains(SECRET), "{}", ended.stderr);
    for arguments in [
        &["list"][..],
        &["list", "--json"],
        &["inspect", "probe"],
        &["inspect", "probe", "--json"],
    ] {
        let ran = home.run(arguments);
        assert!(
            !ran.stdout.contains(SECRET) && !ran.stderr.contains(SECRET),
            "{arguments:?}"
        );
    }
    for file in [home.config(), home.lock()] {
        assert!(
            !fs::read_to_string(file)
                .expect("it is there")
                .contains(SECRET)
        );
    }
}

#[test]
fn that_are_missing_are_named_by_their_source() {
    let (web, other) = (Web::hello(), Web::hello());
    let (mut home, client) = start(&web, &other);
    drop(client);
    home.variables.clear();
    let mut client = Client::modern(&home);
    let error = client.call_error("http_get", json!({ "url": web.url("/") }));
    let message = error["message"].as_str().expect("a message");
    for part in ["`probe`", "`token`", "PROBE_TOKEN"] {
        assert!(message.contains(part), "{message}");
    }
    assert!(web.asked().is_empty());
}
