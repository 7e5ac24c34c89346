//! A component that knows nothing of Portcullis: it is made with `wit-bindgen`
//! alone, for a world of its own that has every type of WIT.

#[macro_use]
mod bindings;
mod outside;

use std::sync::atomic::{AtomicU32, Ordering};

use bindings::exports::demo::plain::echoes::{self, Article, Colour, Permissions, Shape};
use bindings::exports::demo::plain::{ends, handles};
use bindings::exports::words;

struct Plain;

bindings::export!(Plain with_types_in bindings);

impl bindings::Guest for Plain {
    fn add(a: u32, b: u32) -> u32 {
        a.wrapping_add(b)
    }

    fn join(words: Vec<String>, separator: Option<String>) -> String {
        words.join(separator.as_deref().unwrap_or(" "))
    }
}

impl words::Guest for Plain {
    fn reverse(text: String) -> String {
        text.chars().rev().collect()
    }
}

impl echoes::Guest for Plain {
    fn of_bool(value: bool) -> bool {
        value
    }

    fn of_u8(value: u8) -> u8 {
        value
    }

    fn of_s8(value: i8) -> i8 {
        value
    }

    fn of_u16(value: u16) -> u16 {
        value
    }

    fn of_s16(value: i16) -> i16 {
        value
    }

    fn of_u32(value: u32) -> u32 {
        value
    }

    fn of_s32(value: i32) -> i32 {
        value
    }

    fn of_u64(value: u64) -> u64 {
        value
    }

    fn of_s64(value: i64) -> i64 {
        value
    }

    fn of_f32(value: f32) -> f32 {
        value
    }

    fn of_f64(value: f64) -> f64 {
        value
    }

    fn of_char(value: char) -> char {
        value
    }

    fn of_string(value: String) -> String {
        value
    }

    fn of_list(value: Vec<u16>) -> Vec<u16> {
        value
    }

    fn of_bytes(value: Vec<u8>) -> Vec<u8> {
        value
    }

    fn of_tuple(value: (String, u8)) -> (String, u8) {
        value
    }

    fn of_record(value: Article) -> Article {
        value
    }

    fn of_variant(value: Shape) -> Shape {
        value
    }

    fn of_enum(value: Colour) -> Colour {
        value
    }

    fn of_flags(value: Permissions) -> Permissions {
        value
    }

    fn of_option(value: Option<u8>) -> Option<u8> {
        value
    }

    fn of_nested_option(value: Option<Option<u8>>) -> Option<Option<u8>> {
        value
    }

    fn of_results(value: Vec<Result<u8, String>>) -> Vec<Result<u8, String>> {
        value
    }

    fn of_bare_results(value: Vec<Result<(), ()>>) -> Vec<Result<(), ()>> {
        value
    }
}

impl ends::Guest for Plain {
    fn divide(dividend: i32, divisor: i32) -> Result<i32, String> {
        dividend
            .checked_div(divisor)
            .ok_or_else(|| format!("{dividend} cannot be divided by {divisor}"))
    }

    fn refuse(reason: Option<Shape>) -> Result<(), Shape> {
        reason.map_or(Ok(()), Err)
    }

    fn silent(fails: bool) -> Result<(), ()> {
        if fails { Err(()) } else { Ok(()) }
    }

    fn nothing() {}

    fn floats() -> Vec<f64> {
        vec![f64::NAN, f64::INFINITY, f64::NEG_INFINITY, -0.5]
    }

    fn count() -> u32 {
        static CALLS: AtomicU32 = AtomicU32::new(0);
        CALLS.fetch_add(1, Ordering::Relaxed) + 1
    }

    fn crash(words: String) {
        panic!("{words}");
    }

    fn spin() {
        let mut turns = 0u64;
        loop {
            turns = std::hint::black_box(turns.wrapping_add(1));
        }
    }

    fn allocate(mebibytes: u32) -> u32 {
        let block = vec![1u8; (mebibytes as usize) << 20];
        std::hint::black_box(&block).len() as u32 >> 20
    }

    fn bytes(count: u32) -> Vec<u8> {
        vec![0; count as usize]
    }
}

/// A counter that begins at nothing.
struct Counter(AtomicU32);

impl handles::GuestCounter for Counter {
    fn new() -> Self {
        Counter(AtomicU32::new(0))
    }

    fn next(&self) -> u32 {
        self.0.fetch_add(1, Ordering::Relaxed) + 1
    }
}

impl handles::Guest for Plain {
    type Counter = Counter;

    fn open() -> handles::Counter {
        handles::Counter::new(Counter(AtomicU32::new(0)))
    }

    fn look(counters: Vec<handles::CounterBorrow<'_>>) -> u32 {
        counters.len() as u32
    }
}
