//! stdin and stdout as a pair of byte streams.
//!
//! Where they are pipes or sockets, as all host programs make them, they are
//! polled; tokio's own standard streams hand each read and write to a thread,
//! which is five times slower. Files, terminals and Windows have the latter.

use std::io;
use std::sync::Arc;

use tokio::sync::watch;

use super::lines::{self, LineOptions};
use crate::dispatch::Dispatcher;

/// Serves the client on stdin and stdout. See [`lines::serve`].
pub async fn serve(
    dispatcher: Arc<Dispatcher>,
    options: LineOptions,
    stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let input = streams::stdin()?;
    let output = streams::stdout()?;
    // On the executor's own threads, which pass work among themselves with fewer
    // wake-ups than to and from this one.
    let serving = lines::serve(dispatcher, input, output, options, stop);
    tokio::spawn(serving).await?
}

#[cfg(unix)]
mod streams {
    use std::fs::File;
    use std::io;
    use std::os::fd::{AsFd, OwnedFd};
    use std::os::unix::fs::FileTypeExt as _;
    use std::os::unix::net::UnixStream;

    use tokio::io::{AsyncRead, AsyncWrite};
    use tokio::net::unix::pipe;

    pub(super) fn stdin() -> io::Result<Box<dyn AsyncRead + Send + Unpin>> {
        let (fd, kind) = own(io::stdin().as_fd())?;
        Ok(match kind {
            Kind::Pipe => Box::new(pipe::Receiver::from_owned_fd(fd)?),
            Kind::Socket => Box::new(socket(fd)?),
            Kind::Other => Box::new(tokio::io::stdin()),
        })
    }

    pub(super) fn stdout() -> io::Result<Box<dyn AsyncWrite + Send + Unpin>> {
        let (fd, kind) = own(io::stdout().as_fd())?;
        Ok(match kind {
            Kind::Pipe => Box::new(pipe::Sender::from_owned_fd(fd)?),
            Kind::Socket => Box::new(socket(fd)?),
            Kind::Other => Box::new(tokio::io::stdout()),
        })
    }

    enum Kind {
        Pipe,
        Socket,
        Other,
    }

    /// A handle of our own to a standard stream, and what it is.
    fn own(fd: impl AsFd) -> io::Result<(OwnedFd, Kind)> {
        let file = File::from(fd.as_fd().try_clone_to_owned()?);
        let kind = file.metadata()?.file_type();
        let kind = if kind.is_fifo() {
            Kind::Pipe
        } else if kind.is_socket() {
            Kind::Socket
        } else {
            Kind::Other
        };
        Ok((file.into(), kind))
    }

    fn socket(fd: OwnedFd) -> io::Result<tokio::net::UnixStream> {
        let stream = UnixStream::from(fd);
        stream.set_nonblocking(true)?;
        tokio::net::UnixStream::from_std(stream)
    }
}

#[cfg(not(unix))]
mod streams {
    use std::io;

    pub(super) fn stdin() -> io::Result<tokio::io::Stdin> {
        Ok(tokio::io::stdin())
    }

    pub(super) fn stdout() -> io::Result<tokio::io::Stdout> {
        Ok(tokio::io::stdout())
    }
}
