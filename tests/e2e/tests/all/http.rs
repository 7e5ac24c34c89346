//! Streamable HTTP and the Unix socket, as bytes on the wire.

mod events;
mod http_sse;
mod legacy;
mod listening;
mod modern;
mod resumption;
mod server;
mod session;
mod strangers;
#[cfg(unix)]
mod unix;
