//! How many calls are let through: at once, and a minute.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::sync::{Semaphore, SemaphorePermit};

use crate::policy::CallLimits;

/// What calls of one kind pass before they begin.
pub struct Gate {
    rate: Option<Rate>,
    places: Option<Semaphore>,
    /// Both limits in words.
    rate_allowed: String,
    places_allowed: String,
}

/// A bucket of calls that fills up evenly and holds those of a minute, so that
/// calls may come all at once or spread.
struct Rate {
    per_minute: f64,
    bucket: Mutex<Bucket>,
}

struct Bucket {
    calls: f64,
    filled: Instant,
}

impl Gate {
    /// A gate with these limits for the calls `of` somebody or something: empty,
    /// or such as "of tool `render`".
    pub fn new(limits: CallLimits, of: &str) -> Gate {
        let words = |calls: Option<u32>, what: &str| {
            let calls = calls.unwrap_or(u32::MAX);
            format!("{calls} calls {what} {of}").trim_end().to_owned()
        };
        Gate {
            rate: limits
                .calls_per_minute
                .map(|calls| Rate::new(calls, Instant::now())),
            places: limits
                .concurrency
                .map(|calls| Semaphore::new(calls.max(1) as usize)),
            rate_allowed: words(limits.calls_per_minute, "a minute"),
            places_allowed: words(limits.concurrency, "at once"),
        }
    }

    /// How many calls it lets through a minute, in words.
    pub fn rate_allowed(&self) -> &str {
        &self.rate_allowed
    }

    /// How many calls it lets through at once, in words.
    pub(super) fn places_allowed(&self) -> &str {
        &self.places_allowed
    }

    /// Counts one more call, or says when there may be one.
    pub fn count(&self) -> Result<(), Duration> {
        match &self.rate {
            Some(rate) => rate.take(Instant::now()),
            None => Ok(()),
        }
    }

    /// Waits for a place, in the order of those who wait.
    pub async fn enter(&self) -> Option<SemaphorePermit<'_>> {
        match &self.places {
            Some(places) => Some(places.acquire().await.expect("never closed")),
            None => None,
        }
    }
}

impl Rate {
    fn new(per_minute: u32, now: Instant) -> Rate {
        let per_minute = f64::from(per_minute);
        Rate {
            per_minute,
            bucket: Mutex::new(Bucket {
                calls: per_minute,
                filled: now,
            }),
        }
    }

    fn take(&self, now: Instant) -> Result<(), Duration> {
        let per_second = self.per_minute / 60.0;
        let mut bucket = self.bucket.lock().unwrap_or_else(PoisonError::into_inner);
        let passed = now.saturating_duration_since(bucket.filled).as_secs_f64();
        bucket.calls = (bucket.calls + passed * per_second).min(self.per_minute);
        bucket.filled = bucket.filled.max(now);
        if bucket.calls >= 1.0 {
            bucket.calls -= 1.0;
            return Ok(());
        }
        let missing = (1.0 - bucket.calls) / per_second;
        Err(Duration::try_from_secs_f64(missing).unwrap_or(Duration::MAX))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_minutes_calls_come_at_once_or_spread() {
        let start = Instant::now();
        let after = |seconds| start + Duration::from_secs(seconds);
        let rate = Rate::new(6, start);
        for _ in 0..6 {
            assert_eq!(rate.take(start), Ok(()));
        }
        assert_eq!(rate.take(start), Err(Duration::from_secs(10)));
        assert_eq!(rate.take(after(4)), Err(Duration::from_secs(6)));
        assert_eq!(rate.take(after(10)), Ok(()));
        assert!(rate.take(after(10)).is_err());
        // An hour fills it no further than a minute.
        for _ in 0..6 {
            assert_eq!(rate.take(after(3600)), Ok(()));
        }
        assert!(rate.take(after(3600)).is_err());
        // A clock that was read earlier changes nothing.
        assert!(rate.take(start).is_err());
    }
}
