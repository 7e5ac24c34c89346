//! What a legacy client says once, by `initialize`, and a modern one with each
//! request.

use std::sync::{Mutex, PoisonError};

use crate::protocol::Revision;
use crate::protocol::logging::LogLevel;

/// A legacy session: empty until `initialize`.
#[derive(Default)]
pub struct Session(Mutex<Option<Negotiated>>);

/// What was agreed on.
#[derive(Clone, Copy, Debug)]
pub(super) struct Negotiated {
    /// The revision of all answers.
    pub(super) revision: Revision,
    /// The least level of log lines wanted; `info` until the client says.
    pub(super) log_level: LogLevel,
}

impl Session {
    pub(super) fn get(&self) -> Option<Negotiated> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Opens the session; a second `initialize` renegotiates.
    pub(super) fn open(&self, revision: Revision) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(Negotiated {
            revision,
            log_level: LogLevel::Info,
        });
    }

    /// Sets the least level of log lines, in an open session.
    pub(super) fn set_log_level(&self, level: LogLevel) {
        if let Some(negotiated) = &mut *self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            negotiated.log_level = level;
        }
    }
}
