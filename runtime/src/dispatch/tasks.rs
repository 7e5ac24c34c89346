//! Calls that go on as tasks, and `tasks/get`, `tasks/update`, `tasks/cancel`.
//!
//! A call becomes a task for clients that declare the extension: at its start
//! if its tool is marked, or in its middle if the guest detaches. That a task
//! exists and how it ended is in the store; what happens in between is known to
//! the process that works on it alone. Source: the extension
//! `io.modelcontextprotocol/tasks`.

mod job;

use std::collections::HashMap;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::value::RawValue;
use tokio::sync::mpsc;
use tracing::Instrument as _;

pub(super) use job::Job;

use super::Dispatcher;
use super::caller::Caller;
use super::changes::{Listeners, News};
use super::input::{Questions, Round};
use super::recording::Recording;
use super::result::{self, Caching};
use super::running::{self, Left};
use super::tools::{Callee, outcome};
use crate::protocol::error::MISSING_CLIENT_CAPABILITY;
use crate::protocol::jsonrpc::error_object;
use crate::protocol::members::Members;
use crate::protocol::tasks::{self, Status, Task, TaskSupport};
use crate::protocol::{Extra, RpcError};
use crate::state::{Ending, NewTask, TaskRecord, TaskStatus, Tasks};
use crate::wasm::{Event, Failure, ToolError};

/// Where tasks are kept, and those that this process works on.
pub struct TaskRoom {
    store: Arc<dyn Tasks>,
    ttl: Duration,
    running: Mutex<HashMap<String, Arc<Job>>>,
    /// Whether this process has tidied up after others.
    tidied: AtomicBool,
}

/// A tool's answer that is not there yet.
type Answering = Pin<
    Box<
        dyn Future<Output = Result<Result<crate::protocol::tools::ToolOutput, ToolError>, Failure>>
            + Send,
    >,
>;

impl TaskRoom {
    /// Tasks are kept in `store` for `ttl` after they were made, and an hour
    /// longer than they may run at least.
    pub fn new(store: Arc<dyn Tasks>, ttl: Duration) -> Self {
        TaskRoom {
            store,
            ttl,
            running: Mutex::default(),
            tidied: AtomicBool::new(false),
        }
    }

    /// Tasks have at most half of a plugin's places, so that calls which
    /// somebody waits for find some.
    fn check_room(&self, plugin: &str, concurrency: u32) -> Result<(), RpcError> {
        let most = (concurrency / 2).max(1) as usize;
        let running = self.running();
        let running = running.values().filter(|job| job.plugin == plugin).count();
        if running < most {
            return Ok(());
        }
        Err(RpcError::internal(format!(
            "plugin `{plugin}` has {running} tasks, half of its concurrency limit; try again when one has ended"
        ))
        .with_data(serde_json::json!({ "plugin": plugin, "limit": "concurrency" })))
    }

    async fn create(&self, new: NewTask) -> Result<TaskRecord, RpcError> {
        let record = self.store.create(new).await.map_err(unavailable)?;
        // What dead processes left is removed once by each that uses the store
        // anyway.
        if !self.tidied.swap(true, Ordering::Relaxed) {
            let sweeping = self.store.sweep();
            tokio::spawn(async move {
                if let Err(error) = sweeping.await {
                    tracing::warn!("{}", crate::registry::chain(&error));
                }
            });
        }
        Ok(record)
    }

    fn running(&self) -> MutexGuard<'_, HashMap<String, Arc<Job>>> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A task as it is now.
    pub(super) async fn get(&self, id: &str) -> Result<Option<Task>, RpcError> {
        if let Some(job) = self.running().get(id) {
            return Ok(Some(job.task()));
        }
        let record = self.store.get(id, lost).await.map_err(unavailable)?;
        Ok(record.map(described))
    }

    async fn known(&self, params: &Members<'_>) -> Result<Task, RpcError> {
        let id = params.string("taskId")?;
        self.get(&id)
            .await?
            .ok_or_else(|| RpcError::invalid_params(format!("no task `{id}`; it may have expired")))
    }

    /// The job of a task that this process works on; none if it has ended.
    fn job(&self, task: &Task) -> Result<Option<Arc<Job>>, RpcError> {
        let job = self.running().get(&task.id).cloned();
        match (&job, &task.status) {
            (None, Status::Working | Status::InputRequired(_)) => Err(RpcError::internal(format!(
                "task `{}` is worked on by another process, which has to be asked",
                task.id
            ))),
            _ => Ok(job),
        }
    }
}

