//! A value that was not accepted.

use std::fmt;

/// A value that was not accepted: what is wrong with it, and what would do.
///
/// Readers of files show the two parts on lines of their own, with the place;
/// `Display` is for the command line, where the value is at hand.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invalid {
    /// What is wrong, quoting the value: ``` `8o8o` is not a port ```.
    pub message: String,
    /// What would be accepted: `1 to 65535`. Empty when the message says it.
    pub accepted: String,
}

impl Invalid {
    /// Says what is wrong and what would be accepted.
    pub fn new(message: impl Into<String>, accepted: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            accepted: accepted.into(),
        }
    }
}

impl fmt::Display for Invalid {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        if !self.accepted.is_empty() {
            write!(f, "; accepted: {}", self.accepted)?;
        }
        Ok(())
    }
}

impl std::error::Error for Invalid {}
