//! The plugin as its callers see it.

use std::fs;

use portcullis_sdk::{Result, Value};
use tempfile::TempDir;

use super::{
    directories::{Access, grant},
    filesystem,
};

mod changing;
mod looking;
mod reading;

/// A directory that this thread's plugin may write to, seen as `/code`.
fn work() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    grant("/code", directory.path(), Access::ReadWrite);
    directory
}

/// A directory that this thread's plugin may read, seen as `/docs`.
fn docs() -> TempDir {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("a.md"), "one\n").unwrap();
    grant("/docs", directory.path(), Access::Read);
    directory
}

fn call(tool: &str, arguments: Value) -> Result<String> {
    let output = filesystem::plugin().call_tool(tool, arguments)?;
    Ok(output.to_text())
}

fn ok(tool: &str, arguments: Value) -> String {
    call(tool, arguments).unwrap_or_else(|error| panic!("{tool}: {error}"))
}

fn value(tool: &str, arguments: Value) -> Value {
    ok(tool, arguments).parse().unwrap()
}

fn error(tool: &str, arguments: Value) -> String {
    match call(tool, arguments) {
        Ok(text) => panic!("{tool} answered {text}"),
        Err(error) => error.message(),
    }
}

#[test]
fn tools_say_what_they_do() {
    let tools = filesystem::plugin().tools();
    let hints = |name: &str| {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        let hint = |hint: &str| tool["annotations"][hint].as_bool();
        (
            hint("readOnlyHint"),
            hint("destructiveHint"),
            hint("idempotentHint"),
        )
    };
    assert_eq!(tools.len(), 11);
    assert_eq!(hints("read_file"), (Some(true), Some(false), Some(true)));
    assert_eq!(hints("write_file"), (None, Some(true), Some(true)));
    assert_eq!(hints("edit_file"), (None, Some(true), None));
    assert_eq!(hints("create_directory"), (None, Some(false), Some(true)));
    for tool in &tools {
        assert_eq!(tool["annotations"]["openWorldHint"], false, "{tool}");
    }
    for name in [
        "list_directory",
        "directory_tree",
        "search_files",
        "file_info",
        "list_allowed_directories",
    ] {
        let tool = tools.iter().find(|tool| tool["name"] == name).unwrap();
        assert_eq!(tool["outputSchema"]["type"], "object", "{tool}");
        assert!(!tool["outputSchema"].to_string().contains("host"), "{tool}");
    }
}