impl Dispatcher {
    /// Calls a tool whose call may become a task. `params` are the request's.
    pub(super) async fn call_as_task(
        &self,
        callee: Callee,
        arguments: &str,
        params: &Members<'_>,
        caller: &Caller<'_>,
        recording: &mut Recording,
    ) -> Result<Vec<u8>, RpcError> {
        let entry = callee.entry();
        let at_once = entry.task_support() != TaskSupport::Never;
        let (mut events, receiver) = caller.events(true);
        // What a task is doing, and its answer, is told by its state.
        (events.task, events.progress, events.room) = (at_once, true, None);
        recording.attend(&mut events);
        let mut receiver = receiver.ok_or_else(|| RpcError::internal("nobody listens"))?;
        let plugin = Arc::clone(&callee.plugin);
        let (guest_name, meta) = (entry.guest_name.clone(), caller.meta.for_plugin());
        let owned = arguments.to_owned();
        let span = running::span(&events);
        let calling = async move { plugin.call_tool(&guest_name, &owned, &meta, events).await };
        let mut answering: Answering = Box::pin(calling.instrument(span));
        if at_once {
            let record = self.create(&callee).await?;
            let going_on = recording.becomes_task(&record.id);
            return Ok(self.detach(record, going_on, callee, answering, receiver, caller));
        }
        let name = params.string("name")?;
        let call = ("tools/call", &*name, arguments);
        let mut round = Round::open(&self.seal, &caller.principal, call, params)?;
        let provider = &entry.plugin.name;
        loop {
            let left =
                running::attend(caller, &mut round, provider, &mut answering, &mut receiver).await;
            match left {
                Ok(answer) => {
                    recording.ends(outcome(&answer));
                    return callee.finish(answer, caller.revision);
                }
                Err(Left::Stopped(stopped)) => {
                    return self.stopped(caller, &round, stopped, recording);
                }
                Err(Left::Detaching(reply)) => match self.create(&callee).await {
                    Ok(record) => {
                        // The guest cannot have ended: it waits for this.
                        let _ = reply.send(true);
                        let going_on = recording.becomes_task(&record.id);
                        return Ok(
                            self.detach(record, going_on, callee, answering, receiver, caller)
                        );
                    }
                    Err(error) => {
                        tracing::error!("a call stays one that its caller waits for: {error}");
                        let _ = reply.send(false);
                    }
                },
            }
        }
    }

    async fn create(&self, callee: &Callee) -> Result<TaskRecord, RpcError> {
        let entry = callee.entry();
        let limits = &entry.plugin.policy.limits;
        self.tasks
            .check_room(&entry.plugin.name, limits.concurrency)?;
        let least = limits.task_deadline + Duration::from_secs(3600);
        let new = NewTask {
            plugin: entry.plugin.name.clone(),
            tool: entry.tool.name.clone(),
            ttl: Some(self.tasks.ttl.max(least)),
            ..NewTask::default()
        };
        self.tasks.create(new).await
    }

    /// Lets a call go on by itself, and gives its caller the handle.
    fn detach(
        &self,
        record: TaskRecord,
        mut recording: Recording,
        callee: Callee,
        answering: Answering,
        events: mpsc::Receiver<Event>,
        caller: &Caller<'_>,
    ) -> Vec<u8> {
        let (id, plugin) = (record.id.clone(), record.plugin.clone());
        let task = described(record);
        let room = Arc::clone(&self.tasks);
        let listeners = Arc::clone(&self.listeners);
        let job = Arc::new(Job::new(
            plugin,
            task.clone(),
            caller.kinds(),
            caller.revision,
            Arc::clone(&listeners),
        ));
        room.running().insert(id.clone(), Arc::clone(&job));
        let revision = caller.revision;
        let working = Arc::clone(&job);
        let work = tokio::spawn(async move {
            let answer = working.attend(answering, events).await?;
            let outcome = outcome(&answer);
            Ok((callee.finish(answer, revision)?, outcome))
        });
        job.abort_with(work.abort_handle());
        tokio::spawn(async move {
            let result = match work.await {
                Ok(Ok((result, outcome))) => {
                    recording.ends(outcome);
                    Some(recording.finish(Ok(result)).await)
                }
                Ok(Err(error)) => Some(recording.finish(Err(error)).await),
                Err(ended) if ended.is_cancelled() => {
                    drop(recording);
                    None
                }
                Err(_) => {
                    let error = RpcError::internal("the runtime failed; its log says where");
                    Some(recording.finish(Err(error)).await)
                }
            };
            let ending = match result {
                Some(Ok(result)) => Ending::Completed(text(result)),
                Some(Err(error)) => Ending::Failed(error_object(&error)),
                None => Ending::Cancelled,
            };
            room.end(&id, ending, &job, &listeners).await;
        });
        result::task_created(caller, &task)
    }

