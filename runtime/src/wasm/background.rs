//! Work that takes long, done so that nobody waits for it: neither the executor's
//! threads nor, where the system knows priorities of threads, the processors.

use tokio::runtime::{Handle, RuntimeFlavor};
use tracing::Span;

/// Does something on a thread of its own, of the lowest priority, while the
/// executor goes on with other work; returns when it is done.
///
/// A thread costs some ten microseconds, so the work should take at least a
/// hundred times that.
pub fn in_background<R: Send>(work: impl FnOnce() -> R + Send) -> R {
    let Ok(handle) = Handle::try_current() else {
        return work();
    };
    if handle.runtime_flavor() != RuntimeFlavor::MultiThread {
        return work();
    }
    let span = Span::current();
    let mut work = Some(work);
    tokio::task::block_in_place(|| {
        std::thread::scope(|scope| {
            let work = &mut work;
            let spawned = std::thread::Builder::new().spawn_scoped(scope, || {
                yield_to_others();
                let _runtime = handle.enter();
                let _span = span.enter();
                work.take().map(|work| work())
            });
            match spawned.map(std::thread::ScopedJoinHandle::join) {
                Ok(Ok(done)) => done,
                Ok(Err(panic)) => std::panic::resume_unwind(panic),
                // A system that has no more threads.
                Err(_) => None,
            }
        })
        .or_else(|| work.take().map(|work| work()))
        .expect("it was done here or there")
    })
}

/// Lets every other thread run before this one.
#[cfg(target_os = "linux")]
fn yield_to_others() {
    let none = libc::sched_param { sched_priority: 0 };
    // SAFETY: it reads `none`, which lives until after the call, and touches no
    // other memory of ours. The thread of the number 0 is the calling one. A
    // failure leaves the priority as it is.
    unsafe {
        libc::sched_setscheduler(0, libc::SCHED_IDLE, &raw const none);
    }
}

/// Elsewhere a thread's priority is its process's, or cannot be had without more.
#[cfg(not(target_os = "linux"))]
fn yield_to_others() {}
