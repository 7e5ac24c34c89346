//! The file system: room, names, and what is no file.

use std::fs;

use serde_json::json;

use super::home;
use crate::client::{Client, message_of};
use crate::home::{Home, files, path};
use crate::limits::assert_names;

/// What asks for a folder to read and write in.
pub(super) const READ_WRITE: &str = "[[filesystem]]\nname = \"docs\"\naccess = \"read-write\"\n";

/// A home with `echo` and a guest that may write to `docs`, under limits.
pub(super) fn with_docs(guest: &str, limits: &[&str]) -> Home {
    let home = Home::with(&["echo"]);
    let granted = format!("filesystem.docs={}", home.folder("docs"));
    let mut grants = vec![granted.as_str()];
    grants.extend(limits);
    super::install(&home, guest, READ_WRITE, &grants);
    home
}

#[test]
fn bytes_without_end() {
    let home = with_docs("hostile", &["limits.filesystem-write-bytes=1MiB"]);
    let mut client = Client::modern(&home);
    let told = client.text("fill_file", json!({ "path": "/docs/a" }));
    assert!(told.starts_with("denied: "), "{told}");
    let written = fs::metadata(home.path("docs/a")).expect("a file").len();
    assert!(written <= 1 << 20, "{written} bytes");
    client.assert_answers();
    // The limit is of one call: the next may write as much.
    let written = client.text(
        "write_again",
        json!({ "path": "/docs/b", "text": "x", "times": 1 }),
    );
    assert_eq!(written, "1 written");
    let ended = client.close();
    assert!(
        ended.stderr.contains("filesystem-write-bytes limit"),
        "{}",
        ended.stderr
    );
}

#[test]
fn files_without_end() {
    let home = with_docs("hostile", &["limits.filesystem-write-bytes=1MiB"]);
    let mut client = Client::modern(&home);
    let told = client.text("make_files", json!({ "folder": "/docs", "count": 100_000 }));
    assert!(told.starts_with("denied after 256: "), "{told}");
    assert_eq!(files(&home.path("docs")).len(), 256);
    client.assert_answers();
    let few = json!({ "folder": "/docs", "count": 10 });
    assert_eq!(client.text("make_files", few), "ok: 10 files");
}

#[test]
fn folders_within_each_other() {
    let home = with_docs("hostile", &["limits.filesystem-write-bytes=1MiB"]);
    let mut client = Client::modern(&home);
    let told = client.text(
        "make_deep_folders",
        json!({ "folder": "/docs", "count": 100_000 }),
    );
    assert!(told.starts_with("denied after 256: "), "{told}");
    client.assert_answers();
}

#[test]
fn a_file_of_a_terabyte() {
    let home = with_docs("hostile", &[]);
    let mut client = Client::modern(&home);
    let sparse = |by_writing: bool, bytes: u64| json!({ "path": "/docs/sparse", "bytes": bytes, "by_writing": by_writing });
    let told = client.text("make_sparse", sparse(false, 1 << 40));
    assert!(told.starts_with("denied: "), "{told}");
    client.text("make_sparse", sparse(true, 1 << 40));
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt as _;
        // A hole takes no room; what takes room was counted.
        let file = fs::metadata(home.path("docs/sparse")).expect("a file");
        assert!(file.blocks() < 1 << 10, "{} blocks", file.blocks());
    }
    client.assert_answers();
    assert_eq!(client.text("make_sparse", sparse(false, 1 << 10)), "ok");
}

#[test]
fn handles_without_end() {
    let home = with_docs("hostile", &["limits.open-handles=32"]);
    fs::write(home.path("docs/a"), "a").expect("written");
    let mut client = Client::modern(&home);
    for path in ["/docs/a", "/docs"] {
        let error = client.call_error("open_files", json!({ "path": path, "count": 1000 }));
        assert_names(&error, "hostile", "open-handles");
        client.assert_answers();
    }
    let few = json!({ "path": "/docs/a", "count": 8 });
    assert_eq!(client.text("open_files", few), "8 open");
}

#[test]
fn names_that_are_too_long() {
    let home = with_docs("hostile", &[]);
    let mut client = Client::modern(&home);
    for letters in [300, 5_000, 1 << 20] {
        let told = client.text(
            "make_long_name",
            json!({ "folder": "/docs", "letters": letters }),
        );
        assert!(told.starts_with("denied: "), "{told}");
        client.assert_answers();
    }
    let told = client.text(
        "make_long_name",
        json!({ "folder": "/docs", "letters": 200 }),
    );
    assert_eq!(told, "ok");
    assert_eq!(files(&home.path("docs")).len(), 1);
}

#[test]
fn a_path_longer_than_the_host_would_read() {
    let home = with_docs("hostile", &["limits.output=64KiB", "limits.memory=128MiB"]);
    let mut client = Client::modern(&home);
    let letters = json!({ "folder": "/docs", "letters": 32 << 20 });
    let error = client.call_error("make_long_name", letters);
    assert_names(&error, "hostile", "output");
    client.assert_answers();
}

/// Names that mislead who reads them, or that some systems take for others.
#[cfg(unix)]
const ODD: &[&str] = &[
    "\u{1b}[2Jcleared",
    "line\nbreak",
    "\u{202e}txt.exe",
    "\u{200b}",
    "e\u{301}",
    "\u{e9}",
    "CON",
    "a:b",
    "...",
    " ",
    "%2e%2e",
    "back\\slash",
];

