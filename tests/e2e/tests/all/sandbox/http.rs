//! Granted hosts, and nothing beside them.

use serde_json::json;

use super::{assert_denied, assert_ok, attempt};
use crate::client::Client;
use crate::home::Home;
use crate::web::{Answer, Web};

/// What a manifest asks for: GET at one port of a host, without TLS.
fn request(host: &str, port: u16) -> String {
    format!("[[http]]\nhost = \"{host}\"\nscheme = \"http\"\nport = {port}\nmethods = [\"GET\"]\n")
}

/// A home whose probe may ask this server.
fn home(web: &Web) -> Home {
    let home = Home::empty();
    let grant = format!("http=http://{}", web.authority());
    home.add_probe(&request("127.0.0.1", web.port()), &["--grant", &grant]);
    home
}

#[test]
fn a_granted_host_is_asked() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    assert_ok(
        &mut client,
        "http_get",
        json!({ "url": web.url("/a?b=c") }),
        "200\nhello",
    );
    let asked = web.asked();
    assert_eq!(asked.len(), 1);
    assert_eq!(
        (asked[0].method.as_str(), asked[0].target.as_str()),
        ("GET", "/a?b=c")
    );
    assert_eq!(asked[0].header("host"), Some(web.authority().as_str()));
}

#[test]
fn another_port_method_host_or_scheme_is_not() {
    let (web, other) = (Web::hello(), Web::hello());
    let home = home(&web);
    let mut client = Client::modern(&home);
    let port = web.port();
    for url in [
        other.url("/"),
        format!("https://127.0.0.1:{port}/"),
        format!("http://localhost:{port}/"),
        format!("http://127.0.0.2:{port}/"),
        format!("http://[::1]:{port}/"),
        "http://127.0.0.1/".to_owned(),
        "http://169.254.169.254/latest/meta-data/".to_owned(),
    ] {
        assert_denied(&mut client, "http_get", json!({ "url": url }));
    }
    for method in ["POST", "HEAD", "PUT", "DELETE", "OPTIONS", "get"] {
        assert_denied(
            &mut client,
            "http_send",
            json!({ "method": method, "url": web.url("/") }),
        );
    }
    assert!(web.asked().is_empty() && other.asked().is_empty());
}

#[test]
fn other_spellings_of_a_host_are_checked_as_what_they_are() {
    let (web, other) = (Web::hello(), Web::hello());
    let home = home(&web);
    let mut client = Client::modern(&home);
    for url in [
        format!(
            "http://127.0.0.1:{}@127.0.0.1:{}/",
            web.port(),
            other.port()
        ),
        format!(
            "http://127.0.0.1:{}#@127.0.0.1:{}/",
            other.port(),
            web.port()
        ),
        format!("http://[::ffff:127.0.0.1]:{}/", other.port()),
        format!("http://2130706433:{}/", other.port()),
        format!("http://0x7f.1:{}/", other.port()),
        format!("http://0.0.0.0:{}/", other.port()),
    ] {
        assert_denied(&mut client, "http_get", json!({ "url": url }));
    }
    assert!(other.asked().is_empty());
}

#[test]
fn a_host_header_of_the_guests_own_does_not_count() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    attempt(
        &mut client,
        "http_send",
        json!({
            "method": "GET", "url": web.url("/"), "headers": { "host": "internal.example" },
        }),
    );
    for asked in web.asked() {
        assert_eq!(asked.header("host"), Some(web.authority().as_str()));
    }
}

#[test]
fn a_redirect_is_followed_to_what_is_granted_only() {
    let secret = Web::hello();
    let to = secret.url("/");
    let web = Web::new(move |asked| match asked.target.as_str() {
        "/away" => Answer::redirect(&to),
        "/within" => Answer::redirect("/end"),
        "/metadata" => Answer::redirect("http://169.254.169.254/"),
        _ => Answer::text("the end"),
    });
    let home = home(&web);
    let mut client = Client::modern(&home);
    assert_ok(
        &mut client,
        "http_get",
        json!({ "url": web.url("/within") }),
        "200\nthe end",
    );
    assert_denied(&mut client, "http_get", json!({ "url": web.url("/away") }));
    assert_denied(
        &mut client,
        "http_get",
        json!({ "url": web.url("/metadata") }),
    );
    assert!(secret.asked().is_empty());
}

#[test]
fn a_granted_name_that_is_a_private_address_is_refused() {
    let web = Web::hello();
    let home = Home::empty();
    let grant = format!("http=http://localhost:{}", web.port());
    home.add_probe(&request("localhost", web.port()), &["--grant", &grant]);
    let url = format!("http://localhost:{}/", web.port());
    let mut client = Client::modern(&home);
    assert_denied(&mut client, "http_get", json!({ "url": url }));
    assert!(web.asked().is_empty());
    let ended = client.close();
    assert!(
        ended.stderr.contains("127.0.0.1") || ended.stderr.contains("::1"),
        "{}",
        ended.stderr
    );
}

#[test]
fn a_granted_name_is_asked_at_the_addresses_that_are_granted() {
    let web = Web::hello();
    let home = Home::empty();
    let origin = format!("http://localhost:{}", web.port());
    home.add_probe(
        &request("localhost", web.port()),
        &["--grant", &format!("http={origin}")],
    );
    home.grant_loopback(&origin);
    let mut client = Client::modern(&home);
    assert_ok(
        &mut client,
        "http_get",
        json!({ "url": format!("{origin}/") }),
        "200\nhello",
    );
    assert_eq!(
        web.asked()[0].header("host"),
        Some(format!("localhost:{}", web.port()).as_str())
    );
}

#[test]
fn what_is_requested_and_not_granted_is_denied() {
    let web = Web::hello();
    let home = Home::empty();
    home.add_probe(&request("127.0.0.1", web.port()), &["--grant-none"]);
    let mut client = Client::modern(&home);
    assert_denied(&mut client, "http_get", json!({ "url": web.url("/") }));
    assert!(web.asked().is_empty());
}

#[test]
fn sockets_stay_closed_where_http_is_granted() {
    let web = Web::hello();
    let home = home(&web);
    let mut client = Client::modern(&home);
    assert_denied(
        &mut client,
        "connect",
        json!({ "address": web.authority() }),
    );
    assert_denied(&mut client, "resolve", json!({ "host": "localhost" }));
}
