//! Tasks: calls whose callers come back for the result.
//!
//! Source: the extension `io.modelcontextprotocol/tasks`.

use std::time::{Duration, SystemTime};

use serde::ser::SerializeMap;
use serde::{Deserialize, Serialize, Serializer};
use serde_json::value::RawValue;
use serde_json::{Value, json};

use super::Revision;
use super::input::{InputRequests, Question};
use super::subscriptions::SubscriptionMeta;

/// The extension's name, under which both sides declare it.
pub const EXTENSION: &str = "io.modelcontextprotocol/tasks";

/// The capability that a client has to declare to be given tasks.
pub fn required_capability() -> Value {
    json!({ "extensions": { EXTENSION: {} } })
}

/// Whether a client's capabilities declare the extension.
pub fn declared(capabilities: &RawValue) -> bool {
    let declared: Value = serde_json::from_str(capabilities.get()).unwrap_or_default();
    declared["extensions"][EXTENSION].is_object()
}

/// Whether calls of a tool become tasks, for clients that take them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum TaskSupport {
    /// No: a caller waits.
    #[default]
    Never,
    /// Yes; a client that takes none waits.
    Optional,
    /// Yes; a client that could declare the extension and has not is refused.
    Required,
}

impl TaskSupport {
    /// Reads the `execution` member of a tool, as revision 2025-11-25 has it.
    pub fn of_execution(execution: &RawValue) -> Result<TaskSupport, String> {
        #[derive(Deserialize)]
        #[serde(rename_all = "camelCase")]
        struct Execution {
            task_support: Option<String>,
        }
        let execution: Execution = serde_json::from_str(execution.get())
            .map_err(|error| format!("`execution`: {error}"))?;
        match execution.task_support.as_deref() {
            None | Some("forbidden") => Ok(TaskSupport::Never),
            Some("optional") => Ok(TaskSupport::Optional),
            Some("required") => Ok(TaskSupport::Required),
            Some(other) => Err(format!(
                "`execution.taskSupport` is `{other}`; accepted: optional, required, forbidden"
            )),
        }
    }
}

/// A task as clients see it.
#[derive(Clone, Debug)]
pub struct Task {
    /// What it is asked for by.
    pub id: String,
    /// What is being done, or how it ended, for people.
    pub message: Option<String>,
    /// When it was made.
    pub created: SystemTime,
    /// When it last changed.
    pub updated: SystemTime,
    /// How long after `created` it may be asked for; none is for ever.
    pub ttl: Option<Duration>,
    /// How it stands.
    pub status: Status,
}

/// How a task stands, with what belongs to that.
#[derive(Clone, Debug)]
pub enum Status {
    /// It is being worked on.
    Working,
    /// It waits for the answers to these.
    InputRequired(Vec<(String, Question)>),
    /// It gave this result.
    Completed(Box<RawValue>),
    /// It ended with this error.
    Failed(Box<RawValue>),
    /// It was cancelled.
    Cancelled,
}

impl Status {
    fn name(&self) -> &'static str {
        match self {
            Status::Working => "working",
            Status::InputRequired(_) => "input_required",
            Status::Completed(_) => "completed",
            Status::Failed(_) => "failed",
            Status::Cancelled => "cancelled",
        }
    }
}

/// How often clients shall ask.
const POLL_INTERVAL: Duration = Duration::from_millis(500);

impl Task {
    /// Writes the members that every account of a task has.
    pub fn write<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        map.serialize_entry("taskId", &self.id)?;
        map.serialize_entry("status", self.status.name())?;
        if let Some(message) = &self.message {
            map.serialize_entry("statusMessage", message)?;
        }
        map.serialize_entry("createdAt", &timestamp(self.created))?;
        map.serialize_entry("lastUpdatedAt", &timestamp(self.updated))?;
        map.serialize_entry("ttlMs", &self.ttl.map(milliseconds))?;
        map.serialize_entry("pollIntervalMs", &milliseconds(POLL_INTERVAL))
    }

    /// Writes all members, with what belongs to the status.
    pub fn write_detailed<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error> {
        self.write(map)?;
        match &self.status {
            Status::Working | Status::Cancelled => Ok(()),
            Status::InputRequired(open) => {
                let requests = InputRequests(open, Revision::V2026_07_28);
                map.serialize_entry("inputRequests", &requests)
            }
            Status::Completed(result) => map.serialize_entry("result", result),
            Status::Failed(error) => map.serialize_entry("error", error),
        }
    }
}

/// The parameters of a notification of a task's state.
pub struct TaskParams<'a> {
    /// The task.
    pub task: &'a Task,
    /// The subscription it belongs to.
    pub subscription: SubscriptionMeta<'a>,
}

impl Serialize for TaskParams<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("_meta", &self.subscription)?;
        self.task.write_detailed(&mut map)?;
        map.end()
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

/// A time as ISO 8601 has it, in UTC to the millisecond.
fn timestamp(time: SystemTime) -> String {
    humantime::format_rfc3339_millis(time).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_task_is_written_flat() {
        struct Flat(Task);
        impl Serialize for Flat {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                self.0.write_detailed(&mut map)?;
                map.end()
            }
        }
        let created = SystemTime::UNIX_EPOCH + Duration::from_millis(1_790_000_000_123);
        let task = Task {
            id: "ab".to_owned(),
            message: None,
            created,
            updated: created,
            ttl: Some(Duration::from_secs(60)),
            status: Status::Completed(
                RawValue::from_string(r#"{"content":[]}"#.to_owned()).expect("JSON"),
            ),
        };
        assert_eq!(
            serde_json::to_string(&Flat(task)).expect("writes"),
            concat!(
                r#"{"taskId":"ab","status":"completed","createdAt":"2026-09-21T14:13:20.123Z","#,
                r#""lastUpdatedAt":"2026-09-21T14:13:20.123Z","ttlMs":60000,"pollIntervalMs":500,"#,
                r#""result":{"content":[]}}"#
            )
        );
    }

    #[test]
    fn a_mark_of_another_kind_is_refused() {
        let read = |text| TaskSupport::of_execution(serde_json::from_str(text).expect("JSON"));
        assert_eq!(
            read(r#"{"taskSupport":"required"}"#),
            Ok(TaskSupport::Required)
        );
        assert_eq!(read("{}"), Ok(TaskSupport::Never));
        assert!(read(r#"{"taskSupport":"often"}"#).is_err());
        assert!(read("3").is_err());
    }
}
