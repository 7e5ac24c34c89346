//! Changing what is there.

use std::{fs, path::Path};

use portcullis_sdk::json;

use super::{call, docs, error, ok, value, work};

#[test]
fn edits_show_what_changed() {
    let work = work();
    let file = work.path().join("a.txt");
    fs::write(&file, "eins\nzwei\ndrei\n").unwrap();
    let edit = |old: &str, dry_run: bool| {
        json!({
            "path": "/code/a.txt", "dry_run": dry_run,
            "edits": [{ "old_text": old, "new_text": "two" }]
        })
    };
    let diff = "--- /code/a.txt\n+++ /code/a.txt\n@@ -1,3 +1,3 @@\n eins\n-zwei\n+two\n drei\n";
    assert_eq!(ok("edit_file", edit("zwei", true)), diff);
    assert_eq!(fs::read_to_string(&file).unwrap(), "eins\nzwei\ndrei\n");
    assert_eq!(ok("edit_file", edit("zwei", false)), diff);
    assert_eq!(fs::read_to_string(&file).unwrap(), "eins\ntwo\ndrei\n");
    assert_eq!(
        ok("edit_file", edit("two", false)),
        "the edits change nothing in `/code/a.txt`"
    );
    assert_eq!(
        error("edit_file", edit("vier", false)),
        "`/code/a.txt`: `old_text` is not in the file"
    );
    let none = call("edit_file", json!({ "path": "/code/a.txt", "edits": [] }));
    assert!(none.unwrap_err().is_invalid_arguments());
}

#[test]
fn moving_never_overwrites() {
    let work = work();
    fs::write(work.path().join("a"), "a").unwrap();
    fs::write(work.path().join("b"), "b").unwrap();
    fs::create_dir(work.path().join("d")).unwrap();
    let arguments =
        |source: &str, destination: &str| json!({ "source": source, "destination": destination });
    for (source, destination, expected) in [
        (
            "/code/a",
            "/code/b",
            "`/code/b` exists already and is not overwritten",
        ),
        (
            "/code/a",
            "/code/d",
            "`/code/d` exists already and is not overwritten; to move into it, give the new path: \
             `/code/d/NAME`",
        ),
        (
            "/code/x",
            "/code/y",
            "`/code/x` cannot be moved: it does not exist",
        ),
        (
            "/code/d",
            "/code/d/e",
            "`/code/d` cannot be moved into itself",
        ),
        (
            "/code",
            "/code/e",
            "`/code` is a granted directory and cannot be moved",
        ),
    ] {
        assert_eq!(error("move_file", arguments(source, destination)), expected);
    }
    let message = error("move_file", arguments("/code/a", "/code/no/a"));
    assert!(
        message.contains("make it with `create_directory`"),
        "{message}"
    );
    assert_eq!(
        ok("move_file", arguments("/code/a", "/code/d/c")),
        "moved `/code/a` to `/code/d/c`"
    );
    assert_eq!(fs::read_to_string(work.path().join("d/c")).unwrap(), "a");
}

#[test]
fn what_may_only_be_read_is_not_changed() {
    let _docs = docs();
    let denied = "`/docs` is granted for reading only";
    for (tool, arguments) in [
        (
            "write_file",
            json!({ "path": "/docs/a.md", "content": "x" }),
        ),
        ("create_directory", json!({ "path": "/docs/b" })),
        (
            "move_file",
            json!({ "source": "/docs/a.md", "destination": "/docs/b.md" }),
        ),
        (
            "edit_file",
            json!({ "path": "/docs/a.md", "edits": [{ "old_text": "one", "new_text": "1" }] }),
        ),
    ] {
        let message = error(tool, arguments);
        assert!(message.ends_with(denied), "{tool}: {message}");
    }
    let looked = json!({
        "path": "/docs/a.md", "dry_run": true,
        "edits": [{ "old_text": "one", "new_text": "1" }]
    });
    assert!(ok("edit_file", looked).ends_with("-one\n+1\n"));
    ok("create_directory", json!({ "path": "/docs" }));
}

#[test]
fn odd_targets_are_named() {
    let work = work();
    fs::create_dir(work.path().join("d")).unwrap();
    let write = |path: &str| error("write_file", json!({ "path": path, "content": "x" }));
    assert_eq!(write("/code/d"), "`/code/d` is a directory");
    assert_eq!(write("/code"), "`/code` is a directory");
    assert!(write("/code/no/a").contains("there is no directory for it"));
    assert_eq!(
        error("read_file", json!({ "path": "/code/d" })),
        "`/code/d` is a directory; use `list_directory`"
    );
    assert_eq!(
        error("read_file", json!({ "path": "/code/none" })),
        "`/code/none` cannot be read: it does not exist"
    );
    assert!(error("read_file", json!({ "path": "/etc/passwd" })).ends_with("available: /code"));
}

#[cfg(unix)]
#[test]
fn links_are_shown_and_not_replaced() {
    let work = work();
    fs::write(work.path().join("a"), "a").unwrap();
    std::os::unix::fs::symlink(Path::new("a"), work.path().join("link")).unwrap();
    assert_eq!(
        error(
            "write_file",
            json!({ "path": "/code/link", "content": "x" })
        ),
        "`/code/link` is a symbolic link to `a`; write what it points to"
    );
    let info = value("file_info", json!({ "path": "/code/link" }));
    assert_eq!(info["kind"], "symlink");
    assert_eq!(info["link_target"], "a");
    assert_eq!(ok("read_file", json!({ "path": "/code/link" })), "a");
}
