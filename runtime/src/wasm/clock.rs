//! The wall time of one call.
//!
//! Time in which a guest waits for a person's answers is not the guest's and
//! does not count; how long that may take is bounded by whoever asks for it.

use std::future::Future;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::error::Elapsed;
use tokio::time::{Instant, timeout_at};

/// The least time between two looks at a clock that stands still.
const LOOK: Duration = Duration::from_millis(50);

/// A deadline that can be put off while a call runs.
pub(super) struct Clock(Mutex<Reading>);

struct Reading {
    limit: Duration,
    /// Time that did not count, in pauses that have ended.
    paused: Duration,
    /// When the present pause began.
    pause: Option<Instant>,
    /// How many have begun and not ended: a guest may wait for several answers.
    pauses: u32,
}

impl Reading {
    /// What is left of the limit, if anything.
    fn left(&self, start: Instant, now: Instant) -> Option<Duration> {
        let pause = self.pause.map_or(Duration::ZERO, |since| now - since);
        let spent = (now - start).saturating_sub(self.paused + pause);
        self.limit.checked_sub(spent).filter(|left| !left.is_zero())
    }
}

/// As long as it lives, time does not count.
pub(super) struct Pause<'a>(&'a Clock);

impl Clock {
    pub(super) fn new(limit: Duration) -> Self {
        Clock(Mutex::new(Reading {
            limit,
            paused: Duration::ZERO,
            pause: None,
            pauses: 0,
        }))
    }

    /// Stops the time.
    pub(super) fn pause(&self) -> Pause<'_> {
        let mut reading = self.reading();
        reading.pauses += 1;
        reading.pause.get_or_insert_with(Instant::now);
        Pause(self)
    }

    /// Sets the limit anew, counted from the call's start.
    pub(super) fn set_limit(&self, limit: Duration) {
        self.reading().limit = limit;
    }

    pub(super) fn limit(&self) -> Duration {
        self.reading().limit
    }

    /// Runs until the time that counts is used up.
    pub(super) async fn run<R>(&self, running: impl Future<Output = R>) -> Result<R, Elapsed> {
        tokio::pin!(running);
        let start = Instant::now();
        let mut until = start + self.limit();
        loop {
            match timeout_at(until, &mut running).await {
                Ok(result) => return Ok(result),
                Err(elapsed) => match self.reading().left(start, Instant::now()) {
                    Some(left) => until = Instant::now() + left.max(LOOK),
                    None => return Err(elapsed),
                },
            }
        }
    }

    fn reading(&self) -> MutexGuard<'_, Reading> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Pause<'_> {
    fn drop(&mut self) {
        let mut reading = self.0.reading();
        reading.pauses -= 1;
        if reading.pauses > 0 {
            return;
        }
        if let Some(since) = reading.pause.take() {
            reading.paused += since.elapsed();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const fn seconds(seconds: u64) -> Duration {
        Duration::from_secs(seconds)
    }

    #[test]
    fn a_pause_does_not_count_and_the_rest_does() {
        let start = Instant::now();
        let mut reading = Reading {
            limit: seconds(30),
            paused: Duration::ZERO,
            pause: None,
            pauses: 0,
        };
        assert_eq!(reading.left(start, start + seconds(20)), Some(seconds(10)));
        assert_eq!(reading.left(start, start + seconds(30)), None);
        reading.pause = Some(start + seconds(20));
        assert_eq!(
            reading.left(start, start + seconds(3600)),
            Some(seconds(10))
        );
        reading.pause = None;
        reading.paused = seconds(3580);
        assert_eq!(reading.left(start, start + seconds(3609)), Some(seconds(1)));
        assert_eq!(reading.left(start, start + seconds(3610)), None);
        reading.limit = seconds(60);
        assert_eq!(
            reading.left(start, start + seconds(3610)),
            Some(seconds(30))
        );
    }

    #[tokio::test]
    async fn a_limit_can_be_put_off_while_it_runs() {
        let clock = Clock::new(Duration::ZERO);
        assert!(clock.run(std::future::pending::<()>()).await.is_err());
        let clock = Clock::new(seconds(3600));
        let result = clock.run(async {
            clock.set_limit(seconds(7200));
            drop(clock.pause());
        });
        assert!(result.await.is_ok());
    }

    #[test]
    fn pauses_may_overlap() {
        let clock = Clock::new(seconds(30));
        let (first, second) = (clock.pause(), clock.pause());
        drop(first);
        assert!(clock.reading().pause.is_some());
        drop(second);
        assert!(clock.reading().pause.is_none());
    }
}
