//! Requests that a web page could make a browser send.

use serde_json::json;

use super::server::{Server, modern_body};
use crate::client::MODERN;
use crate::home::Home;

fn ask(server: &Server, header: (&str, &str)) -> u16 {
    let headers = [
        ("mcp-protocol-version", MODERN),
        ("mcp-method", "tools/list"),
        header,
    ];
    let body = modern_body("tools/list", json!({}));
    server.ask("POST", &headers, &body).status
}

#[test]
fn foreign_hosts_and_origins_are_refused() {
    let home = Home::with(&["echo"]);
    let server = Server::start(&home, &[]);
    for host in [
        "evil.example.com",
        "10.0.0.1:80",
        "localhost.evil.example.com",
    ] {
        assert_eq!(ask(&server, ("host", host)), 403, "{host}");
    }
    for host in ["localhost", "127.0.0.1:1", "[::1]:80"] {
        assert_eq!(ask(&server, ("host", host)), 200, "{host}");
    }
    for origin in [
        "http://evil.example.com",
        "null",
        "https://localhost.evil.example.com",
    ] {
        assert_eq!(ask(&server, ("origin", origin)), 403, "{origin}");
    }
    for origin in ["http://localhost:3000", "https://127.0.0.1"] {
        assert_eq!(ask(&server, ("origin", origin)), 200, "{origin}");
    }
}

#[test]
fn the_admin_names_who_else_is_taken() {
    let home = Home::with(&["echo"]);
    let arguments = [
        "--allow-host",
        "mcp.example.com",
        "--allow-origin",
        "https://app.example.com",
    ];
    let server = Server::start(&home, &arguments);
    assert_eq!(ask(&server, ("host", "mcp.example.com:8443")), 200);
    assert_eq!(ask(&server, ("host", "other.example.com")), 403);
    assert_eq!(ask(&server, ("origin", "https://app.example.com")), 200);
    assert_eq!(ask(&server, ("origin", "http://app.example.com")), 403);
}
