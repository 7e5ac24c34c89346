//! stdin and stdout of a native server, as pipes that are polled: tokio's own are
//! several times slower.

use std::io;

use tokio::io::{AsyncRead, AsyncWrite};

#[cfg(unix)]
pub(crate) fn streams() -> io::Result<(impl AsyncRead + Unpin, impl AsyncWrite + Unpin)> {
    use std::os::fd::AsFd as _;

    use tokio::net::unix::pipe;

    let stdin = io::stdin().as_fd().try_clone_to_owned()?;
    let stdout = io::stdout().as_fd().try_clone_to_owned()?;
    Ok((
        pipe::Receiver::from_owned_fd(stdin)?,
        pipe::Sender::from_owned_fd(stdout)?,
    ))
}

#[cfg(not(unix))]
pub(crate) fn streams() -> io::Result<(impl AsyncRead + Unpin, impl AsyncWrite + Unpin)> {
    Ok((tokio::io::stdin(), tokio::io::stdout()))
}
