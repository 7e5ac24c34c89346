use std::{path::Path, sync::Arc};

use super::*;
use crate::state::State;

fn tasks(folder: &Path) -> Arc<dyn Tasks> {
    Arc::new(State::new(folder))
}

fn new(ttl: Option<Duration>) -> NewTask {
    NewTask {
        plugin: "reports".to_owned(),
        tool: "yearly".to_owned(),
        principal: Some("ann".to_owned()),
        message: Some("adding up".to_owned()),
        ttl,
    }
}

const HOUR: Option<Duration> = Some(Duration::from_secs(3600));

fn lost(task: &TaskRecord) -> String {
    format!("the process of `{}` died", task.tool)
}

fn not_lost(task: &TaskRecord) -> String {
    panic!("{task:?} is not lost");
}

/// How many tasks the file has, expired ones included.
fn rows(folder: &Path) -> i64 {
    let file = rusqlite::Connection::open(folder.join("state.db")).expect("opened");
    file.query_row("select count(*) from task", [], |row| row.get(0))
        .expect("counted")
}

#[tokio::test]
async fn a_task_is_found_by_all_as_it_was_made() {
    let folder = tempfile::tempdir().expect("a folder");
    let [here, there] = [(); 2].map(|()| tasks(folder.path()));
    for ttl in [HOUR, None, Some(Duration::MAX)] {
        let before = SystemTime::now() - Duration::from_millis(1);
        let made = here.create(new(ttl)).await.expect("made");
        assert_eq!(made.id.len(), 32);
        assert_eq!(made.status, TaskStatus::Working);
        assert_eq!((&*made.plugin, &*made.tool), ("reports", "yearly"));
        assert_eq!(made.principal.as_deref(), Some("ann"));
        assert_eq!(made.message.as_deref(), Some("adding up"));
        assert_eq!(made.outcome, None);
        assert_eq!(made.ttl.is_some(), ttl.is_some());
        assert!(made.created == made.updated && made.created >= before);
        for tasks in [&here, &there] {
            let found = tasks.get(&made.id, not_lost).await.expect("read");
            assert_eq!(found.as_ref(), Some(&made));
        }
    }
    let unknown = here.get("00000000000000000000000000000000", not_lost).await;
    assert_eq!(unknown.expect("read"), None);
}

#[tokio::test]
async fn a_task_ends_once() {
    let folder = tempfile::tempdir().expect("a folder");
    let [here, there] = [(); 2].map(|()| tasks(folder.path()));
    let endings = [
        (
            Ending::Completed("{}".into()),
            TaskStatus::Completed,
            Some("{}"),
        ),
        (Ending::Failed("[]".into()), TaskStatus::Failed, Some("[]")),
        (Ending::Cancelled, TaskStatus::Cancelled, None),
    ];
    for (ending, status, outcome) in endings {
        let made = here.create(new(HOUR)).await.expect("made");
        let finish = there.finish(&made.id, ending, Some("done".into()));
        assert!(finish.await.expect("written"));
        for late in [Ending::Completed("late".into()), Ending::Cancelled] {
            assert!(!here.finish(&made.id, late, None).await.expect("written"));
        }
        let found = here.get(&made.id, not_lost).await.expect("read");
        let found = found.expect("still there");
        assert!(found.updated >= made.updated);
        let expected = TaskRecord {
            status,
            message: Some("done".into()),
            outcome: outcome.map(str::to_owned),
            updated: found.updated,
            ..made
        };
        assert_eq!(found, expected);
    }
    let unknown = here.finish("no such task", Ending::Cancelled, None);
    assert!(!unknown.await.expect("written"));
}

#[tokio::test]
async fn an_expired_task_is_gone() {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks = tasks(folder.path());
    let made = tasks.create(new(Some(Duration::ZERO))).await.expect("made");
    let finish = tasks.finish(&made.id, Ending::Cancelled, None);
    assert!(!finish.await.expect("written"));
    assert_eq!(rows(folder.path()), 1);
    let found = tasks.get(&made.id, not_lost).await.expect("read");
    assert_eq!((found, rows(folder.path())), (None, 0));
}

#[tokio::test]
async fn sweeping_and_creating_remove_what_expired() {
    let folder = tempfile::tempdir().expect("a folder");
    let tasks = tasks(folder.path());
    let mut kept = Vec::new();
    for ttl in [HOUR, None, Some(Duration::ZERO)] {
        kept.push(tasks.create(new(ttl)).await.expect("made"));
    }
    let ended = tasks.create(new(Some(Duration::ZERO))).await.expect("made");
    assert_eq!(rows(folder.path()), 3);
    assert_eq!(tasks.sweep().await.expect("swept"), 1);
    assert_eq!(tasks.sweep().await.expect("swept"), 0);
    assert_eq!(tasks.get(&ended.id, not_lost).await.expect("read"), None);
    for task in &kept[..2] {
        let found = tasks.get(&task.id, not_lost).await.expect("read");
        assert_eq!(found.as_ref(), Some(task));
    }
}

#[tokio::test]
async fn a_task_without_its_process_has_failed() {
    let folder = tempfile::tempdir().expect("a folder");
    let [worker, asker] = [(); 2].map(|()| tasks(folder.path()));
    let lost_one = worker.create(new(HOUR)).await.expect("made");
    let done = worker.create(new(HOUR)).await.expect("made");
    let ending = Ending::Completed("{}".into());
    assert!(
        worker
            .finish(&done.id, ending, None)
            .await
            .expect("written")
    );
    drop(worker);

    let found = asker.get(&lost_one.id, lost).await.expect("read");
    let found = found.expect("there");
    let expected = TaskRecord {
        status: TaskStatus::Failed,
        message: None,
        outcome: Some("the process of `yearly` died".into()),
        updated: found.updated,
        ..lost_one
    };
    assert_eq!(found, expected);
    // It failed for good, and what was done is done.
    let again = asker.get(&found.id, not_lost).await.expect("read");
    assert_eq!(again.as_ref(), Some(&found));
    let late = asker.finish(&found.id, Ending::Cancelled, None);
    assert!(!late.await.expect("written"));
    let done = asker.get(&done.id, not_lost).await.expect("read");
    assert_eq!(done.expect("there").status, TaskStatus::Completed);
}

#[tokio::test]
async fn a_panic_reaches_who_asked_and_nobody_else() {
    let folder = tempfile::tempdir().expect("a folder");
    let [worker, asker] = [(); 2].map(|()| tasks(folder.path()));
    let made = worker.create(new(HOUR)).await.expect("made");
    drop(worker);
    let asked = tokio::spawn(asker.get(&made.id, not_lost)).await;
    assert!(asked.expect_err("panicked").is_panic());
    let found = asker.get(&made.id, lost).await.expect("read");
    assert_eq!(found.expect("there").status, TaskStatus::Failed);
}
