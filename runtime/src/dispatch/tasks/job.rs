//! A task that this process works on.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use serde_json::value::RawValue;
use tokio::sync::{Notify, mpsc};
use tokio::task::AbortHandle;

use super::{Answering, fresh_keys};
use crate::dispatch::changes::{Listeners, News};
use crate::dispatch::failed;
use crate::dispatch::input::{Questions, askable, parse};
use crate::dispatch::requests::PATIENCE;
use crate::protocol::input::{Answer, Kinds};
use crate::protocol::members::Members;
use crate::protocol::tasks::{Status, Task};
use crate::protocol::tools::ToolOutput;
use crate::protocol::{Revision, RpcError};
use crate::wasm::{Ask, Event, ToolError};

/// A task that this process works on, and what is known of it here alone.
pub(in crate::dispatch) struct Job {
    /// Whose tool is called.
    pub(super) plugin: String,
    state: Mutex<State>,
    /// There are more answers than before.
    answered: Notify,
    abort: OnceLock<AbortHandle>,
    kinds: Kinds,
    revision: Revision,
    listeners: Arc<Listeners>,
}

struct State {
    task: Task,
    given: BTreeMap<String, Answer>,
    /// How often each key was asked under.
    seen: HashMap<String, u32>,
}

impl Job {
    /// A job on a task, for a client of these kinds.
    pub(super) fn new(
        plugin: String,
        task: Task,
        kinds: Kinds,
        revision: Revision,
        listeners: Arc<Listeners>,
    ) -> Self {
        Job {
            plugin,
            state: Mutex::new(State {
                task,
                given: BTreeMap::new(),
                seen: HashMap::new(),
            }),
            answered: Notify::new(),
            abort: OnceLock::new(),
            kinds,
            revision,
            listeners,
        }
    }

    pub(super) fn abort_with(&self, abort: AbortHandle) {
        // Set once, right after the job was made.
        let _ = self.abort.set(abort);
    }

    /// The task as it is now.
    pub(super) fn task(&self) -> Task {
        self.lock().task.clone()
    }

    /// Ends the work at the guest's next step.
    pub(super) fn cancel(&self) {
        if let Some(abort) = self.abort.get() {
            abort.abort();
        }
    }

    pub(super) fn ended(&self, status: Status) {
        self.update(|state| state.task.status = status);
    }

    /// Attends to the call until it ends. Log lines have no place to go: a task
    /// has no stream of its own.
    pub(super) async fn attend(
        &self,
        mut answering: Answering,
        mut events: mpsc::Receiver<Event>,
    ) -> Result<Result<ToolOutput, ToolError>, RpcError> {
        loop {
            tokio::select! {
                biased;
                Some(event) = events.recv() => match event {
                    Event::Progress { message: Some(message), .. } => {
                        self.update(|state| state.task.message = Some(message));
                    }
                    Event::Progress { .. } | Event::Log { .. } => {}
                    Event::Detach(reply) => drop(reply.send(true)),
                    Event::Ask(Ask { questions, reply }) => {
                        askable(&questions, self.kinds, self.revision)?;
                        // A guest that was ended meanwhile wants no answer.
                        drop(reply.send(self.ask(questions).await));
                    }
                },
                answer = &mut answering => return answer.map_err(|failure| failed(&failure)),
            }
        }
    }

    /// Waits until a client has answered.
    async fn ask(&self, questions: Questions) -> Result<Vec<Answer>, String> {
        let asked = self.update(|state| {
            let asked = fresh_keys(questions, &mut state.seen);
            state.task.status = Status::InputRequired(asked.clone());
            asked
        });
        let answers = async {
            loop {
                let answered = self.answered.notified();
                if let Some(answers) = self.take(&asked) {
                    return answers;
                }
                answered.await;
            }
        };
        let answers = tokio::time::timeout(PATIENCE, answers).await;
        self.update(|state| state.task.status = Status::Working);
        answers.map_err(|_| format!("no answer came within {} minutes", PATIENCE.as_secs() / 60))
    }

    /// All answers to what was asked, once they are all there.
    fn take(&self, asked: &Questions) -> Option<Vec<Answer>> {
        let mut state = self.lock();
        if !asked.iter().all(|(key, _)| state.given.contains_key(key)) {
            return None;
        }
        asked
            .iter()
            .map(|(key, _)| state.given.remove(key))
            .collect()
    }

    /// Takes what a client answers. Keys that nothing is asked under are
    /// ignored; -32602 for an answer that is none, and then none is taken.
    pub(super) fn answer(&self, responses: Members<'_>) -> Result<(), RpcError> {
        let mut state = self.lock();
        let Status::InputRequired(open) = &state.task.status else {
            return Ok(());
        };
        let responses: Vec<(_, &RawValue)> = responses.into_pairs().collect();
        let mut answers = BTreeMap::new();
        for (key, question) in open {
            let Some((_, raw)) = responses.iter().find(|(given, _)| given == key) else {
                continue;
            };
            let answer = parse(question, raw).map_err(|what| {
                RpcError::invalid_params(format!("`inputResponses.{key}`: {what}"))
            })?;
            answers.insert(key.clone(), answer);
        }
        let mut open = open.clone();
        open.retain(|(key, _)| !answers.contains_key(key));
        state.given.extend(answers);
        state.task.status = if open.is_empty() {
            Status::Working
        } else {
            Status::InputRequired(open)
        };
        state.task.updated = SystemTime::now();
        drop(state);
        self.answered.notify_one();
        Ok(())
    }

    fn update<R>(&self, change: impl FnOnce(&mut State) -> R) -> R {
        let mut state = self.lock();
        let result = change(&mut state);
        state.task.updated = SystemTime::now();
        let id = state.task.id.clone();
        drop(state);
        self.listeners.tell(&News::Task(id));
        result
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
