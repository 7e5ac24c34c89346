//! Reading files, as tools and as resources.

use std::fs;

use portcullis_sdk::{Value, json};

use super::{call, docs, error, ok, value, work};
use crate::filesystem;

#[test]
fn files_are_written_and_read() {
    let work = work();
    let written = json!({ "path": "/code/a.txt", "content": "eins\nzwei\ndrei\n" });
    assert_eq!(
        ok("write_file", written.clone()),
        "created `/code/a.txt` (15 bytes)"
    );
    assert_eq!(
        ok("write_file", written),
        "replaced `/code/a.txt` (15 bytes)"
    );
    let names: Vec<_> = fs::read_dir(work.path()).unwrap().collect();
    assert_eq!(names.len(), 1, "nothing stays behind: {names:?}");

    let read = |more: Value| {
        let mut arguments = json!({ "path": "/code/./a.txt" });
        let members = arguments.as_object_mut().unwrap();
        members.extend(more.as_object().unwrap().clone());
        call("read_file", arguments)
    };
    assert_eq!(read(json!({})).unwrap(), "eins\nzwei\ndrei\n");
    assert_eq!(read(json!({ "head": 2 })).unwrap(), "eins\nzwei\n");
    assert_eq!(read(json!({ "head": 9 })).unwrap(), "eins\nzwei\ndrei\n");
    assert_eq!(read(json!({ "tail": 1 })).unwrap(), "drei\n");
    assert_eq!(read(json!({ "tail": 2 })).unwrap(), "zwei\ndrei\n");
    assert_eq!(read(json!({ "tail": 9 })).unwrap(), "eins\nzwei\ndrei\n");
    let both = read(json!({ "head": 1, "tail": 1 })).unwrap_err();
    assert!(both.is_invalid_arguments());
}

#[test]
fn the_last_lines_of_a_large_file() {
    let work = work();
    let lines: String = (0..200_000).map(|number| format!("{number}\n")).collect();
    fs::write(work.path().join("log"), lines.trim_end()).unwrap();
    let tail = |lines: usize| ok("read_file", json!({ "path": "/code/log", "tail": lines }));
    assert_eq!(tail(2), "199998\n199999");
    assert_eq!(tail(50_000).lines().next(), Some("150000"));
    assert_eq!(tail(1_000_000).len(), lines.len() - 1);
}

#[test]
fn what_is_too_large_says_how_to_read_it() {
    let work = work();
    let line = "x".repeat(1 << 20) + "\n";
    fs::write(work.path().join("big"), line.repeat(5)).unwrap();
    assert_eq!(
        error("read_file", json!({ "path": "/code/big" })),
        "`/code/big` is 5242885 bytes, more than the 4194304 bytes that are read at once; read a \
         part of it with `head` or `tail`"
    );
    for part in ["head", "tail"] {
        let message = error("read_file", json!({ "path": "/code/big", part: 5 }));
        assert!(
            message.contains("lines of `/code/big` are more than"),
            "{message}"
        );
        let fits = ok("read_file", json!({ "path": "/code/big", part: 3 }));
        assert_eq!(fits.len(), 3 * line.len());
    }
}

#[test]
fn what_is_no_text_is_media() {
    let work = work();
    for name in ["a.png", "a.wav", "a b.bin"] {
        fs::write(work.path().join(name), [0xff, 0xfe]).unwrap();
    }
    assert_eq!(
        error("read_file", json!({ "path": "/code/a.png" })),
        "`/code/a.png` is not UTF-8 text; use `read_media_file`"
    );
    let media = |path: &str| {
        let output = filesystem::plugin().call_tool("read_media_file", json!({ "path": path }));
        output.unwrap().blocks()[0].clone()
    };
    assert_eq!(
        media("/code/a.png").as_media(),
        Some((&[0xff, 0xfe][..], "image/png"))
    );
    assert_eq!(media("/code/a.wav").as_media().unwrap().1, "audio/wav");
    let other = format!("{:?}", media("/code/a b.bin"));
    assert!(other.contains("fs://file/code/a%20b.bin"), "{other}");
    assert!(other.contains("application/octet-stream"), "{other}");
}

#[test]
fn resources() {
    let work = work();
    let _docs = docs();
    fs::write(work.path().join("a b.bin"), [0xff]).unwrap();
    let plugin = filesystem::plugin();
    let listed = json!({ "directories": [
        { "path": "/code", "access": "read-write" },
        { "path": "/docs", "access": "read" },
    ] });
    assert_eq!(value("list_allowed_directories", json!({})), listed);
    let contents = plugin.read_resource("fs://allowed-directories").unwrap();
    assert_eq!(contents[0].as_text(), Some(listed.to_string().as_str()));

    let text = &plugin.read_resource("fs://file/docs/a.md").unwrap()[0];
    assert_eq!(text.as_text(), Some("one\n"));
    assert_eq!(text.media_type(), Some("text/markdown"));
    let blob = &plugin.read_resource("fs://file/code/a%20b.bin").unwrap()[0];
    assert_eq!(blob.as_bytes(), Some(&[0xff][..]));
    let missing = plugin.read_resource("fs://file/code/none").unwrap_err();
    assert!(missing.is_not_found());
    assert!(plugin.read_resource("fs://file/etc/passwd").is_err());
}
