use std::path::Path;

use super::*;
use crate::package::Manifest;
use crate::policy::{ANY_DIRECTORY, Access, HttpTarget};

const PREAMBLE: &[u8] = b"\0asm\x0d\0\x01\0";

fn section(id: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("short enough for one byte of LEB128");
    assert!(length < 0x80);
    [&[id, length], content].concat()
}

fn custom(name: &str, data: &[u8]) -> Vec<u8> {
    let length = u8::try_from(name.len()).expect("short");
    section(0, &[&[length], name.as_bytes(), data].concat())
}

/// A component that imports instances of these names.
fn importing(names: &[&str]) -> Vec<u8> {
    let mut bytes = PREAMBLE.to_vec();
    bytes.extend(section(7, &[1, 0x42, 0]));
    for name in names {
        let length = u8::try_from(name.len()).expect("short");
        let import = [&[1, 0, length], name.as_bytes(), &[5, 0]].concat();
        bytes.extend(section(10, &import));
    }
    bytes
}

#[track_caller]
fn generated(component: &[u8], file_name: &str) -> Manifest {
    let text = generated_manifest(component, file_name).expect("a manifest");
    Manifest::parse(&text, Path::new("generated")).unwrap_or_else(|error| panic!("{error}\n{text}"))
}

#[test]
fn a_component_that_imports_nothing_asks_for_nothing() {
    let manifest = generated(PREAMBLE, "My_Stock.v2.wasm");
    assert_eq!(manifest.name, "my-stock-v2");
    assert_eq!(manifest.version.to_string(), "0.0.0");
    assert_eq!(manifest.component, Path::new("My_Stock.v2.wasm"));
    assert_eq!(manifest.request.canonical(), "");
    let refused = generated_manifest(PREAMBLE, "___.wasm");
    assert_eq!(refused, Err(NoManifest::Nameless("___.wasm".to_owned())));
}

#[test]
fn what_is_imported_is_asked_for() {
    let component = importing(&[
        "wasi:io/streams@0.2.3",
        "wasi:http/outgoing-handler@0.2.3",
        "wasi:filesystem/preopens@0.2.3",
        "wasi:keyvalue/store@0.2.0-draft",
        "wasi:sockets/tcp@0.2.3",
        "wasi:config/store@0.2.0-rc.1",
    ]);
    let request = generated(&component, "a.wasm").request;
    assert_eq!(request.http[0].target, HttpTarget::Any);
    assert_eq!(request.http[0].methods.len(), 7);
    assert_eq!(request.filesystem[0].name, ANY_DIRECTORY);
    assert_eq!(request.filesystem[0].access, Access::ReadWrite);
    assert!(request.keyvalue.is_some());
    assert!(request.settings.is_empty());
    let text = generated_manifest(&component, "a.wasm").expect("a manifest");
    assert!(text.contains("[settings.NAME]"), "{text}");
    assert!(text.contains("no grant for them"), "{text}");
    for (name, _) in REQUESTS {
        assert!(!generated_manifest(PREAMBLE, "a.wasm").is_ok_and(|text| text.contains(name)));
    }
}

#[test]
fn what_the_component_says_of_itself() {
    let name = custom("component-name", b"\0\x07\x06s:tock");
    let mut component = PREAMBLE.to_vec();
    component.extend(custom("version", b"1.2.3"));
    component.extend(custom("description", b"Keeps \"stock\""));
    component.extend(name);
    let manifest = generated(&component, "a.wasm");
    assert_eq!(manifest.to_string(), "s-tock 1.2.3");
    assert_eq!(manifest.description, "Keeps \"stock\"");
    // What a manifest cannot have is not taken over.
    let mut component = PREAMBLE.to_vec();
    let long = format!("1.0.0-{}", "a".repeat(80));
    component.extend(custom("version", long.as_bytes()));
    component.extend(custom("description", "a\u{202e}b".as_bytes()));
    let manifest = generated(&component, "a.wasm");
    assert_eq!(manifest.version.to_string(), "0.0.0");
    assert_eq!(manifest.description, "The functions of a.wasm");
}

#[test]
fn a_component_that_begins_with_much_memory_asks_for_more() {
    // A core module with a memory of so many pages, in a component.
    let with_pages = |pages: &[u8]| {
        let memory = section(5, &[&[1, 0], pages].concat());
        let module = [b"\0asm\x01\0\0\0", &memory[..]].concat();
        [PREAMBLE, &section(1, &module)].concat()
    };
    let little = generated(&with_pages(&[16]), "a.wasm");
    assert_eq!(little.request.canonical(), "");
    // 1024 pages are 64 MiB.
    let much = generated(&with_pages(&[0x80, 0x08]), "a.wasm");
    assert_eq!(much.request.canonical(), "limit memory 128MiB\n");
    // 65536 pages are all that there are.
    let all = generated(&with_pages(&[0x80, 0x80, 0x04]), "a.wasm");
    assert_eq!(all.request.canonical(), "");
}

#[test]
fn a_plugin_of_the_contract_has_a_manifest_of_its_own() {
    let name = "portcullis:plugin/tools@0.1.0";
    let mut component = importing(&["a:b/c"]);
    // It exports the instance that it imports.
    let length = u8::try_from(name.len()).expect("short");
    let export = [&[1, 0, length], name.as_bytes(), &[5, 0, 0]].concat();
    component.extend(section(11, &export));
    assert_eq!(
        generated_manifest(&component, "a.wasm"),
        Err(NoManifest::Contract(name.to_owned()))
    );
}
