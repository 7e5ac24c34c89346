//! The file: opened by several, damaged, foreign, newer, and killed over.

use std::{
    env, fs,
    io::{BufRead, BufReader, Read, Write},
    path::Path,
    process::{Child, ChildStderr, Command, Stdio},
    thread,
};

use rusqlite::Connection;

use super::*;

const MUCH: u64 = 1 << 30;
/// Tells a test that it is another's child process, and which folder to use.
const FOLDER: &str = "PORTCULLIS_TEST_STATE_FOLDER";

fn bucket() -> Bucket {
    Bucket::new("counter", "b")
}

fn block_on<T>(future: impl Future<Output = T>) -> T {
    tokio::runtime::Builder::new_current_thread()
        .build()
        .expect("a runtime")
        .block_on(future)
}

/// Adds to a number in the file, as the shortest use of it.
fn add(state: &State, delta: u64) -> Result<u64, StateError> {
    block_on(state.increment(&bucket(), "n".to_owned(), delta, MUCH))
}

fn raw(folder: &Path) -> Connection {
    Connection::open(folder.join("state.db")).expect("opened")
}

/// An engine's error with its causes, and `FOLDER` for the folder.
fn reason(error: &StateError, folder: &Path) -> String {
    assert_eq!(error.to_string(), "the stored state cannot be used");
    let mut text = Vec::new();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text.push(cause.to_string());
        source = cause.source();
    }
    let folder = folder.to_str().expect("readable");
    text.join(": ").replace(folder, "FOLDER")
}

#[test]
fn nothing_is_made_before_the_first_use() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("new/data");
    let state = State::new(&data);
    drop(state.clone());
    assert!(!data.exists());
    assert_eq!(add(&state, 1).expect("added"), 1);
    assert!(data.join("state.db").is_file());
    assert!(!data.join("runners").exists());
}

#[cfg(unix)]
#[test]
fn the_files_are_the_owners() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    let state = State::new(&data);
    add(&state, 1).expect("added");
    let mode = |path: &Path| fs::metadata(path).expect("there").permissions().mode() & 0o777;
    assert_eq!(mode(&data), 0o700);
    for name in ["state.db", "state.db-wal", "state.db-shm"] {
        assert_eq!(mode(&data.join(name)), 0o600, "{name}");
    }
}

#[test]
fn what_was_written_is_there_after_reopening() {
    let folder = tempfile::tempdir().expect("a folder");
    for sum in 1..=3 {
        let state = State::new(folder.path());
        assert_eq!(add(&state, 1).expect("added"), sum);
    }
    let state = State::new(folder.path());
    let usage = block_on(state.usage("counter")).expect("known");
    assert_eq!(usage, 3);
}

#[test]
fn an_empty_file_is_an_empty_database() {
    let folder = tempfile::tempdir().expect("a folder");
    fs::write(folder.path().join("state.db"), "").expect("written");
    assert_eq!(add(&State::new(folder.path()), 1).expect("added"), 1);
}

#[test]
fn a_file_that_was_set_up_by_hand_is_good_enough() {
    let folder = tempfile::tempdir().expect("a folder");
    let by_hand = raw(folder.path());
    by_hand
        .execute_batch("pragma journal_mode = wal; vacuum")
        .expect("made");
    let state = State::new(folder.path());
    let value = vec![1; 1 << 20];
    block_on(state.set(&bucket(), "k".to_owned(), value, MUCH)).expect("written");
    block_on(state.remove("counter")).expect("ends, and gives no room back");
    assert_eq!(add(&state, 1).expect("added"), 1);
}

#[test]
fn many_may_open_a_new_file_at_once() {
    for _ in 0..5 {
        let folder = tempfile::tempdir().expect("a folder");
        thread::scope(|scope| {
            for _ in 0..8 {
                scope.spawn(|| add(&State::new(folder.path()), 1).expect("added"));
            }
        });
        assert_eq!(add(&State::new(folder.path()), 0).expect("added"), 8);
    }
}

const DAMAGED: &str = "FOLDER/state.db is damaged or not a database; move it away and a new one is made (it kept tasks and plugins' values, which are lost with it): ";

