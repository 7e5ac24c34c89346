//! Log lines on their way to a client.
//!
//! Source: MCP 2026-07-28, server utilities, "Logging"; the levels are those of
//! RFC 5424, section 6.2.1.

use serde::{Deserialize, Serialize};

/// How much a line matters, the least first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// For finding faults.
    Debug,
    /// What goes on.
    Info,
    /// Normal and worth knowing.
    Notice,
    /// Odd, and harmless so far.
    Warning,
    /// Something failed.
    Error,
    /// A part failed.
    Critical,
    /// Act at once.
    Alert,
    /// All of it failed.
    Emergency,
}

impl LogLevel {
    /// All names, for messages.
    pub const NAMES: &'static str =
        "debug, info, notice, warning, error, critical, alert, emergency";
}

/// The method of the notification.
pub const METHOD: &str = "notifications/message";

/// The parameters of the notification.
#[derive(Serialize)]
pub struct LogParams<'a> {
    /// How much the line matters.
    pub level: LogLevel,
    /// Who wrote it: a plugin, or a part of one.
    pub logger: &'a str,
    /// The line.
    pub data: &'a str,
}
