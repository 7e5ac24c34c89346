//! Components written by hand, for what Rust is too polite to do.

use std::path::PathBuf;

use serde_json::json;
use wit_component::{ComponentEncoder, StringEncoding, embed_component_metadata};
use wit_parser::Resolve;

use crate::bad_input::MANIFEST;
use crate::client::Client;
use crate::home::{Home, root};

/// A plugin `made` with one tool `attack`, whose parts are WebAssembly text.
///
/// The memory's first KiB is taken: the list is there.
pub(super) struct Made<'a> {
    /// Pages of 64 KiB that the memory has.
    pub(super) pages: u32,
    /// Further fields of the module.
    pub(super) fields: &'a str,
    /// What `list` does before it answers.
    pub(super) list: &'a str,
    /// What `call` does: it leaves the address of a result.
    pub(super) call: &'a str,
}

impl Default for Made<'_> {
    fn default() -> Self {
        Self {
            pages: 2,
            fields: "",
            list: "",
            call: "unreachable",
        }
    }
}

impl Made<'_> {
    /// The component.
    pub(super) fn component(&self) -> Vec<u8> {
        component(&self.text())
    }

    fn text(&self) -> String {
        let Self {
            pages,
            fields,
            list,
            call,
        } = self;
        // One tool: its name, two options that are none, the schema, and two
        // more that are none.
        let tool = words(&[0, 6, 0, 0, 0, 0, 0, 0, 16, 17, 0, 0, 0, 0, 0, 0]);
        let listed = words(&[0, 128, 1]);
        format!(
            r#"(module
                (memory (export "memory") {pages})
                (global $free (mut i32) (i32.const 61440))
                (data (i32.const 0) "attack")
                (data (i32.const 16) "{{\"type\":\"object\"}}")
                (data (i32.const 64) "{listed}")
                (data (i32.const 128) "{tool}")
                {fields}
                (func (export "cabi_realloc") (param i32 i32 i32 i32) (result i32)
                    (local $at i32)
                    (local.set $at
                        (i32.and (i32.add (global.get $free) (i32.const 7)) (i32.const -8)))
                    (global.set $free (i32.add (local.get $at) (local.get 3)))
                    (local.get $at))
                (func (export "portcullis:plugin/tools@0.1.0#list") (result i32)
                    {list}
                    (i32.const 64))
                (func (export "portcullis:plugin/tools@0.1.0#call")
                    (param i32 i32 i32 i32 i32 i32) (result i32)
                    {call}))"#
        )
    }

    /// A home with it and `echo`, and what it is granted.
    pub(super) fn home(&self, grants: &[&str]) -> Home {
        let home = Home::with(&["echo"]);
        home.add_folder(&self.folder(&home), &super::flags(grants));
        home
    }

    /// Its folder in a home.
    pub(super) fn folder(&self, home: &Home) -> PathBuf {
        home.made_plugin(MANIFEST, &self.component())
    }

    /// What installing it is refused with, if it is.
    #[track_caller]
    pub(super) fn refused(&self, grants: &[&str]) -> String {
        let home = Home::with(&["echo"]);
        let folder = self.folder(&home);
        let before = home.installed();
        let mut arguments = vec!["add", crate::home::path(&folder), "--grant-none"];
        if !grants.is_empty() {
            arguments.pop();
            arguments.extend(super::flags(grants));
        }
        let stderr = home.run(&arguments).failed(1);
        assert_eq!(home.installed(), before, "nothing is left behind");
        stderr
    }
}

/// A component that has this module at its core.
pub(super) fn component(module: &str) -> Vec<u8> {
    let mut module = wat::parse_str(module).expect("a module in text");
    let mut resolve = Resolve::default();
    let (package, _) = resolve.push_dir(root().join("wit")).expect("the contract");
    let world = resolve
        .select_world(&[package], Some("tools-plugin"))
        .expect("a world");
    embed_component_metadata(&mut module, &resolve, world, StringEncoding::UTF8)
        .expect("a type beside the code");
    ComponentEncoder::default()
        .module(&module)
        .and_then(|mut encoder| encoder.encode())
        .expect("a component")
}

/// Words of 32 bits as a string of WebAssembly text.
pub(super) fn words(words: &[u32]) -> String {
    let bytes = words.iter().flat_map(|word| word.to_le_bytes());
    bytes.map(|byte| format!("\\{byte:02x}")).collect()
}

/// The call ends in this failure, and the others answer.
#[track_caller]
pub(super) fn assert_fails(client: &mut Client, words: &[&str]) {
    super::assert_fails(client, "made", "attack", json!({}), words);
}

#[test]
fn one_that_behaves_is_a_plugin() {
    // A result without content, at an address that holds nothing but zeros.
    let home = Made {
        call: "(i32.const 512)",
        ..Made::default()
    }
    .home(&[]);
    let mut client = Client::modern(&home);
    assert_eq!(client.call("attack", json!({}))["content"], json!([]));
}