#[test]
fn what_is_no_database_is_left_alone_and_named() {
    for content in [&b"short"[..], &[b'x'; 5000]] {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("state.db");
        fs::write(&path, content).expect("written");
        let state = State::new(folder.path());
        let error = add(&state, 1).expect_err("no database");
        assert!(reason(&error, folder.path()).starts_with(DAMAGED));
        assert!(fs::read(&path).expect("read") == content);
        // The advice helps, without a restart.
        fs::rename(&path, folder.path().join("away")).expect("moved");
        assert_eq!(add(&state, 1).expect("added"), 1);
    }
}

#[test]
fn a_damaged_database_is_named() {
    let folder = tempfile::tempdir().expect("a folder");
    add(&State::new(folder.path()), 1).expect("added");
    let path = folder.path().join("state.db");
    let mut bytes = fs::read(&path).expect("read");
    // All but the header and the list of tables, which are the first page.
    bytes[4096..].fill(0xA5);
    fs::write(&path, &bytes).expect("written");
    let error = add(&State::new(folder.path()), 1).expect_err("damaged");
    assert!(reason(&error, folder.path()).starts_with(DAMAGED));
    assert!(fs::read(&path).expect("read") == bytes);
}

#[test]
fn another_programs_database_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let other = raw(folder.path());
    other
        .execute_batch("create table mail (text)")
        .expect("made");
    drop(other);
    let before = fs::read(folder.path().join("state.db")).expect("read");
    let error = add(&State::new(folder.path()), 1).expect_err("not ours");
    assert_eq!(
        reason(&error, folder.path()),
        "FOLDER/state.db is another program's database; move it away, or choose another data folder with --data"
    );
    let after = fs::read(folder.path().join("state.db")).expect("read");
    assert!(before == after);
}

#[test]
fn a_newer_file_is_left_alone() {
    let folder = tempfile::tempdir().expect("a folder");
    let state = State::new(folder.path());
    add(&state, 1).expect("added");
    let newer = |version: i64| {
        let file = raw(folder.path());
        file.pragma_update(None, "user_version", version)
            .expect("set");
    };
    newer(7);
    let refused = "FOLDER/state.db was written by a newer version (layout 7, and this one knows up to 1); update this program, or choose another data folder with --data";
    // Whoever comes to it, and who had it open when it was migrated.
    for state in [State::new(folder.path()), state] {
        let error = add(&state, 1).expect_err("newer");
        assert_eq!(reason(&error, folder.path()), refused);
    }
    newer(1);
    assert_eq!(add(&State::new(folder.path()), 1).expect("added"), 2);
}

#[test]
fn a_folder_that_cannot_be_made_is_tried_again() {
    let folder = tempfile::tempdir().expect("a folder");
    let data = folder.path().join("data");
    fs::write(&data, "a file").expect("written");
    let state = State::new(&data);
    let error = add(&state, 1).expect_err("no folder");
    let reason = reason(&error, folder.path());
    assert!(reason.contains("FOLDER/data"), "{reason}");
    fs::remove_file(&data).expect("removed");
    assert_eq!(add(&state, 1).expect("added"), 1);
}

/// Runs one of the tests that begin with `as_a_child` in a process of its own.
fn child(test: &str, folder: &Path) -> (Child, BufReader<ChildStderr>) {
    let mut child = Command::new(env::current_exe().expect("this program"))
        .args(["--exact", &format!("state::tests::{test}"), "--nocapture"])
        .env(FOLDER, folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::piped())
        .spawn()
        .expect("started");
    let stderr = child.stderr.take().expect("piped");
    (child, BufReader::new(stderr))
}

/// The next line that a child told its parent.
fn told(stderr: &mut impl BufRead) -> String {
    let lines = stderr.lines().map(|line| line.expect("read"));
    lines
        .filter_map(|line| line.strip_prefix("told ").map(str::to_owned))
        .next()
        .expect("the child ended before it told anything")
}

/// In a child: its state.
fn in_a_child() -> Option<State> {
    env::var_os(FOLDER).map(|folder| State::new(Path::new(&folder)))
}

