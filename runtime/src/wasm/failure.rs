//! How a call can fail that is not the guest's answer.

use std::fmt;
use std::time::Duration;

use wasmtime::component::ResourceTableError;
use wasmtime::{PoolConcurrencyLimitError, Trap};
use wasmtime_wasi::I32Exit;

use super::state::{MAX_RANDOM, State};
use crate::policy::Limits;

/// A limit that a call can reach.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LimitKind {
    /// Linear memory.
    Memory,
    /// Instructions.
    Fuel,
    /// Wall time.
    Deadline,
    /// Wall time of a task.
    TaskDeadline,
    /// Call stack.
    Stack,
    /// Bytes handed to the host in one go.
    Output,
    /// Elements in all tables.
    TableElements,
    /// Files, streams, requests open at once.
    OpenHandles,
    /// Random bytes in one go.
    RandomBytes,
    /// Questions of one call.
    Questions,
    /// Calls at once.
    Concurrency,
    /// Calls a minute.
    CallsPerMinute,
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            LimitKind::Memory => "memory",
            LimitKind::Fuel => "fuel",
            LimitKind::Deadline => "deadline",
            LimitKind::TaskDeadline => "task-deadline",
            LimitKind::Stack => "stack",
            LimitKind::Output => "output",
            LimitKind::TableElements => "table-elements",
            LimitKind::OpenHandles => "open-handles",
            LimitKind::RandomBytes => "random-bytes",
            LimitKind::Questions => "questions",
            LimitKind::Concurrency => "concurrency",
            LimitKind::CallsPerMinute => "calls-per-minute",
        })
    }
}

/// What a host function ends a call with that reached a limit.
#[derive(Debug, thiserror::Error)]
#[error("the {0} limit is reached")]
pub(super) struct Reached(pub(super) LimitKind);

/// Why a plugin gave no answer. Each names the plugin.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// A limit was reached and the call ended there.
    #[error("plugin `{plugin}` reached its {limit} limit ({allowed})")]
    Limit {
        /// Whose call.
        plugin: String,
        /// Which limit.
        limit: LimitKind,
        /// What it stands at, with its unit.
        allowed: String,
        /// When a call may be made again, where waiting helps.
        retry_after: Option<Duration>,
    },
    /// The guest crashed.
    #[error("plugin `{plugin}` crashed: {cause}")]
    Trap {
        /// Whose call.
        plugin: String,
        /// The trap, with the guest's last words on stderr.
        cause: String,
    },
    /// The guest ended its process.
    #[error("plugin `{plugin}` exited with code {code} instead of answering")]
    Exit {
        /// Whose call.
        plugin: String,
        /// What it gave as its exit code.
        code: i32,
    },
    /// The guest answered with something that is against the contract.
    #[error("plugin `{plugin}` gave a malformed answer: {cause}")]
    Malformed {
        /// Whose call.
        plugin: String,
        /// What was wrong.
        cause: String,
    },
    /// The guest says that it failed, outside a tool's own errors.
    #[error("plugin `{plugin}`: {message}")]
    Guest {
        /// Whose call.
        plugin: String,
        /// Its own words.
        message: String,
    },
    /// The component does not have this interface.
    #[error("plugin `{plugin}` does not export `{interface}`")]
    NotExported {
        /// Whose call.
        plugin: String,
        /// Which interface.
        interface: &'static str,
    },
    /// The component cannot be loaded: not valid, or importing what is not
    /// offered.
    #[error("plugin `{plugin}` cannot be loaded: {cause}")]
    Load {
        /// Which plugin.
        plugin: String,
        /// Why.
        cause: String,
    },
}

impl Failure {
    pub(super) fn limit(plugin: &str, limit: LimitKind, limits: &Limits) -> Failure {
        let allowed = match limit {
            LimitKind::Memory => bytes(limits.memory),
            LimitKind::Fuel => format!("{} instructions", limits.fuel.unwrap_or(u64::MAX)),
            LimitKind::Deadline => seconds(limits.deadline),
            LimitKind::TaskDeadline => seconds(limits.task_deadline),
            LimitKind::Stack => bytes(super::engine::WASM_STACK as u64),
            LimitKind::Output => format!("{} at once", bytes(limits.output)),
            LimitKind::TableElements => format!("{} elements", limits.table_elements),
            LimitKind::OpenHandles => format!("{} handles", limits.open_handles),
            LimitKind::RandomBytes => format!("{MAX_RANDOM} bytes at once"),
            LimitKind::Questions => format!("{} questions a call", limits.questions),
            LimitKind::Concurrency => format!("{} calls at once", limits.concurrency),
            LimitKind::CallsPerMinute => format!("{} calls a minute", limits.calls_per_minute),
        };
        Failure::Limit {
            plugin: plugin.to_owned(),
            limit,
            allowed,
            retry_after: None,
        }
    }

    /// The deadline that was reached: the one for tasks, where that held.
    pub(super) fn deadline(plugin: &str, reached: Duration, limits: &Limits) -> Failure {
        let limit = if reached == limits.deadline {
            LimitKind::Deadline
        } else {
            LimitKind::TaskDeadline
        };
        Failure::limit(plugin, limit, limits)
    }

    /// Tells what ended a call from the error that wasmtime reports.
    pub(super) fn classify(
        plugin: &str,
        limits: &Limits,
        state: &State,
        error: &wasmtime::Error,
    ) -> Failure {
        let limit = |kind| Failure::limit(plugin, kind, limits);
        if let Some(kind) = state.limiter.exceeded() {
            return limit(kind);
        }
        if let Some(Reached(kind)) = error.downcast_ref() {
            return limit(*kind);
        }
        if let Some(I32Exit(code)) = error.downcast_ref() {
            return Failure::Exit {
                plugin: plugin.to_owned(),
                code: *code,
            };
        }
        if let Some(ResourceTableError::Full) = error.downcast_ref() {
            return limit(LimitKind::OpenHandles);
        }
        if error.is::<PoolConcurrencyLimitError>() {
            return limit(LimitKind::Concurrency);
        }
        let mut cause = match error.downcast_ref::<Trap>() {
            Some(Trap::OutOfFuel) => return limit(LimitKind::Fuel),
            Some(Trap::StackOverflow) => return limit(LimitKind::Stack),
            Some(trap) => trap.to_string(),
            None => {
                let cause = error.root_cause().to_string();
                // wasmtime has no types for these.
                if cause.contains("fuel allocated for hostcalls") {
                    return limit(LimitKind::Output);
                }
                if cause.starts_with("requested len ") {
                    return limit(LimitKind::RandomBytes);
                }
                cause
            }
        };
        if let Some(words) = state.last_words() {
            cause.push_str(": ");
            cause.push_str(&words);
        }
        Failure::Trap {
            plugin: plugin.to_owned(),
            cause,
        }
    }
}

fn bytes(count: u64) -> String {
    match count {
        0 => "0 bytes".to_owned(),
        n if n % (1 << 20) == 0 => format!("{} MiB", n >> 20),
        n if n % (1 << 10) == 0 => format!("{} KiB", n >> 10),
        n => format!("{n} bytes"),
    }
}

fn seconds(duration: Duration) -> String {
    format!("{} s", duration.as_secs_f64())
}
