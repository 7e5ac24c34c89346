//! Which exports are tools, and under which names; components written by hand,
//! with what no toolchain makes.

use std::fmt::Write as _;

use serde_json::{Value, json};

use crate::bad_input::MANIFEST;
use crate::client::Client;
use crate::home::{Home, path};

/// A component in text: `exports` may lift the core functions `nothing`, which
/// takes and gives nothing, and `address`, which gives an address.
fn component(exports: &str) -> Vec<u8> {
    let text = format!(
        r#"(component
            (core module $m
                (memory (export "memory") 1)
                (func (export "nothing"))
                (func (export "address") (result i32) i32.const 0))
            (core instance $i (instantiate $m))
            (func $nothing (canon lift (core func $i "nothing")))
            {exports})"#
    );
    wat::parse_str(text).expect("a component in text")
}

/// An instance of functions that do nothing, exported under this name.
fn interface(name: &str, functions: &[&str]) -> String {
    let functions: String = functions
        .iter()
        .map(|function| format!("(export \"{function}\" (func $nothing))"))
        .collect();
    let id = id(name);
    format!("(instance {id} {functions}) (export \"{name}\" (instance {id}))")
}

fn id(name: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c } else { '_' };
    format!("${}", name.chars().map(plain).collect::<String>())
}

/// The tools of a component that is installed.
#[track_caller]
fn tools(component: &[u8]) -> Vec<String> {
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, component);
    home.run(&["add", path(&folder)]).done();
    let mut client = Client::modern(&home);
    let listed = client.result("tools/list", json!({}));
    let tools = listed["tools"].as_array().expect("tools").iter();
    let names = tools.map(|tool| tool["name"].as_str().expect("a name").to_owned());
    names.collect()
}

/// Why a component is not installed.
#[track_caller]
fn refused(component: &[u8]) -> String {
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, component);
    let stderr = home.run(&["add", path(&folder)]).failed(1);
    assert!(!home.config().exists(), "nothing is left behind");
    stderr
}

/// What a component is installed without.
#[track_caller]
fn left_out(component: &[u8]) -> Value {
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, component);
    let added = home.run(&["add", path(&folder), "--json"]).json();
    // It is remembered, and told again.
    let inspected = home.run(&["inspect", "made", "--json"]).json();
    assert_eq!(inspected["left_out"], added["left_out"]);
    added["left_out"].clone()
}

#[test]
fn a_name_is_as_long_as_it_has_to_be() {
    let one = [
        "(export \"add\" (func $nothing))".to_owned(),
        interface("a:b/c@1.0.0", &["do-it", "HTTP-get"]),
        interface("mine", &["do-it"]),
    ];
    assert_eq!(
        tools(&component(&one.concat())),
        ["add", "c_do-it", "c_HTTP-get", "mine_do-it"]
    );
    let alike = [
        interface("a:b/c@1.0.0", &["f"]),
        interface("a:b/c@2.0.0", &["f"]),
        interface("a:d/c", &["f"]),
        interface("e:b/g", &["f"]),
    ];
    assert_eq!(
        tools(&component(&alike.concat())),
        ["a_b_c_1-0-0_f", "a_b_c_2-0-0_f", "d_c_f", "g_f"]
    );
}

#[test]
fn what_is_of_wasi_is_no_tool() {
    let run = interface("wasi:cli/run@0.2.0", &["run"]);
    let stderr = refused(&component(&run));
    for words in [
        "`wasi:cli/run@0.2.0`",
        "a function of its own",
        "portcullis:plugin/",
    ] {
        assert!(stderr.contains(words), "{stderr}");
    }
    let both = component(&(run + &interface("a:b/c", &["f"])));
    assert_eq!(tools(&both), ["c_f"]);
}

#[test]
fn a_plugin_of_the_contract_has_the_tools_that_it_lists() {
    // The contract goes first, also where an interface of it is not as it should be.
    let both = interface("portcullis:plugin/tools@0.1.0", &["f"]) + &interface("a:b/c", &["f"]);
    let stderr = refused(&component(&both));
    assert!(stderr.contains("does not match the contract"), "{stderr}");
}

