//! Turns for calls that compute for long.
//!
//! A call gives way at each tick of the epoch. One that has met two is a long one:
//! it goes on in the background, with one fewer at a time than there are
//! processors, each for a few ticks. That leaves the executor's threads, and a
//! processor, to calls that have just begun and to the transports.

use std::future::Future;
use std::num::NonZero;
use std::pin::Pin;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::task::Context;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::background::in_background;

/// Ticks that a call may begin with, since a tick comes at any time.
const FREE_TICKS: u32 = 1;
/// Ticks that a turn lasts.
const TURN: u64 = 4;

/// How one call computes.
#[derive(Default)]
pub(super) struct Pace {
    /// Ticks at which it computed.
    ticks: AtomicU32,
    turn: Mutex<Option<OwnedSemaphorePermit>>,
}

impl Pace {
    /// Ends a call; the next begins as a short one.
    pub(super) fn end(&self) {
        self.ticks.store(0, Ordering::Relaxed);
        self.end_turn();
    }

    /// Gives way to others, and waits for a turn if the call is a long one.
    pub(super) async fn give_way(&self, turns: Turns) {
        let is_long = self.ticks.fetch_add(1, Ordering::Relaxed) >= FREE_TICKS;
        self.end_turn();
        tokio::task::yield_now().await;
        if is_long {
            let turn = turns.0.acquire_owned().await.expect("never closed");
            *self.turn.lock().unwrap_or_else(PoisonError::into_inner) = Some(turn);
        }
    }

    /// Runs a call, in the background once it is a long one.
    pub(super) async fn run<R: Send>(
        &self,
        mut call: Pin<&mut (impl Future<Output = R> + Send)>,
    ) -> R {
        std::future::poll_fn(|cx| {
            if self.ticks.load(Ordering::Relaxed) <= FREE_TICKS {
                return call.as_mut().poll(cx);
            }
            let waker = cx.waker().clone();
            let polled = in_background(|| call.as_mut().poll(&mut Context::from_waker(&waker)));
            // It ended, or waits for something.
            self.end_turn();
            polled
        })
        .await
    }

    /// How many ticks from now it has to give way again.
    pub(super) fn next(&self) -> u64 {
        if self.ticks.load(Ordering::Relaxed) >= FREE_TICKS {
            TURN
        } else {
            1
        }
    }

    fn end_turn(&self) {
        let mut turn = self.turn.lock().unwrap_or_else(PoisonError::into_inner);
        turn.take();
    }
}

/// The turns of one engine.
#[derive(Clone)]
pub(super) struct Turns(Arc<Semaphore>);

impl Turns {
    /// One fewer than processors.
    pub(super) fn new() -> Self {
        let processors = std::thread::available_parallelism().map_or(1, NonZero::get);
        Turns(Arc::new(Semaphore::new((processors - 1).max(1))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_turn_ends_before_the_next_begins() {
        let turns = Turns::new();
        let all = turns.0.available_permits();
        let paces: Vec<Pace> = (0..all).map(|_| Pace::default()).collect();
        for pace in &paces {
            for _ in 0..=FREE_TICKS {
                pace.give_way(turns.clone()).await;
            }
        }
        assert_eq!(turns.0.available_permits(), 0);
        // With all turns taken, each can still have its next.
        paces[0].give_way(turns.clone()).await;
        drop(paces);
        assert_eq!(turns.0.available_permits(), all);
    }
}
