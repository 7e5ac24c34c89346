//! Components that are an attack before they run.

use std::fs;

use serde_json::json;

use super::made::Made;
use crate::bad_input::MANIFEST;
use crate::client::Client;
use crate::home::{Home, path};

/// What installing a component is refused with.
#[track_caller]
fn refused(component: &[u8]) -> String {
    let home = Home::with(&["echo"]);
    let folder = home.made_plugin(MANIFEST, component);
    let before = home.installed();
    let stderr = home.run(&["add", path(&folder), "--grant-none"]).failed(1);
    assert_eq!(home.installed(), before, "nothing is left behind");
    assert!(stderr.contains("`made`"), "{stderr}");
    stderr
}

fn text(text: &str) -> Vec<u8> {
    wat::parse_str(text).expect("a component in text")
}

#[test]
fn instances_that_double_with_each_level() {
    // A few hundred bytes that stand for 2^30 modules.
    let mut levels =
        String::from("(component $c0 (core module $m) (core instance (instantiate $m)))");
    for level in 1..30 {
        let below = level - 1;
        levels.push_str(&format!(
            "(component $c{level}
                (alias outer 1 $c{below} (component $below))
                (instance (instantiate $below)) (instance (instantiate $below)))"
        ));
    }
    let whole = text(&format!(
        "(component {levels} (instance (instantiate $c29)))"
    ));
    assert!(whole.len() < 4096, "{} bytes", whole.len());
    let stderr = refused(&whole);
    assert!(stderr.contains("64"), "{stderr}");
}

#[test]
fn more_functions_than_anybody_writes() {
    let functions = "(func)".repeat(250_001);
    let stderr = refused(&text(&format!("(component (core module {functions}))")));
    assert!(stderr.contains("250000 functions"), "{stderr}");
}

#[test]
fn a_function_that_is_too_long() {
    let body = "(drop (i32.const 1))".repeat(400_000);
    let stderr = refused(&text(&format!("(component (core module (func {body})))")));
    assert!(
        stderr.contains("a function of") && stderr.contains("1048576"),
        "{stderr}"
    );
}

#[test]
fn many_locals_in_a_few_bytes() {
    // Six bytes of each function declare 50,000 variables.
    let locals = "(local i64) ".repeat(50_000);
    let function = format!("(func (result i64) {locals} (local.get 49999))");
    let whole = text(&format!(
        "(component (core module {}))",
        function.repeat(100)
    ));
    assert!(whole.len() < 8192, "{} bytes", whole.len());
    let stderr = refused(&whole);
    assert!(stderr.contains("local"), "{stderr}");
}

#[test]
fn two_hundred_mebibytes() {
    let home = Home::with(&["echo"]);
    let folder = home.made_plugin(MANIFEST, b"\0asm\x0d\0\x01\0");
    let file = fs::OpenOptions::new()
        .write(true)
        .open(folder.join("made.wasm"));
    file.expect("it is there")
        .set_len(200 << 20)
        .expect("sparse");
    let before = home.installed();
    let stderr = home.run(&["add", path(&folder), "--grant-none"]).failed(1);
    for word in ["made.wasm", "209715200 bytes", "at most 67108864"] {
        assert!(stderr.contains(word), "{stderr}");
    }
    assert_eq!(home.installed(), before);
}

#[test]
fn a_file_of_any_size_is_not_inspected() {
    let home = Home::with(&["echo"]);
    let folder = home.made_plugin(MANIFEST, b"\0asm\x0d\0\x01\0");
    let component = folder.join("made.wasm");
    let file = fs::OpenOptions::new().write(true).open(&component);
    file.expect("it is there")
        .set_len(200 << 20)
        .expect("sparse");
    let stderr = home.run(&["inspect", path(&component)]).failed(1);
    for word in ["209715200 bytes", "at most 67108864"] {
        assert!(stderr.contains(word), "{stderr}");
    }
}

#[test]
fn a_manifest_without_end() {
    let home = Home::with(&["echo"]);
    let manifest = format!("{MANIFEST}# {}\n", "x".repeat(1 << 20));
    let folder = home.made_plugin(&manifest, &Made::default().component());
    let stderr = home.run(&["add", path(&folder)]).failed(1);
    assert!(
        stderr.contains("plugin.toml") && stderr.contains("at most 262144"),
        "{stderr}"
    );
}

#[test]
fn bytes_that_are_changed_at_random() {
    let whole = Made::default().component();
    let home = Home::with(&["echo"]);
    portcullis_seeded::check(8, |source| {
        let folder = home.made_plugin(MANIFEST, &source.changed(&whole));
        // Most are refused; the rest are plugins, and none ends the program.
        let ran = home.run(&["add", path(&folder), "--grant-none"]);
        assert!(matches!(ran.code, 0 | 1), "{}: {}", ran.code, ran.stderr);
        if ran.code == 0 {
            home.run(&["remove", "made"]).done();
        }
    });
    let mut client = Client::modern(&home);
    client.assert_answers();
    assert_eq!(
        client.call("echo", json!({ "text": "a" }))["content"][0]["text"],
        "a"
    );
}