    /// `tasks/get`, `tasks/update` and `tasks/cancel`.
    pub(super) async fn task(
        &self,
        method: &str,
        params: &Members<'_>,
        caller: &Caller<'_>,
    ) -> Result<Vec<u8>, RpcError> {
        caller.must_take_tasks()?;
        let task = self.tasks.known(params).await?;
        match method {
            "tasks/get" => {
                return Ok(result::write(
                    caller.revision,
                    Caching::Silent,
                    &Extra::default(),
                    |map| task.write_detailed(map),
                ));
            }
            "tasks/update" => {
                if params.get("inputResponses").is_none() {
                    return Err(RpcError::invalid_params(
                        "`inputResponses` is missing; it is an object",
                    ));
                }
                let responses = Members::parse("inputResponses", params.get("inputResponses"))?;
                if let Some(job) = self.tasks.job(&task)? {
                    job.answer(responses)?;
                }
            }
            _ => {
                if let Some(job) = self.tasks.job(&task)? {
                    job.cancel();
                }
            }
        }
        Ok(result::empty(caller))
    }
}

impl TaskRoom {
    /// Writes a task's end down. Until that is done it is still running.
    async fn end(&self, id: &str, ending: Ending, job: &Job, listeners: &Listeners) {
        let message = match &ending {
            Ending::Cancelled => Some("cancelled".to_owned()),
            _ => None,
        };
        if let Err(error) = self.store.finish(id, ending.clone(), message).await {
            // It stays in memory, so that whoever asks here learns its end.
            tracing::error!("the end of task `{id}` cannot be kept: {error}");
            job.ended(status(ending));
        } else {
            self.running().remove(id);
        }
        listeners.tell(&News::Task(id.to_owned()));
    }
}

impl Caller<'_> {
    /// -32021 for a client that has not declared the extension.
    pub(super) fn must_take_tasks(&self) -> Result<(), RpcError> {
        if self.takes_tasks() {
            return Ok(());
        }
        Err(RpcError::missing_capability(
            MISSING_CLIENT_CAPABILITY,
            &tasks::required_capability(),
        ))
    }
}

/// The questions of a task under keys that no other of its questions had:
/// clients may take a key that they have seen for answered.
pub(super) fn fresh_keys(questions: Questions, seen: &mut HashMap<String, u32>) -> Questions {
    questions
        .into_iter()
        .map(|(key, question)| {
            let times = seen.entry(key.clone()).or_insert(0);
            *times += 1;
            match *times {
                1 => (key, question),
                times => (format!("{key}.{times}"), question),
            }
        })
        .collect()
}

fn described(record: TaskRecord) -> Task {
    let outcome = |record: &TaskRecord| {
        let text = record.outcome.clone().unwrap_or_else(|| "{}".to_owned());
        raw(text)
    };
    Task {
        status: match record.status {
            TaskStatus::Working => Status::Working,
            TaskStatus::Completed => Status::Completed(outcome(&record)),
            TaskStatus::Failed => Status::Failed(outcome(&record)),
            TaskStatus::Cancelled => Status::Cancelled,
        },
        id: record.id,
        message: record.message,
        created: record.created,
        updated: record.updated,
        ttl: record.ttl,
    }
}

fn status(ending: Ending) -> Status {
    match ending {
        Ending::Completed(result) => Status::Completed(raw(result)),
        Ending::Failed(error) => Status::Failed(raw(error)),
        Ending::Cancelled => Status::Cancelled,
    }
}

/// What was kept is what was written, unless somebody edited the store.
fn raw(text: String) -> Box<RawValue> {
    RawValue::from_string(text)
        .unwrap_or_else(|_| RawValue::from_string("{}".to_owned()).expect("it is JSON"))
}

fn text(result: Vec<u8>) -> String {
    String::from_utf8(result).expect("JSON is UTF-8")
}

/// The error of a task whose process ended in its middle.
fn lost(task: &TaskRecord) -> String {
    error_object(&RpcError::internal(format!(
        "the runtime ended while it worked on this call of `{}`",
        task.tool
    )))
}

fn unavailable(error: crate::state::StateError) -> RpcError {
    tracing::error!("{}", crate::registry::chain(&error));
    RpcError::internal(format!("tasks cannot be kept: {error}"))
}
