//! The Model Context Protocol as pure data: what its messages look like, in
//! each revision, and nothing about who sends them.
//!
//! Nothing here does I/O, knows a plugin, or imports another room of this
//! crate. Values that belong to others (ids, schemas, structured results) are
//! kept as the text they came as, so that key order and numbers survive.

pub mod completion;
pub mod content;
pub mod error;
pub mod input;
pub mod jsonrpc;
pub mod lifecycle;
pub mod logging;
pub mod members;
pub mod meta;
pub mod progress;
pub mod prompts;
pub mod resources;
pub mod revision;
pub mod subscriptions;
pub mod tasks;
pub mod tools;
pub mod trace;

pub use content::{Block, Extra};
pub use error::RpcError;
pub use meta::RequestMeta;
pub use revision::Revision;