#[test]
fn a_function_that_cannot_be_a_tool_is_named_and_left_out() {
    // Options within options, thirty deep.
    let deep = (0..30).fold("(type $t0 (option u8))".to_owned(), |text, level| {
        format!("{text} (type $t{} (option $t{level}))", level + 1)
    });
    // Each level has the one below it twice.
    let wide = (0..13).fold("(type $w0 (tuple u64 u64))".to_owned(), |text, level| {
        format!("{text} (type $w{} (tuple $w{level} $w{level}))", level + 1)
    });
    let lifted = |name: &str, result: &str| {
        format!(
            "(func ${name} (result {result}) (canon lift (core func $i \"address\") (memory (core memory $i \"memory\"))))
             (export \"{name}\" (func ${name}))"
        )
    };
    let long = "a".repeat(70);
    let text = [
        deep,
        wide,
        lifted("deep", "$t30"),
        lifted("wide", "$w13"),
        lifted("wide-enough", "$w9"),
        format!("(export \"{long}\" (func $nothing))"),
        "(export \"kept\" (func $nothing))".to_owned(),
    ];
    let component = component(&text.concat());
    let left_out = left_out(&component);
    for (function, reason) in [
        ("deep", "its result nests deeper than 24 types"),
        ("wide", "its result has types of more than 8000 parts"),
        (&long, "at most 64 characters"),
    ] {
        let all = left_out.as_array().expect("functions");
        let found = all.iter().find(|left_out| left_out["function"] == function);
        let found = found.unwrap_or_else(|| panic!("no `{function}` in {left_out}"));
        let found = found["reason"].as_str().expect("a reason");
        assert!(found.contains(reason), "{found}");
    }
    assert_eq!(tools(&component), ["wide-enough", "kept"]);
}

#[test]
fn a_component_of_which_nothing_is_left_is_refused() {
    let long = "a".repeat(70);
    let stderr = refused(&component(&format!("(export \"{long}\" (func $nothing))")));
    assert!(stderr.contains("function `aaa"), "{stderr}");
    assert!(stderr.contains("at most 64 characters"), "{stderr}");
}

#[test]
fn more_functions_than_anybody_has() {
    let many = |count: usize| {
        let mut text = String::new();
        for index in 0..count {
            let _ = write!(text, "(export \"f{index}\" (func $nothing))");
        }
        component(&text)
    };
    let home = Home::empty();
    let folder = home.made_plugin(MANIFEST, &many(1_000));
    let added = home.run(&["add", path(&folder), "--json"]).json();
    assert_eq!(added["tools"], 1_000);
    let stderr = refused(&many(1_001));
    assert!(stderr.contains("more than 1000 functions"), "{stderr}");
}

#[test]
fn more_types_than_anybody_has() {
    let mut types = String::new();
    for index in 0..10_001 {
        let _ = write!(
            types,
            "(type $t{index} (enum \"a\")) (export \"t{index}\" (type $t{index}))"
        );
    }
    let stderr = refused(&component(&format!(
        "(export \"f\" (func $nothing)) {types}"
    )));
    assert!(
        stderr.contains("more than 10000 functions and types"),
        "{stderr}"
    );
}

#[test]
fn all_imports_that_are_not_offered_are_named() {
    let text = r#"(component
        (import "acme:database/query@1.0.0" (instance (export "run" (func))))
        (import "acme:types/all@1.0.0" (instance (export "t" (type (sub resource)))))
        (import "acme:types/none@1.0.0" (instance))
        (import "wasi:random/insecure-seed@0.2.3" (instance))
        (import "wasi:http/incoming-handler@0.2.3" (instance (export "handle" (func))))
        (core module $m (func (export "f")))
        (core instance $i (instantiate $m))
        (func $f (canon lift (core func $i "f")))
        (export "f" (func $f)))"#;
    let stderr = refused(&wat::parse_str(text).expect("a component in text"));
    for name in [
        "`acme:database/query@1.0.0`",
        "`acme:types/all@1.0.0`",
        "`wasi:http/incoming-handler@0.2.3`",
        "offered: wasi:cli@0.2",
    ] {
        assert!(stderr.contains(name), "{name}: {stderr}");
    }
    for name in ["acme:types/none", "insecure-seed"] {
        assert!(!stderr.contains(name), "{name}: {stderr}");
    }
}
