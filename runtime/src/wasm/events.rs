//! What a running call tells its caller before it ends, and what it asks.

use std::sync::Arc;

use tokio::sync::{Semaphore, mpsc, oneshot};

use super::uses::Uses;
use crate::protocol::input::{Answer, Kinds, Question};
use crate::protocol::logging::LogLevel;
use crate::protocol::trace::TraceContext;

/// News of a running call.
#[derive(Debug)]
pub enum Event {
    /// How far it has come; each value is greater than the one before.
    Progress {
        /// So far.
        progress: f64,
        /// In all, if known.
        total: Option<f64>,
        /// What is being done.
        message: Option<String>,
    },
    /// A log line that the caller asked for.
    Log {
        /// How much it matters.
        level: LogLevel,
        /// Where in the plugin it comes from; may be empty.
        context: String,
        /// The line.
        message: String,
    },
    /// Questions. The guest waits for the reply, and its deadline with it; a
    /// caller that cannot wait ends the call instead.
    Ask(Ask),
    /// The rest of the call takes long. The guest waits for the reply: whether
    /// the call goes on as a task, under the deadline for tasks.
    Detach(oneshot::Sender<bool>),
}

/// Questions of a running call.
#[derive(Debug)]
pub struct Ask {
    /// Each under a key of its own.
    pub questions: Vec<(String, Question)>,
    /// The answers in the order of the questions, or why there are none.
    pub reply: oneshot::Sender<Result<Vec<Answer>, String>>,
}

/// Where a call's news goes, and which of it is wanted. A full channel makes
/// the guest wait.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// None where nobody listens.
    pub channel: Option<mpsc::Sender<Event>>,
    /// What the caller has room for; a call begins when there is some.
    pub room: Option<Arc<Semaphore>>,
    /// Whether progress is wanted.
    pub progress: bool,
    /// The least level of log lines wanted; none is no lines.
    pub log_level: Option<LogLevel>,
    /// What the caller can be asked for.
    pub kinds: Kinds,
    /// Who is asked.
    pub principal: Option<String>,
    /// Whether the guest is being asked what it offers. What it reports of
    /// changes then would only lead to its being asked again.
    pub listing: bool,
    /// Whether the call is a task from its start.
    pub task: bool,
    /// The trace it belongs to, which its HTTP requests carry on.
    pub trace: Option<TraceContext>,
    /// Where what it uses is counted; none where nobody wants to know.
    pub uses: Option<Arc<Uses>>,
}

/// Something that clients know of a plugin is out of date.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Change {
    /// Its tools.
    Tools,
    /// Its resources or templates.
    Resources,
    /// Its prompts.
    Prompts,
    /// What reading this URI gives.
    Resource(String),
}

/// Where a plugin's changes go, with its name. A full channel makes the guest
/// wait.
pub type Changes = mpsc::Sender<(String, Change)>;
