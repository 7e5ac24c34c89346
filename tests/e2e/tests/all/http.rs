//! Streamable HTTP and the Unix socket, as bytes on the wire.

mod legacy;
mod modern;
mod server;
mod strangers;
#[cfg(unix)]
mod unix;
