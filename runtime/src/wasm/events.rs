//! What a running call tells its caller before it ends.

use tokio::sync::mpsc;

use crate::protocol::logging::LogLevel;

/// News of a running call.
#[derive(Clone, Debug)]
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
}

/// Where a call's news goes, and which of it is wanted. A full channel makes
/// the guest wait.
#[derive(Clone, Debug, Default)]
pub struct Events {
    /// None where nobody listens.
    pub channel: Option<mpsc::Sender<Event>>,
    /// Whether progress is wanted.
    pub progress: bool,
    /// The least level of log lines wanted; none is no lines.
    pub log_level: Option<LogLevel>,
}
