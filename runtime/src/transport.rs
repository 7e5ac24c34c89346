//! How messages travel: framing in, framing out, nothing else.
//!
//! A transport knows no method and no plugin. It hands each message to a
//! [`Conversation`](crate::dispatch::Conversation) and writes what comes back.

pub mod lines;
pub mod stdio;
