//! What a server was asked and had answered when it was killed: values that
//! were said to be kept are, and so are tasks and their results.

use std::collections::BTreeMap;
use std::thread;
use std::time::Duration;

use portcullis_seeded::Seeded;
use serde_json::{Value, json};

use crate::client::{Client, text_of};
use crate::home::Home;

/// The longest that a server works before it is killed at some point of a call.
const WORK: Duration = Duration::from_millis(3);
const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// What was asked, by the request's id.
enum Asked {
    /// To keep a value.
    Keep(String, String),
    /// To add one to the number.
    Count,
    /// To do something for later.
    Task,
    /// How this task stands.
    Get(String),
}

/// What has to be kept.
#[derive(Default)]
pub(super) struct Calls {
    values: BTreeMap<String, String>,
    /// The keys that were told of since the last look at them.
    new: Vec<String>,
    /// How often one was added, by what was answered and by what was asked.
    counted: (u64, u64),
    /// The tasks, with their results if they were told.
    tasks: BTreeMap<String, Option<Value>>,
    asked: u64,
}

/// A client that takes tasks.
pub(super) fn client(home: &Home) -> Client {
    Client::able(home, json!({ "extensions": { EXTENSION: {} } }))
}

impl Calls {
    /// Installs what is called.
    pub(super) fn new(home: &Home) -> Self {
        home.add("keeper", &["--grant", "keyvalue"]);
        let folder = home.plugin("echo", "[tools.sleep]\ntask = \"optional\"\n");
        home.add_folder(&folder, &[]);
        Self::default()
    }

    /// Makes calls, many at once, and kills the server in the middle of some.
    pub(super) fn make(&mut self, source: &mut Seeded, mut client: Client) {
        let mut open = BTreeMap::new();
        for _ in 0..source.below(6) {
            self.ask(source, &mut client, &mut open);
            let answers = source.below(open.len() + 1);
            for _ in 0..answers {
                let answer = client.read();
                self.answered(&mut open, answer);
            }
        }
        self.ask(source, &mut client, &mut open);
        let part = u32::try_from(source.below(1000)).expect("it is small");
        thread::sleep(WORK * part / 1000);
        for answer in client.killed() {
            self.answered(&mut open, answer);
        }
    }

    /// What was told since the last look is so.
    #[track_caller]
    pub(super) fn assert_kept(&mut self, client: &mut Client) {
        for key in std::mem::take(&mut self.new) {
            let value = client.text("recall", json!({ "key": key }));
            assert_eq!(Some(&value), self.values.get(&key), "{key}");
        }
        let count = client.text("increment", json!({ "key": "count", "by": 0 }));
        let count: u64 = count.parse().expect("a number");
        let (answered, asked) = self.counted;
        assert!(
            (answered..=asked).contains(&count),
            "{answered} {count} {asked}"
        );
        for (id, told) in &mut self.tasks {
            let task = client.result("tasks/get", json!({ "taskId": id }));
            match told {
                Some(told) => assert_eq!(*told, task),
                // It was at work when its server was killed, or had ended.
                None => {
                    let status = task["status"].as_str().unwrap_or_default();
                    assert!(matches!(status, "completed" | "failed"), "{task}");
                    *told = Some(task);
                }
            }
        }
    }

    /// [`Calls::assert_kept`], of all that was ever told.
    #[track_caller]
    pub(super) fn assert_all_kept(&mut self, client: &mut Client) {
        self.new = self.values.keys().cloned().collect();
        self.assert_kept(client);
    }

    /// Whether calls are answered.
    #[track_caller]
    pub(super) fn assert_answers(&mut self, client: &mut Client) {
        client.assert_answers();
        if let Some(key) = self.new.pop() {
            let value = client.text("recall", json!({ "key": key }));
            assert_eq!(Some(&value), self.values.get(&key), "{key}");
        }
    }

    /// How many values were said to be kept.
    pub(super) fn values(&self) -> usize {
        self.values.len() + usize::try_from(self.counted.0).unwrap_or(0)
    }

    /// How many tasks there are.
    pub(super) fn tasks(&self) -> usize {
        self.tasks.len()
    }

    fn ask(
        &mut self,
        source: &mut Seeded,
        client: &mut Client,
        open: &mut BTreeMap<String, Asked>,
    ) {
        for _ in 0..=source.below(5) {
            self.asked += 1;
            let number = self.asked;
            let (id, asked) = match source.below(4) {
                0 => {
                    let (key, value) = (format!("key {number}"), source.text(20));
                    let arguments = json!({ "key": key, "value": value });
                    (
                        client.start_call("keep", arguments),
                        Asked::Keep(key, value),
                    )
                }
                1 => {
                    self.counted.1 += 1;
                    let arguments = json!({ "key": "count", "by": 1 });
                    (client.start_call("increment", arguments), Asked::Count)
                }
                2 => {
                    let arguments = json!({ "ms": source.below(3) });
                    (client.start_call("sleep", arguments), Asked::Task)
                }
                _ => {
                    let mut open = self.tasks.iter().filter(|(_, told)| told.is_none());
                    let Some((task, _)) = open.next_back() else {
                        continue;
                    };
                    let id = client.send("tasks/get", json!({ "taskId": task }));
                    (id, Asked::Get(task.clone()))
                }
            };
            open.insert(id.to_string(), asked);
        }
    }

    /// Notes what has to be so from now on.
    #[track_caller]
    fn answered(&mut self, open: &mut BTreeMap<String, Asked>, answer: Value) {
        let Some(asked) = open.remove(&answer["id"].to_string()) else {
            // News of a change that the guest made.
            assert!(answer.get("method").is_some(), "{answer}");
            return;
        };
        let result = &answer["result"];
        assert!(result.is_object() && result["isError"] != true, "{answer}");
        match asked {
            Asked::Keep(key, value) => {
                assert!(text_of(result).starts_with("kept"), "{answer}");
                self.new.push(key.clone());
                self.values.insert(key, value);
            }
            Asked::Count => self.counted.0 += 1,
            Asked::Task => {
                let id = result["taskId"].as_str().expect("a task");
                self.tasks.insert(id.to_owned(), None);
            }
            Asked::Get(id) => {
                if result["status"] != "working" {
                    self.tasks.insert(id, Some(result.clone()));
                }
            }
        }
    }
}
