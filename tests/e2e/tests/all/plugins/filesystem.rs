//! `filesystem`.

use std::fs;

use serde_json::json;

use super::start;
use crate::client::{Client, message_of};
use crate::home::{Home, path};

#[test]
fn reads_writes_edits_and_finds_files() {
    let (home, _web, mut client) = start();
    assert_eq!(
        client.text("read_file", json!({ "path": "/notes/todo.md" })),
        "- water the plants\n"
    );
    client.text(
        "write_file",
        json!({ "path": "/notes/new.md", "content": "one\ntwo\n" }),
    );
    let edits = json!([{ "old_text": "two", "new_text": "three" }]);
    let diff = client.text(
        "edit_file",
        json!({ "path": "/notes/new.md", "edits": edits }),
    );
    assert!(diff.contains("-two") && diff.contains("+three"), "{diff}");
    assert_eq!(
        fs::read_to_string(home.path("notes/new.md")).expect("written"),
        "one\nthree\n"
    );
    client.text("create_directory", json!({ "path": "/notes/a/b" }));
    client.text(
        "move_file",
        json!({ "source": "/notes/new.md", "destination": "/notes/a/b/moved.md" }),
    );
    assert!(home.path("notes/a/b/moved.md").exists() && !home.path("notes/new.md").exists());
    for (tool, arguments, found) in [
        ("list_directory", json!({ "path": "/notes" }), "todo.md"),
        ("directory_tree", json!({ "path": "/notes" }), "moved.md"),
        (
            "search_files",
            json!({ "path": "/notes", "pattern": "**/*.md" }),
            "/notes/a/b/moved.md",
        ),
        ("file_info", json!({ "path": "/notes/todo.md" }), "19"),
        ("list_allowed_directories", json!({}), "/notes"),
    ] {
        let called = client.call(tool, arguments);
        assert_ne!(called["isError"], true, "{called}");
        assert!(called.to_string().contains(found), "{tool}: {called}");
    }
}

#[test]
fn refuses_what_is_outside() {
    let (home, _web, mut client) = start();
    let absolute = home.path("secret.txt");
    for file in [
        "/notes/../secret.txt",
        "/secret.txt",
        "../secret.txt",
        path(&absolute),
        "/etc/passwd",
    ] {
        let told = client.tool_error("read_file", json!({ "path": file }));
        assert!(!told.contains("secret\n") && !told.is_empty(), "{told}");
        client.tool_error("write_file", json!({ "path": file, "content": "x" }));
    }
    client.tool_error(
        "move_file",
        json!({ "source": "/notes/todo.md", "destination": "/notes/../out.md" }),
    );
    assert_eq!(fs::read_to_string(absolute).expect("it is there"), "secret");
    assert!(!home.path("out.md").exists());
}

#[test]
fn reads_only_where_only_reading_is_granted() {
    let home = Home::empty();
    let (notes, drafts) = (home.folder("notes"), home.folder("drafts"));
    fs::write(home.path("notes/a.txt"), "a").expect("written");
    home.add(
        "filesystem",
        &[
            "--grant",
            &format!("filesystem.notes={notes}:ro"),
            "--grant",
            &format!("filesystem.drafts={drafts}"),
        ],
    );
    let mut client = Client::modern(&home);
    assert_eq!(
        client.text("read_file", json!({ "path": "/notes/a.txt" })),
        "a"
    );
    client.tool_error(
        "write_file",
        json!({ "path": "/notes/a.txt", "content": "b" }),
    );
    client.text(
        "write_file",
        json!({ "path": "/drafts/b.txt", "content": "b" }),
    );
    assert_eq!(
        fs::read_to_string(home.path("notes/a.txt")).expect("it is there"),
        "a"
    );
    assert_eq!(
        fs::read_to_string(home.path("drafts/b.txt")).expect("written"),
        "b"
    );
}

#[test]
fn has_resources() {
    let (_home, _web, mut client) = start();
    let read = client.result(
        "resources/read",
        json!({ "uri": "fs://allowed-directories" }),
    );
    assert!(
        read["contents"][0]["text"]
            .as_str()
            .is_some_and(|text| text.contains("/notes")),
        "{read}"
    );
    let read = client.result(
        "resources/read",
        json!({ "uri": "fs://file/notes/todo.md" }),
    );
    assert_eq!(read["contents"][0]["text"], "- water the plants\n");
    let error = client.error(
        "resources/read",
        json!({ "uri": "fs://file/notes/none.md" }),
    );
    assert!(!message_of(&error).is_empty());
}
