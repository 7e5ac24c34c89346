//! Registries that want to know who asks.

use std::fs;

use base64::Engine as _;
use serde_json::json;

use super::registry::Registry;
use super::{assert_says, refused};
use crate::home::{Home, path, plugin_folder};
use crate::web::{Answer, Web};

/// Writes docker's configuration into a home.
fn log_in(home: &Home, config: &serde_json::Value) {
    let folder = home.folder(".docker");
    fs::write(format!("{folder}/config.json"), config.to_string()).expect("written");
}

fn with_password(registry: &str, password: &str) -> serde_json::Value {
    let auth = base64::engine::general_purpose::STANDARD.encode(format!("admin:{password}"));
    json!({ "auths": { registry: { "auth": auth } } })
}

#[test]
fn a_password_of_dockers_is_used() {
    let Some(registry) = Registry::closed() else {
        return;
    };
    let home = Home::empty();
    let folder = plugin_folder("echo");
    let reference = registry.reference("acme/echo:1");
    let push = || home.run(&["push", path(&folder), &reference]);
    let wants = [
        "wants a name and a password",
        "docker login",
        ".docker/config.json",
    ];
    assert_says(&push().failed(1), &wants);
    log_in(&home, &with_password(&registry.authority, "guess"));
    assert_says(
        &push().failed(1),
        &["refuses the credentials", "docker login"],
    );
    log_in(&home, &with_password(&registry.authority, "secret"));
    push().done();
    let added = home.run(&["add", &reference]).done();
    assert_says(&added, &["added echo"]);
    for file in [home.config(), home.lock()] {
        let text = fs::read_to_string(file).expect("a file");
        assert!(!text.contains("secret"), "{text}");
    }
    // Those for another registry are not for this one.
    home.run(&["remove", "echo"]).done();
    log_in(&home, &with_password("127.0.0.1:9", "secret"));
    assert_says(
        &refused(&home, &reference),
        &["wants a name and a password"],
    );
    log_in(&home, &json!("nonsense"));
    assert_says(&refused(&home, &reference), &["cannot get the credentials"]);
}

#[cfg(unix)]
#[test]
fn a_helper_of_dockers_is_asked() {
    use std::process::Command;

    let Some(registry) = Registry::closed() else {
        return;
    };
    let home = Home::empty();
    log_in(
        &home,
        &json!({ "credHelpers": { &registry.authority: "ours" } }),
    );
    let helper = format!("{}/docker-credential-ours", home.folder("bin"));
    let says = |script: &str| {
        // By a process of its own: a file that this one has open for writing is
        // busy in all that it starts meanwhile.
        let mut writing = Command::new("sh");
        writing.args([
            "-c",
            "printf '#!/bin/sh\\nread -r server\\n%s\\n' \"$1\" > \"$0\" && chmod 755 \"$0\"",
        ]);
        let written = writing.args([helper.as_str(), script]).status();
        assert!(written.expect("a shell").success());
        let path_variable = std::env::var("PATH").unwrap_or_default();
        let mut command = home.command(&[
            "push",
            path(&plugin_folder("echo")),
            &registry.reference("echo:1"),
        ]);
        command.env("PATH", format!("{}:{path_variable}", home.folder("bin")));
        crate::home::Ran::new(&command.output().expect("it runs"))
    };
    let none = says("echo 'credentials not found in native keychain'; exit 1");
    assert_says(&none.failed(1), &["wants a name and a password"]);
    let broken = says("echo 'my secret'; exit 1").failed(1);
    assert_says(
        &broken,
        &[
            "cannot get the credentials",
            "`docker-credential-ours` failed",
        ],
    );
    assert!(!broken.contains("my secret"), "{broken}");
    says("echo '{\"Username\": \"admin\", \"Secret\": \"secret\"}'").done();
}

/// A registry that names a token server, and what it has elsewhere.
fn with_tokens(realm: String, elsewhere: Option<String>) -> Web {
    Web::new(move |asked| {
        if asked.header("authorization") != Some("Bearer token-1") {
            let challenge = format!("Bearer realm=\"{realm}\",service=\"registry\"");
            return Answer {
                status: 401,
                headers: vec![("www-authenticate", challenge)],
                body: Vec::new(),
            };
        }
        match &elsewhere {
            Some(elsewhere) if asked.target.contains("/blobs/") => Answer::redirect(elsewhere),
            _ => Answer::json(&super::liars::manifest(5, super::liars::HELLO)),
        }
    })
}

#[test]
fn a_token_is_got_by_the_password_and_goes_to_the_registry_alone() {
    let home = Home::empty();
    let tokens = Web::new(|_| Answer::json(&json!({ "token": "token-1" })));
    let elsewhere = Web::hello();
    let registry = with_tokens(tokens.url("/token"), Some(elsewhere.url("/layer")));
    log_in(&home, &with_password(&registry.authority(), "secret"));
    let reference = format!("oci://{}/acme/echo:1", registry.authority());
    // As far as the layer, which is no component.
    assert_says(&refused(&home, &reference), &["is not WebAssembly"]);
    let asked = tokens.asked();
    assert_eq!(asked.len(), 1);
    let expected = "/token?scope=repository%3Aacme%2Fecho%3Apull&service=registry";
    assert_eq!(asked[0].target, expected);
    let password = asked[0].header("authorization").expect("a password");
    assert!(password.starts_with("Basic "), "{password}");
    let layer = elsewhere.asked();
    assert_eq!(layer.len(), 1);
    assert_eq!(layer[0].header("authorization"), None);
    let registry = registry.asked();
    assert!(registry.iter().all(|asked| {
        let sent = asked.header("authorization");
        sent.is_none_or(|sent| sent.starts_with("Bearer "))
    }));
}

#[test]
fn a_token_server_without_tls_gets_no_password() {
    let home = Home::empty();
    let registry = with_tokens("http://tokens.example/token".to_owned(), None);
    log_in(&home, &with_password(&registry.authority(), "secret"));
    let reference = format!("oci://{}/echo:1", registry.authority());
    assert_says(
        &refused(&home, &reference),
        &["not encrypted", "accepted: https"],
    );
}
