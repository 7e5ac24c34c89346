//! Streamable HTTP and the Unix socket, as bytes on the wire.

mod batches;
pub(crate) mod events;
mod http_sse;
mod legacy;
mod listening;
mod modern;
mod questions;
mod resumption;
pub(crate) mod server;
pub(crate) mod session;
mod strangers;
mod subscriptions;
mod tasks;
#[cfg(unix)]
mod unix;
