//! Processor time, memory, and what is left in it.

use std::hint::black_box;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use portcullis_sdk::future;

static CALLS: AtomicU32 = AtomicU32::new(0);
static LEFT: Mutex<String> = Mutex::new(String::new());

pub(crate) fn count_calls() -> u32 {
    CALLS.fetch_add(1, Ordering::Relaxed) + 1
}

pub(crate) fn leave(text: String) -> String {
    let mut left = LEFT.lock().unwrap_or_else(PoisonError::into_inner);
    std::mem::replace(&mut *left, text)
}

pub(crate) fn recurse() -> u64 {
    deeper(black_box(1))
}

#[expect(unconditional_recursion, reason = "it is to end by the stack's limit")]
fn deeper(depth: u64) -> u64 {
    black_box(deeper(black_box(depth + 1))) + 1
}

pub(crate) fn hoard(step_kib: usize) -> String {
    let mut hoarded = Vec::new();
    loop {
        hoarded.push(black_box(vec![1_u8; step_kib << 10]));
    }
}

pub(crate) fn sleep_forever() -> String {
    future::block_on(future::sleep(Duration::from_nanos(u64::MAX)));
    "slept".to_owned()
}

pub(crate) fn ask_the_time_forever() -> String {
    loop {
        black_box(Instant::now());
    }
}

pub(crate) fn random(bytes: u64) -> String {
    let taken = wasip2::random::random::get_random_bytes(bytes);
    format!("{} bytes", taken.len())
}
