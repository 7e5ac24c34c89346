//! Ways out of a mount: links, renaming, and links that are swapped in while a
//! guest looks.

#[cfg(unix)]
use std::fs;

use serde_json::{Value, json};

use crate::client::Client;
use crate::home::Home;

/// A probe with a folder that it may write to, and one that it may only read.
fn two_mounts() -> Home {
    let home = Home::with(&["echo"]);
    let requests = "[[filesystem]]\nname = \"ours\"\naccess = \"read-write\"\n\
                    [[filesystem]]\nname = \"theirs\"\naccess = \"read\"\n";
    let ours = format!("filesystem.ours={}", home.folder("ours"));
    let theirs = format!("filesystem.theirs={}", home.folder("theirs"));
    super::install(&home, "probe", requests, &[&ours, &theirs]);
    std::fs::write(home.path("ours/a"), "a").expect("written");
    std::fs::write(home.path("theirs/b"), "b").expect("written");
    home
}

#[track_caller]
fn assert_denied(client: &mut Client, tool: &str, arguments: Value) {
    let told = client.text(tool, arguments.clone());
    assert!(told.starts_with("denied: "), "{tool} {arguments}: {told}");
}

#[test]
fn nothing_is_linked_or_moved_out_of_what_is_only_read() {
    let home = two_mounts();
    let mut client = Client::modern(&home);
    // A second name for a file in a folder that may be written to would make
    // the file itself writable.
    assert_denied(
        &mut client,
        "probe_hard_link",
        json!({ "target": "/theirs/b", "link": "/ours/b" }),
    );
    assert_denied(
        &mut client,
        "probe_rename",
        json!({ "from": "/theirs/b", "to": "/ours/b" }),
    );
    assert_denied(
        &mut client,
        "probe_rename",
        json!({ "from": "/ours/a", "to": "/theirs/a" }),
    );
    assert_denied(
        &mut client,
        "probe_hard_link",
        json!({ "target": "/ours/a", "link": "/theirs/a" }),
    );
    let read = |file: &str| std::fs::read_to_string(home.path(file)).expect("it is there");
    assert_eq!((read("ours/a"), read("theirs/b")), ("a".into(), "b".into()));
    assert_eq!(
        client.text(
            "probe_rename",
            json!({ "from": "/ours/a", "to": "/ours/c" })
        ),
        "ok: moved"
    );
    client.assert_answers();
}

#[cfg(unix)]
#[test]
fn a_link_made_through_one_mount_does_not_lead_into_another() {
    let home = two_mounts();
    let mut client = Client::modern(&home);
    client.text(
        "probe_symlink",
        json!({ "target": "../theirs/b", "link": "/ours/link" }),
    );
    assert_denied(
        &mut client,
        "probe_write_file",
        json!({ "path": "/ours/link", "text": "x" }),
    );
    assert_denied(
        &mut client,
        "probe_read_file",
        json!({ "path": "/ours/link" }),
    );
    let kept = fs::read_to_string(home.path("theirs/b")).expect("it is there");
    assert_eq!(kept, "b");
}

/// Swaps a link for a folder, and back, for as long as it lives.
#[cfg(unix)]
struct Swapping {
    stop: std::sync::Arc<std::sync::atomic::AtomicBool>,
    thread: Option<std::thread::JoinHandle<u64>>,
}

#[cfg(unix)]
impl Swapping {
    /// Has `place` be now a folder that it finds as `place.folder`, and now a
    /// link to `target`.
    fn of(place: std::path::PathBuf, target: std::path::PathBuf) -> Self {
        use std::sync::atomic::{AtomicBool, Ordering};

        let stop = std::sync::Arc::new(AtomicBool::new(false));
        let stopped = std::sync::Arc::clone(&stop);
        let aside = place.with_extension("folder");
        let link = place.with_extension("link");
        let thread = std::thread::spawn(move || {
            let mut swaps = 0;
            while !stopped.load(Ordering::Relaxed) {
                std::os::unix::fs::symlink(&target, &link).expect("linked");
                fs::rename(&link, &place).expect("the link is in its place");
                fs::remove_file(&place).expect("the link is gone");
                fs::rename(&aside, &place).expect("the folder is in its place");
                fs::rename(&place, &aside).expect("the folder is aside");
                swaps += 1;
            }
            swaps
        });
        Self {
            stop,
            thread: Some(thread),
        }
    }

    fn end(mut self) -> u64 {
        self.stop.store(true, std::sync::atomic::Ordering::Relaxed);
        let thread = self.thread.take().expect("it runs");
        thread.join().expect("it swaps")
    }
}

#[cfg(unix)]
#[test]
fn a_link_that_is_swapped_in_leads_nowhere() {
    let home = super::files::with_docs("hostile", &[]);
    for (folder, text) in [("docs/place.folder", "inside"), ("outside", "secret")] {
        fs::create_dir(home.path(folder)).expect("a folder");
        fs::write(home.path(folder).join("file"), text).expect("written");
    }
    let mut client = Client::modern(&home);
    let swapping = Swapping::of(home.path("docs/place"), home.path("outside"));
    for _ in 0..20 {
        let seen = client.text(
            "read_again",
            json!({ "path": "/docs/place/file", "times": 500 }),
        );
        assert!(
            seen.lines()
                .all(|seen| matches!(seen, "inside" | "an error")),
            "{seen}"
        );
        client.text(
            "write_again",
            json!({ "path": "/docs/place/new", "text": "x", "times": 500 }),
        );
        client.assert_answers();
    }
    assert!(swapping.end() > 0);
    let outside: Vec<_> = crate::home::files(&home.path("outside"));
    assert_eq!(
        outside,
        [home.path("outside/file")],
        "nothing was written there"
    );
}

#[cfg(unix)]
#[test]
fn a_mount_that_is_swapped_for_a_link_stays_the_folder_that_it_was() {
    let home = super::files::with_docs("probe", &[]);
    fs::write(home.path("docs/file"), "inside").expect("written");
    fs::create_dir(home.path("outside")).expect("a folder");
    fs::write(home.path("outside/file"), "secret").expect("written");
    let mut client = Client::modern(&home);
    let read =
        |client: &mut Client| client.text("probe_read_file", json!({ "path": "/docs/file" }));
    assert_eq!(read(&mut client), "ok: inside");
    fs::rename(home.path("docs"), home.path("moved")).expect("moved");
    std::os::unix::fs::symlink(home.path("outside"), home.path("docs")).expect("linked");
    assert_eq!(read(&mut client), "ok: inside");
}
