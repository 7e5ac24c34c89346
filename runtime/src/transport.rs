//! How messages travel: framing in, framing out, nothing else.
//!
//! A transport knows no plugin. It hands each message to
//! [`dispatch`](crate::dispatch) and writes what comes back.

pub mod http;
pub mod lines;
pub mod stdio;
#[cfg(unix)]
pub mod unix;
