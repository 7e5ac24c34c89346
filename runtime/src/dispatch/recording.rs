//! What the audit log is told of a call.
//!
//! A recording begins when a call does, gathers what becomes known of it, and
//! is written when the answer is there and before it is given. One that is
//! dropped before was cancelled, and says so.

use std::sync::Arc;
use std::time::{Instant, SystemTime};

use super::caller::Caller;
use super::principal::Principal;
use crate::audit::{Arguments, Begun, Call, Kind, Log, Outcome, Unwritable};
use crate::protocol::RpcError;
use crate::protocol::error::INTERNAL_ERROR;
use crate::registry::Provider;
use crate::wasm::{Events, Uses};

/// The longest name that is recorded, in bytes; of a longer one, so much.
const LONGEST: usize = 1 << 10;

/// One call's recording, or nothing where there is no log.
pub(super) struct Recording(Option<Box<Open>>);

struct Open {
    log: Begun,
    principal: Principal,
    kind: Kind,
    time: SystemTime,
    since: Instant,
    name: String,
    arguments: Arguments,
    plugin: Option<Provider>,
    uses: Arc<Uses>,
    task: Option<String>,
    outcome: Outcome,
}

impl Recording {
    /// -32603 where a call must not begin, since it could not be recorded.
    pub(super) fn begin(log: &Arc<Log>, kind: Kind, caller: &Caller<'_>) -> Result<Self, RpcError> {
        log.ready().map_err(|error| unrecorded(&error))?;
        let Some(log) = log.begin() else {
            return Ok(Recording(None));
        };
        Ok(Recording(Some(Box::new(Open {
            log,
            principal: caller.principal.clone(),
            kind,
            time: SystemTime::now(),
            since: Instant::now(),
            name: String::new(),
            arguments: Arguments::None,
            plugin: None,
            uses: Arc::default(),
            task: None,
            outcome: Outcome::Ok,
        }))))
    }

    /// What is called, and the JSON of its arguments.
    pub(super) fn called(&mut self, name: &str, arguments: Option<&str>) {
        if let Some(open) = &mut self.0 {
            name[..name.floor_char_boundary(LONGEST)].clone_into(&mut open.name);
            open.arguments =
                arguments.map_or(Arguments::None, |arguments| open.log.arguments(arguments));
        }
    }

    /// Whose it is.
    pub(super) fn of(&mut self, plugin: &Provider) {
        if let Some(open) = &mut self.0 {
            open.plugin = Some(plugin.clone());
        }
    }

    /// Has what the guest uses counted.
    pub(super) fn attend(&self, events: &mut Events) {
        events.uses = self.0.as_ref().map(|open| Arc::clone(&open.uses));
    }

    /// How the call ends if it is answered.
    pub(super) fn ends(&mut self, outcome: Outcome) {
        if let Some(open) = &mut self.0 {
            open.outcome = outcome;
        }
    }

    /// The call goes on as a task: this one says so, and the one that is given
    /// says how the task ends.
    pub(super) fn becomes_task(&mut self, id: &str) -> Self {
        self.ends(Outcome::Task);
        Recording(self.0.as_mut().map(|open| {
            open.task = Some(id.to_owned());
            Box::new(Open {
                log: open.log.again(),
                principal: open.principal.clone(),
                kind: open.kind,
                time: open.time,
                since: open.since,
                name: open.name.clone(),
                arguments: std::mem::take(&mut open.arguments),
                plugin: open.plugin.clone(),
                uses: std::mem::take(&mut open.uses),
                task: Some(id.to_owned()),
                outcome: Outcome::Ok,
            })
        }))
    }

    /// Writes the recording of a call that has this result, which is then the
    /// answer. -32603 in its place if the recording has to be written and is
    /// not.
    pub(super) async fn finish<T>(mut self, result: Result<T, RpcError>) -> Result<T, RpcError> {
        let Some(open) = self.0.take() else {
            return result;
        };
        let error = result.as_ref().err();
        let limit = error.and_then(|error| error.data.as_ref()?["limit"].as_str());
        let call = open.call(match error {
            None => Ended::of(open.outcome),
            Some(error) if error.code == INTERNAL_ERROR => Ended {
                outcome: Outcome::Failure,
                code: None,
                limit,
            },
            Some(error) => Ended {
                outcome: Outcome::RequestError,
                code: Some(error.code),
                limit,
            },
        });
        let recorded = open.log.record(&call).await;
        recorded.map_err(|error| unrecorded(&error))?;
        result
    }
}

impl Drop for Recording {
    fn drop(&mut self) {
        if let Some(open) = self.0.take() {
            let outcome = if std::thread::panicking() {
                Outcome::Failure
            } else {
                Outcome::Cancelled
            };
            let call = open.call(Ended::of(outcome));
            open.log.record_abandoned(&call);
        }
    }
}

struct Ended<'a> {
    outcome: Outcome,
    code: Option<i64>,
    limit: Option<&'a str>,
}

impl Ended<'_> {
    fn of(outcome: Outcome) -> Self {
        Ended {
            outcome,
            code: None,
            limit: None,
        }
    }
}

impl Open {
    fn call<'a>(&'a self, ended: Ended<'a>) -> Call<'a> {
        let entry = self.plugin.as_ref();
        Call {
            time: self.time,
            principal: self.principal.name(),
            kind: self.kind,
            name: &self.name,
            plugin: entry.map(|entry| {
                (
                    entry.name.as_str(),
                    entry.version.as_str(),
                    entry.component_digest,
                )
            }),
            arguments: &self.arguments,
            task: self.task.as_deref(),
            outcome: ended.outcome,
            code: ended.code,
            limit: ended.limit,
            duration: self.since.elapsed(),
            used: self.uses.take(),
        }
    }
}

/// The answer of a server whose admin wants nothing done that is not recorded.
fn unrecorded(error: &Unwritable) -> RpcError {
    tracing::error!("{}", crate::registry::chain(error));
    RpcError::internal(
        "this call cannot be recorded in the audit log, and nothing is answered here that is not",
    )
}
