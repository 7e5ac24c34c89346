//! What models read of a plain component's tools.

use serde_json::json;
use wit_parser::{PackageMetadata, Resolve};

use super::{client, tool};
use crate::bad_input::MANIFEST;
use crate::client::Client;
use crate::home::{Home, path, plugin_folder, root};

/// The guest's component with a custom section at its end.
fn with_section(name: &str, data: &[u8]) -> Vec<u8> {
    let component = plugin_folder("plain").join("plain.wasm");
    let mut bytes = std::fs::read(component).expect("it is built");
    let content = [&leb128(name.len())[..], name.as_bytes(), data].concat();
    bytes.push(0);
    bytes.extend(leb128(content.len()));
    bytes.extend(content);
    bytes
}

fn leb128(mut number: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    while number >= 0x80 {
        bytes.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    bytes.push(number as u8);
    bytes
}

/// The docs of the guest's WIT, as the WIT tools write them.
fn docs() -> Vec<u8> {
    let mut resolve = Resolve::default();
    let folder = root().join("tests/guests/plain/wit");
    let (package, _) = resolve.push_dir(folder).expect("the guest's WIT");
    let docs = PackageMetadata::extract(&resolve, package);
    docs.encode().expect("JSON")
}

#[track_caller]
fn client_of(component: &[u8]) -> (Home, Client) {
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, component);
    home.run(&["add", path(&folder)]).done();
    let client = Client::modern(&home);
    (home, client)
}

#[test]
fn without_docs_the_signature() {
    let (_home, mut client) = client();
    for (name, description) in [
        ("add", "Calls the function add: func(a: u32, b: u32) -> u32"),
        (
            "join",
            "Calls the function join: func(words: list<string>, separator: option<string>) -> string",
        ),
        (
            "echoes_of-record",
            "Calls the function demo:plain/echoes@1.2.0.of-record: func(value: article) -> article",
        ),
        (
            "ends_refuse",
            "Calls the function demo:plain/ends@1.2.0.refuse: func(reason: option<shape>) -> result<_, shape>",
        ),
    ] {
        assert_eq!(tool(&mut client, name)["description"], description);
    }
}

#[test]
fn with_docs_what_they_say() {
    let (_home, mut client) = client_of(&with_section("package-docs", &docs()));
    for (name, description) in [
        ("add", "Add two numbers."),
        ("words_reverse", "Turn a text around."),
        ("ends_divide", "Divide, rounding to zero."),
        ("echoes_of-record", "Gives back an article."),
        // Of this one they say nothing.
        (
            "echoes_of-u8",
            "Calls the function demo:plain/echoes@1.2.0.of-u8: func(value: u8) -> u8",
        ),
    ] {
        assert_eq!(tool(&mut client, name)["description"], description);
    }
    // What is used from another interface is described there.
    let record = tool(&mut client, "echoes_of-record");
    let article = &record["inputSchema"]["properties"]["value"];
    assert_eq!(article["description"], "An article on a shelf.");
    let fields = &article["properties"];
    assert_eq!(fields["name"]["description"], "What it is, in a word.");
    let variant = tool(&mut client, "echoes_of-variant");
    let shape = &variant["inputSchema"]["properties"]["value"];
    assert_eq!(shape["description"], "A figure of plane geometry.");
    assert_eq!(shape["oneOf"][0]["description"], "With this radius.");
    let result = client.call("echoes_of-variant", json!({ "value": "nothing" }));
    assert_eq!(result["structuredContent"], json!({ "result": "nothing" }));
}

#[test]
fn docs_that_are_none_are_as_no_docs() {
    for section in [
        &b""[..],
        b"\x01",
        b"\x01{\"worlds\":7}",
        b"\x02{}",
        b"{}",
        &[1, 0xff, 0xfe],
        &b"[".repeat(100_000),
    ] {
        let (_home, mut client) = client_of(&with_section("package-docs", section));
        let add = tool(&mut client, "add");
        let description = "Calls the function add: func(a: u32, b: u32) -> u32";
        assert_eq!(add["description"], description);
    }
}

#[test]
fn docs_without_end_are_cut() {
    let long = "a ".repeat(1 << 20);
    let docs = json!({
        "worlds": { "plain": { "func_exports": { "add": { "docs": long } } } },
        "interfaces": {
            "things": { "types": { "article": { "docs": long, "items": { "name": long } } } },
        },
    });
    let section = [&[1], docs.to_string().as_bytes()].concat();
    let (_home, mut client) = client_of(&with_section("package-docs", &section));
    // More than is read at all.
    let add = tool(&mut client, "add");
    assert!(
        add["description"]
            .as_str()
            .is_some_and(|text| text.len() < 5_000)
    );

    let docs = json!({ "worlds": { "plain": { "func_exports": { "add": { "docs": long } } } } });
    let section = [&[1], docs.to_string().as_bytes()].concat();
    let (_home, mut client) = client_of(&with_section("package-docs", &section));
    let add = tool(&mut client, "add");
    assert!(
        add["description"]
            .as_str()
            .is_some_and(|text| text.len() == 4_000)
    );
}

#[test]
fn what_is_hidden_in_docs_is_told() {
    let docs = json!({
        "worlds": { "plain": { "func_exports": { "add": { "docs": "Add\u{200b}." } } } },
    });
    let section = [&[1], docs.to_string().as_bytes()].concat();
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, &with_section("package-docs", &section));
    let added = home.run(&["add", path(&folder), "--json"]).json();
    let hidden = added["hidden_text"][0].as_str().expect("a warning");
    assert!(
        hidden.contains("`add`") && hidden.contains("U+200B"),
        "{hidden}"
    );
}
