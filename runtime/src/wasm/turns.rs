//! Turns for calls that compute for long.
//!
//! A call that computes gives way at each tick of the epoch. One that has done
//! so for a while has to wait for a turn as well, and there are fewer turns a
//! tick than processors; and it computes on a thread of its own, which leaves
//! the executor's to calls that have just begun and to the transports.

use std::future::Future;
use std::num::NonZero;
use std::pin::pin;
use std::sync::atomic::{AtomicU32, Ordering};

use tokio::sync::Semaphore;

/// Ticks that a call may compute through before it has to wait for turns.
const FREE_TICKS: u32 = 2;

/// How many ticks one call has computed through.
#[derive(Default)]
pub(super) struct Pace(AtomicU32);

impl Pace {
    /// Counts a tick; gives whether the call is a long one now.
    pub(super) fn tick(&self) -> bool {
        self.0.fetch_add(1, Ordering::Relaxed) >= FREE_TICKS
    }

    fn is_long(&self) -> bool {
        self.0.load(Ordering::Relaxed) > FREE_TICKS
    }

    /// Runs a call, and hands the executor's thread to others while it computes
    /// for long.
    pub(super) async fn run<R>(&self, call: impl Future<Output = R>) -> R {
        let mut call = pin!(call);
        std::future::poll_fn(|cx| {
            if self.is_long() {
                tokio::task::block_in_place(|| call.as_mut().poll(cx))
            } else {
                call.as_mut().poll(cx)
            }
        })
        .await
    }
}

/// The turns of one engine.
pub(super) struct Turns {
    left: Semaphore,
    per_tick: usize,
}

impl Turns {
    /// As many turns a tick as there are processors, less one.
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        let per_tick = processors.saturating_sub(1).max(1);
        Turns {
            left: Semaphore::new(per_tick),
            per_tick,
        }
    }

    /// Gives out the turns of another tick; those that nobody took lapse.
    pub(super) fn tick(&self) {
        let taken = self.per_tick.saturating_sub(self.left.available_permits());
        self.left.add_permits(taken);
    }

    /// Waits for a turn, in the order of those who wait.
    pub(super) async fn take(&self) {
        self.left.acquire().await.expect("never closed").forget();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn turns_lapse() {
        let turns = Turns::new();
        for _ in 0..5 {
            turns.tick();
        }
        for _ in 0..turns.per_tick {
            turns.take().await;
        }
        assert_eq!(turns.left.available_permits(), 0);
        turns.tick();
        turns.take().await;
    }
}
