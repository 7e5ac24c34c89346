//! Tasks, as an interface: calls whose callers come back for the result.
//!
//! The durable half of the tasks extension of MCP: a task is there before its
//! handle is given out, ids cannot be guessed, and an end is final
//! (`io.modelcontextprotocol/tasks`, "Task Creation", "Task Status" and
//! "Security Considerations").

mod sqlite;
#[cfg(test)]
mod tests;

use std::time::{Duration, SystemTime};

use super::Answer;

/// A task that is to be made.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct NewTask {
    /// The plugin whose tool was called.
    pub plugin: String,
    /// The tool's name.
    pub tool: String,
    /// Who called, if the transport knows. Only kept: whether somebody may see
    /// a task is the caller's to check.
    pub principal: Option<String>,
    /// What is being done, for people.
    pub message: Option<String>,
    /// How long after its creation it may be asked for, running or not. None:
    /// for ever, so it is never removed.
    pub ttl: Option<Duration>,
}

/// A task.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TaskRecord {
    /// 128 random bits as lower-case hexadecimal digits: who knows it was told.
    pub id: String,
    /// The plugin whose tool was called.
    pub plugin: String,
    /// The tool's name.
    pub tool: String,
    /// Who called, if that was known.
    pub principal: Option<String>,
    /// How it stands.
    pub status: TaskStatus,
    /// What is being done, or how it ended, for people.
    pub message: Option<String>,
    /// When it was made, to the millisecond.
    pub created: SystemTime,
    /// When it last changed, to the millisecond; never before `created`.
    pub updated: SystemTime,
    /// How long after `created` it may be asked for, to the millisecond.
    pub ttl: Option<Duration>,
    /// The result of a completed task or the error of a failed one, as it was
    /// given.
    pub outcome: Option<String>,
    /// Which process works on it: an id that is never used again.
    pub runner: String,
}

/// How a task stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum TaskStatus {
    /// It has no end yet.
    Working,
    /// It gave a result, be it a tool's own error.
    Completed,
    /// It ended with an error of the request.
    Failed,
    /// It was cancelled.
    Cancelled,
}

/// How a task ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Ending {
    /// With a result.
    Completed(String),
    /// With an error.
    Failed(String),
    /// Without either.
    Cancelled,
}

/// Makes the error of a task whose process died.
pub type Lost = fn(&TaskRecord) -> String;

/// Tasks of all processes that share the state.
///
/// A task ends once: by the process that works on it, by being cancelled from
/// any, or because its process died. Whichever comes first counts. Of a task
/// that a living process gave up without [`Tasks::finish`] nobody else can
/// know, so whoever works on one finishes it whatever happens, panics included.
///
/// # Errors
/// All operations: an engine that fails ([`StateError::Unavailable`]).
///
/// [`StateError::Unavailable`]: super::StateError::Unavailable
pub trait Tasks: Send + Sync {
    /// Makes a task that this process works on. It is durable, and every
    /// process finds it, when this returns. Expired tasks make room for it.
    fn create(&self, new: NewTask) -> Answer<TaskRecord>;

    /// Ends a task, with a message in place of the one it had. Gives whether
    /// it did: a task that has ended, has expired or never was stays as it is.
    fn finish(&self, id: &str, ending: Ending, message: Option<String>) -> Answer<bool>;

    /// A task, if it is there and has not expired.
    ///
    /// One that is still working although its process died fails now, with
    /// what `lost` makes of it as its outcome and without a message.
    fn get(&self, id: &str, lost: Lost) -> Answer<Option<TaskRecord>>;

    /// Removes expired tasks, and what dead processes left behind. Gives how
    /// many tasks it removed.
    fn sweep(&self) -> Answer<u64>;
}
