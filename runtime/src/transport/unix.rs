//! A Unix socket: stdio's framing, a conversation for each connection.
//!
//! The socket's file can be used by its owner only. A file that a runtime left
//! behind when it was killed is replaced; one that somebody listens on is not.

use std::io;
use std::os::unix::fs::{FileTypeExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use tokio::net::UnixListener;
use tokio::sync::watch;
use tokio::task::JoinSet;

use super::lines::{self, LineOptions};
use crate::dispatch::Dispatcher;

/// A socket that is listened on; its file goes with it.
pub struct Socket {
    listener: UnixListener,
    path: PathBuf,
}

impl Drop for Socket {
    fn drop(&mut self) {
        // Gone already is as good.
        let _ = std::fs::remove_file(&self.path);
    }
}

/// Takes a path to serve on.
pub fn bind(path: &Path) -> io::Result<Socket> {
    if let Ok(metadata) = std::fs::symlink_metadata(path) {
        let free = metadata.file_type().is_socket()
            && std::os::unix::net::UnixStream::connect(path).is_err();
        if !free {
            return Err(io::Error::new(
                io::ErrorKind::AddrInUse,
                "the path is taken; accepted: a path where nothing is, or a socket that nobody listens on",
            ));
        }
        std::fs::remove_file(path)?;
    }
    let listener = UnixListener::bind(path)?;
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(0o600))?;
    Ok(Socket {
        listener,
        path: path.to_owned(),
    })
}

/// Serves every client that connects until `stop` turns true, then answers what
/// is in flight.
pub async fn serve(
    dispatcher: Arc<Dispatcher>,
    socket: Socket,
    options: LineOptions,
    mut stop: watch::Receiver<bool>,
) -> io::Result<()> {
    let mut clients = JoinSet::new();
    loop {
        let stream = tokio::select! {
            accepted = socket.listener.accept() => accepted?.0,
            _ = stop.wait_for(|stop| *stop) => break,
            // Those that have gone are forgotten.
            Some(_) = clients.join_next() => continue,
        };
        let (input, output) = stream.into_split();
        clients.spawn(lines::serve(
            Arc::clone(&dispatcher),
            input,
            output,
            options.clone(),
            stop.clone(),
        ));
    }
    while let Some(ended) = clients.join_next().await {
        if let Ok(Err(error)) = ended {
            tracing::debug!("a client's connection failed: {error}");
        }
    }
    Ok(())
}
