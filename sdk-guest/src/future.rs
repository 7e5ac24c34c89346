//! Running `async` functions: one future at a time, on the one thread a guest
//! has.
//!
//! A future waits for the host (a timer, an HTTP response) through this module
//! alone. One that is woken by another thread or by another runtime's reactor
//! never ends here, and is a panic instead of a call that hangs.

use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll, Wake, Waker};
use std::time::Duration;

/// Runs a future to its end. An `async` tool is run by it; a plain function
/// may use it to wait for several things at once.
pub fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let woken = Arc::new(Woken(AtomicBool::new(false)));
    let waker = Waker::from(woken.clone());
    let mut context = Context::from_waker(&waker);
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
        if !woken.0.swap(false, Ordering::Relaxed) {
            host::wait();
        }
    }
}

/// Waits. In native tests the thread sleeps.
pub async fn sleep(duration: Duration) {
    host::sleep(duration).await;
}

/// Runs futures at the same time and gives their outputs in the order given.
///
/// ```no_run
/// use portcullis_sdk::{future, http};
///
/// async fn statuses(urls: Vec<String>) -> Result<Vec<u16>, http::Error> {
///     let requests = urls.into_iter().map(|url| http::Request::get(url).send_async());
///     let responses = future::join_all(requests).await;
///     responses.into_iter().map(|response| Ok(response?.status())).collect()
/// }
/// ```
pub async fn join_all<F: Future>(futures: impl IntoIterator<Item = F>) -> Vec<F::Output> {
    let mut running: Vec<_> = futures
        .into_iter()
        .map(|future| (Box::pin(future), None))
        .collect();
    std::future::poll_fn(|context| {
        let mut pending = false;
        for (future, output) in &mut running {
            if output.is_none() {
                match future.as_mut().poll(context) {
                    Poll::Ready(value) => *output = Some(value),
                    Poll::Pending => pending = true,
                }
            }
        }
        if pending {
            Poll::Pending
        } else {
            Poll::Ready(())
        }
    })
    .await;
    running
        .into_iter()
        .filter_map(|(_, output)| output)
        .collect()
}

struct Woken(AtomicBool);

impl Wake for Woken {
    fn wake(self: Arc<Self>) {
        self.0.store(true, Ordering::Relaxed);
    }
}

#[cfg(target_arch = "wasm32")]
pub(crate) use host::ready;

#[cfg(target_arch = "wasm32")]
mod host {
    use std::cell::RefCell;
    use std::rc::Rc;
    use std::task::{Context, Poll, Waker};
    use std::time::Duration;

    use wasip2::clocks::monotonic_clock;
    use wasip2::io::poll::{self, Pollable};

    thread_local! {
        /// What the futures of this thread wait for, and whom to wake then.
        static WAITING: RefCell<Vec<(Rc<Pollable>, Waker)>> = const { RefCell::new(Vec::new()) };
    }

    pub(super) async fn sleep(duration: Duration) {
        let nanoseconds = u64::try_from(duration.as_nanos()).unwrap_or(u64::MAX);
        ready(monotonic_clock::subscribe_duration(nanoseconds)).await;
    }

    /// Waits until at least one of the awaited things is there.
    pub(super) fn wait() {
        let pollables: Vec<Rc<Pollable>> =
            WAITING.with_borrow(|waiting| waiting.iter().map(|entry| entry.0.clone()).collect());
        assert!(
            !pollables.is_empty(),
            "a future waits for something that portcullis_sdk does not provide"
        );
        let borrowed: Vec<&Pollable> = pollables.iter().map(|pollable| &**pollable).collect();
        for index in poll::poll(&borrowed) {
            let done = &pollables[index as usize];
            if let Some(waker) = remove(done) {
                waker.wake();
            }
        }
    }

    /// Ends once the host says that the pollable is ready.
    pub(crate) fn ready(pollable: Pollable) -> Ready {
        Ready(Rc::new(pollable))
    }

    /// A pollable must be gone before the stream or the response it belongs to,
    /// so a future that is dropped early takes its entry along.
    pub(crate) struct Ready(Rc<Pollable>);

    impl Future for Ready {
        type Output = ();

        fn poll(self: std::pin::Pin<&mut Self>, context: &mut Context<'_>) -> Poll<()> {
            remove(&self.0);
            if self.0.ready() {
                return Poll::Ready(());
            }
            let entry = (self.0.clone(), context.waker().clone());
            WAITING.with_borrow_mut(|waiting| waiting.push(entry));
            Poll::Pending
        }
    }

    impl Drop for Ready {
        fn drop(&mut self) {
            remove(&self.0);
        }
    }

    fn remove(pollable: &Rc<Pollable>) -> Option<Waker> {
        WAITING.with_borrow_mut(|waiting| {
            let index = waiting
                .iter()
                .position(|entry| Rc::ptr_eq(&entry.0, pollable))?;
            Some(waiting.swap_remove(index).1)
        })
    }
}

#[cfg(not(target_arch = "wasm32"))]
mod host {
    use std::time::Duration;

    pub(super) async fn sleep(duration: Duration) {
        std::thread::sleep(duration);
    }

    pub(super) fn wait() {
        panic!("a future waits for something that portcullis_sdk does not provide");
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_future_that_wakes_itself_ends() {
        let mut polls = 0;
        let output = block_on(std::future::poll_fn(|context| {
            polls += 1;
            if polls == 3 {
                return Poll::Ready(polls);
            }
            context.waker().wake_by_ref();
            Poll::Pending
        }));
        assert_eq!(output, 3);
        block_on(sleep(Duration::from_millis(1)));
    }
}