/// In a child: tells the parent something.
fn tell(text: &str) {
    let line = format!("told {text}\n");
    let mut stderr = std::io::stderr();
    stderr.write_all(line.as_bytes()).expect("written");
}

/// In a child: waits to be killed, or for the parent's end.
fn wait() {
    let mut all = Vec::new();
    let _ = std::io::stdin().read_to_end(&mut all);
}

#[test]
fn as_a_child_works_on_a_task() {
    let Some(state) = in_a_child() else { return };
    let task = block_on(state.create(NewTask::default())).expect("made");
    tell(&task.id);
    wait();
}

#[test]
fn the_task_of_a_killed_process_has_failed() {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks: Arc<dyn Tasks> = Arc::new(State::new(folder.path()));
    let (mut worker, mut stderr) = child("as_a_child_works_on_a_task", folder.path());
    let id = told(&mut stderr);
    let get = || block_on(tasks.get(&id, |_| "killed".to_owned()));
    let found = get().expect("read").expect("there");
    assert_eq!(found.status, TaskStatus::Working);
    assert_eq!(block_on(tasks.sweep()).expect("swept"), 0);
    let found = get().expect("read").expect("there");
    assert_eq!(found.status, TaskStatus::Working);

    worker.kill().expect("killed");
    worker.wait().expect("ended");
    let runners = || fs::read_dir(folder.path().join("runners")).expect("a folder");
    assert_eq!(runners().count(), 1);
    let found = get().expect("read").expect("there");
    assert_eq!(found.status, TaskStatus::Failed);
    assert_eq!(found.outcome.as_deref(), Some("killed"));
    assert_eq!(runners().count(), 0);
}

#[test]
fn as_a_child_adds() {
    let Some(state) = in_a_child() else { return };
    for _ in 0..200 {
        add(&state, 1).expect("added");
    }
}

#[test]
fn processes_do_not_come_between_each_other() {
    let folder = tempfile::tempdir().expect("a folder");
    let children = [(); 3].map(|()| child("as_a_child_adds", folder.path()));
    let state = State::new(folder.path());
    for _ in 0..200 {
        add(&state, 1).expect("added");
    }
    for (mut child, mut stderr) in children {
        stderr.read_to_end(&mut Vec::new()).expect("read");
        assert!(child.wait().expect("ended").success());
    }
    assert_eq!(add(&state, 0).expect("added"), 800);
}

#[test]
fn as_a_child_writes_pairs() {
    let Some(state) = in_a_child() else { return };
    for number in 0_u64.. {
        let value = number.to_string().repeat(1000).into_bytes();
        let pair = ["a", "b"].map(|key| (key.to_owned(), value.clone()));
        block_on(state.set_many(&bucket(), pair.to_vec(), MUCH)).expect("written");
        tell(&number.to_string());
    }
}

#[test]
fn a_killed_process_tears_nothing() {
    let folder = tempfile::tempdir().expect("a folder");
    for writes in [1, 20, 100] {
        let (mut writer, mut stderr) = child("as_a_child_writes_pairs", folder.path());
        let last = (0..writes).map(|_| told(&mut stderr)).last();
        writer.kill().expect("killed");
        writer.wait().expect("ended");

        let state = State::new(folder.path());
        let keys = ["a", "b"].map(str::to_owned).to_vec();
        let pair = block_on(state.get_many(&bucket(), keys, MUCH)).expect("read");
        let value = pair[0].as_ref().expect("written");
        assert_eq!(pair[0], pair[1]);
        // What the writer was told to be written is: the last value is that of
        // the last line, or of a later one.
        let number = std::str::from_utf8(&value[..value.len() / 1000]).expect("a number");
        let last: u64 = last.expect("a line").parse().expect("a number");
        assert!(number.parse::<u64>().expect("a number") >= last);
        let usage = block_on(state.usage("counter")).expect("known");
        assert_eq!(usage, 2 * (value.len() as u64 + 2));
        let check: String = raw(folder.path())
            .query_row("pragma integrity_check", [], |row| row.get(0))
            .expect("checked");
        assert_eq!(check, "ok");
    }
}
