//! News of a long call while it runs.
//!
//! A report costs little where the caller did not ask for progress: the runtime
//! drops it. Values must rise from one report to the next; one that does not is
//! dropped too. In native tests reports are recorded; see
//! `testing::progress`.

/// A number that progress can be counted in.
pub trait Amount {
    /// The number as the protocol has it.
    fn amount(self) -> f64;
}

macro_rules! amount {
    ($($type:ty)*) => {$(
        impl Amount for $type {
            fn amount(self) -> f64 {
                // Beyond 2^53 the last digits are lost, which no progress bar shows.
                self as f64
            }
        }
    )*};
}

amount!(i32 i64 isize u8 u16 u32 u64 usize f32 f64);

/// Says that `done` of `total` is done.
///
/// ```
/// let rows = ["a", "b"];
/// for (index, row) in rows.iter().enumerate() {
///     portcullis_sdk::progress(index, rows.len());
///     println!("{row}");
/// }
/// ```
pub fn progress(done: impl Amount, total: impl Amount) {
    report(done.amount(), Some(total.amount()), None);
}

/// Says how far the call has come: of a total if it is known, and in words if
/// there is something to say.
pub fn report(done: f64, total: Option<f64>, message: Option<&str>) {
    #[cfg(target_arch = "wasm32")]
    crate::bindings::imports::portcullis::plugin::progress::report(done, total, message);
    #[cfg(not(target_arch = "wasm32"))]
    crate::testing::record_progress(crate::testing::Progress {
        done,
        total,
        message: message.map(str::to_owned),
    });
}
