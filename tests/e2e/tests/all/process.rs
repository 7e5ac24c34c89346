//! What Linux tells of a process of ours: its memory, and its connections.
//!
//! Elsewhere nothing is told, and what a test wants to know of it goes
//! unchecked.

/// The most memory that a process has had so far, in bytes.
pub(crate) fn peak_memory(process: u32) -> Option<u64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status")).ok()?;
    let line = status
        .lines()
        .find_map(|line| line.strip_prefix("VmHWM:"))?;
    let kib: u64 = line.trim().strip_suffix(" kB")?.parse().ok()?;
    Some(kib << 10)
}

/// What a flood may cost beside what the server has had before: a fraction of
/// the flood, and room for as many guests as work at the same time.
#[track_caller]
pub(crate) fn assert_bounded(process: u32, before: Option<u64>) {
    const BOUND: u64 = 256 << 20;
    let (Some(before), Some(after)) = (before, peak_memory(process)) else {
        return;
    };
    let more = after.saturating_sub(before);
    assert!(
        more < BOUND,
        "{} MiB more than the {} MiB before it",
        more >> 20,
        before >> 20
    );
}

/// The server's end of a connection, which is the server's and not to be read.
/// None where the system does not let a parent look into its child.
#[cfg(target_os = "linux")]
pub(crate) fn accepted_end(
    process: u32,
    ours: &std::net::TcpStream,
) -> Option<std::net::TcpStream> {
    use std::net::TcpStream;
    use std::os::fd::{FromRawFd as _, OwnedFd};

    /// A call that gives a new file descriptor, or fails.
    fn new_fd(call: libc::c_long, first: libc::c_long, second: libc::c_long) -> Option<OwnedFd> {
        // SAFETY: neither `pidfd_open` nor `pidfd_getfd`, the only two that are
        // called, touches memory of this process.
        let fd = unsafe { libc::syscall(call, first, second, 0) };
        let fd = i32::try_from(fd).ok().filter(|fd| *fd >= 0)?;
        // SAFETY: the system has just opened it, and nobody else knows of it.
        Some(unsafe { OwnedFd::from_raw_fd(fd) })
    }

    let address = ours.local_addr().ok()?;
    let handle = new_fd(libc::SYS_pidfd_open, process.into(), 0)?;
    let handle_number = std::os::fd::AsRawFd::as_raw_fd(&handle).into();
    let entries = std::fs::read_dir(format!("/proc/{process}/fd")).ok()?;
    for entry in entries.filter_map(Result::ok) {
        let is_socket = std::fs::read_link(entry.path())
            .is_ok_and(|target| target.to_string_lossy().starts_with("socket:"));
        let number = entry
            .file_name()
            .to_str()
            .and_then(|name| name.parse().ok());
        if let (true, Some(number)) = (is_socket, number) {
            let stream = TcpStream::from(new_fd(libc::SYS_pidfd_getfd, handle_number, number)?);
            if stream.peer_addr().is_ok_and(|peer| peer == address) {
                return Some(stream);
            }
        }
    }
    None
}