#[cfg(unix)]
#[test]
fn odd_names_stay_what_they_are() {
    let home = Home::with(&["echo"]);
    let granted = format!("filesystem.docs={}", home.folder("docs"));
    super::install(&home, "probe", READ_WRITE, &[&granted]);
    fs::write(home.path("secret.txt"), "secret").expect("written");
    let mut client = Client::modern(&home);
    for name in ODD {
        let file = format!("/docs/{name}");
        let written = client.text("probe_write_file", json!({ "path": file, "text": name }));
        assert!(written.starts_with("ok: "), "{name:?}: {written}");
        let read = client.text("probe_read_file", json!({ "path": file }));
        assert_eq!(read, format!("ok: {name}"));
    }
    assert_eq!(files(&home.path("docs")).len(), ODD.len());
    for name in [
        "..\\secret.txt",
        "%2e%2e/secret.txt",
        "\u{ff0e}\u{ff0e}/secret.txt",
    ] {
        let read = client.text(
            "probe_read_file",
            json!({ "path": format!("/docs/{name}") }),
        );
        assert!(read.starts_with("denied: "), "{name:?}: {read}");
    }
    let log = client.close().stderr;
    assert!(
        !log.contains("\u{1b}[2J") && !log.contains('\u{202e}'),
        "{log}"
    );
}

#[test]
fn paths_that_no_library_has_looked_at() {
    let home = with_docs("hostile", &[]);
    fs::write(home.path("docs/a"), "a").expect("written");
    fs::write(home.path("secret.txt"), "secret").expect("written");
    let outside = home.path("secret.txt");
    let mut client = Client::modern(&home);
    for path in [
        "../secret.txt",
        "a/../../secret.txt",
        "./../secret.txt",
        "a\0/../../secret.txt",
        "../secret.txt\0",
        "/",
        "/docs/a",
        "//docs/a",
        "..",
        "",
        path(&outside),
        "/proc/self/environ",
        "\\\\?\\C:\\",
        "C:\\",
    ] {
        let told = client.text("open_as_it_is", json!({ "mount": "/docs", "path": path }));
        assert!(told.starts_with("denied: "), "{path:?}: {told}");
    }
    let told = client.text("open_as_it_is", json!({ "mount": "/docs", "path": "a" }));
    assert_eq!(told, "ok");
    client.assert_answers();
}

/// A folder with a FIFO that nobody writes to, and a guest that may read there.
#[cfg(unix)]
fn with_fifo() -> Home {
    let home = Home::with(&["echo"]);
    let granted = format!("filesystem.docs={}", home.folder("docs"));
    super::install(
        &home,
        "probe",
        READ_WRITE,
        &[&granted, "limits.deadline=2s"],
    );
    let made = std::process::Command::new("mkfifo")
        .arg(home.path("docs/fifo"))
        .status();
    assert!(made.expect("`mkfifo` runs").success());
    fs::write(home.path("docs/a"), "a").expect("written");
    home
}

#[cfg(unix)]
#[test]
fn what_is_no_file_is_not_opened() {
    let home = with_fifo();
    let _socket = std::os::unix::net::UnixListener::bind(home.path("docs/socket"));
    let mut client = Client::modern(&home);
    for name in ["fifo", "socket"] {
        let file = format!("/docs/{name}");
        for (tool, arguments) in [
            ("probe_read_file", json!({ "path": file })),
            ("probe_write_file", json!({ "path": file, "text": "x" })),
        ] {
            let told = client.text(tool, arguments);
            assert!(told.starts_with("denied: "), "{tool} {name}: {told}");
            client.assert_answers();
        }
    }
    let read = client.text("probe_read_file", json!({ "path": "/docs/a" }));
    assert_eq!(read, "ok: a");
    let listed = client.text("probe_list_dir", json!({ "path": "/docs" }));
    assert!(listed.contains("fifo"), "{listed}");
    client.close();
}

#[cfg(unix)]
#[test]
fn a_thousand_fifos_take_no_threads() {
    let home = with_fifo();
    let mut client = Client::modern(&home);
    let ids: Vec<_> = (0..600)
        .map(|_| client.start_call("probe_read_file", json!({ "path": "/docs/fifo" })))
        .collect();
    for id in &ids {
        let answer = client.answer(id);
        let text = answer["result"]["content"][0]["text"].as_str();
        assert!(
            text.is_some_and(|text| text.starts_with("denied: ")),
            "{answer}"
        );
    }
    client.assert_answers();
    let read = client.text("probe_read_file", json!({ "path": "/docs/a" }));
    assert_eq!(read, "ok: a");
}

#[test]
fn what_is_not_a_mount_is_told_by_its_plugin() {
    // A mount that is gone when the plugin is first called names both.
    let home = home(
        "probe",
        "[[filesystem]]\nname = \"docs\"\n",
        &["limits.deadline=5s"],
    );
    let mut client = Client::modern(&home);
    let told = client.text("probe_read_file", json!({ "path": "/docs/a" }));
    assert!(told.starts_with("denied: "), "{told}");
    drop(client);
    let home = with_docs("probe", &[]);
    fs::remove_dir(home.path("docs")).expect("removed");
    let mut client = Client::modern(&home);
    let error = client.call_error("probe_read_file", json!({ "path": "/docs/a" }));
    for word in ["`probe`", "`docs`"] {
        assert!(message_of(&error).contains(word), "{error}");
    }
    client.assert_answers();
}
