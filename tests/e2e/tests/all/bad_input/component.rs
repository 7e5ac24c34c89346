//! Components.

use std::fs;

use super::{MANIFEST, assert_says, component, empty_component, refused};
use crate::home::{Home, path, plugin_folder};

#[test]
fn a_component_that_is_not_there() {
    let stderr = refused(
        &MANIFEST.replace("made.wasm", "other.wasm"),
        &empty_component(),
        &[],
    );
    assert_says(
        &stderr,
        &["`made`", "[home]/plugins/made/other.wasm", "wasm32-wasip2"],
    );
}

#[test]
fn a_component_outside_of_its_folder() {
    let stderr = refused(
        &MANIFEST.replace("made.wasm", "../echo.wasm"),
        &empty_component(),
        &[],
    );
    assert_says(&stderr, &["plugin.toml:5:13", "../echo.wasm", "accepted: "]);
}

#[cfg(unix)]
#[test]
fn a_component_that_is_a_link_out_of_its_folder() {
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, b"");
    let outside = plugin_folder("echo").join("echo.wasm");
    fs::remove_file(folder.join("made.wasm")).expect("removed");
    std::os::unix::fs::symlink(outside, folder.join("made.wasm")).expect("linked");
    let stderr = home.run(&["add", path(&folder)]).failed(1);
    assert_says(&stderr, &["`made`", "leaves its folder", "echo.wasm"]);
    assert!(!home.config().exists());
}

#[test]
fn a_component_that_is_no_component() {
    let stderr = refused(MANIFEST, b"#!/bin/sh\necho hello\n", &[]);
    assert_says(
        &stderr,
        &[
            "`made`",
            "[home]/plugins/made/made.wasm",
            "not",
            "WebAssembly",
            "wasm32-wasip2",
        ],
    );
    let stderr = refused(MANIFEST, b"", &[]);
    assert_says(&stderr, &["`made`", "made.wasm", "empty"]);
}

#[test]
fn a_component_that_is_cut_short() {
    let whole = fs::read(plugin_folder("echo").join("echo.wasm")).expect("the guests are built");
    let stderr = refused(MANIFEST, &whole[..whole.len() / 2], &[]);
    assert_says(&stderr, &["`made`"]);
}

#[test]
fn a_core_module() {
    let stderr = refused(MANIFEST, &component("(module)"), &[]);
    assert_says(
        &stderr,
        &[
            "`made`",
            "made.wasm",
            "core WebAssembly module",
            "wasm32-wasip2",
        ],
    );
}

#[test]
fn a_component_that_exports_nothing_of_use() {
    let stderr = refused(MANIFEST, &empty_component(), &[]);
    assert_says(&stderr, &["`made`", "tools", "resources", "prompts"]);
    let other = component(
        r#"(component (component $c) (instance $i (instantiate $c)) (export "acme:other/thing@1.0.0" (instance $i)))"#,
    );
    let stderr = refused(MANIFEST, &other, &[]);
    assert_says(&stderr, &["`made`", "tools", "resources", "prompts"]);
}

#[test]
fn a_component_that_imports_what_is_not_offered() {
    let text = r#"(component
        (import "acme:database/query@1.0.0" (instance (export "run" (func))))
        (component $c)
        (instance $i (instantiate $c))
        (export "portcullis:plugin/tools@0.1.0" (instance $i)))"#;
    let stderr = refused(MANIFEST, &component(text), &[]);
    assert_says(&stderr, &["`made`", "acme:database/query@1.0.0"]);
}

#[test]
fn a_component_whose_exports_are_of_another_shape() {
    let text = r#"(component
        (component $c)
        (instance $i (instantiate $c))
        (export "portcullis:plugin/tools@0.1.0" (instance $i)))"#;
    let stderr = refused(MANIFEST, &component(text), &[]);
    assert_says(&stderr, &["`made`"]);
}
