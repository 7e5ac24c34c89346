//! A guest whose instances may be kept between calls, and that does what can go
//! wrong then: it counts, fails, and leaves things behind.

#![forbid(unsafe_code)]

use portcullis_sdk::plugin;

#[plugin]
mod reused {
    use std::fmt::Display;
    use std::fs::{self, File};
    use std::hint::black_box;
    use std::mem::forget;
    use std::sync::atomic::{AtomicU64, Ordering};

    use portcullis_sdk::{Error, Result, http, log, progress};
    use wasip2::cli::stdout;
    use wasip2::clocks::monotonic_clock;

    static VISITS: AtomicU64 = AtomicU64::new(0);

    /// Answer with the text.
    #[tool(read_only, idempotent, open_world = false)]
    pub(crate) fn echo(text: String) -> String {
        text
    }

    /// Answer with how often this instance was visited, this time counted.
    #[tool]
    pub(crate) fn visit() -> String {
        (VISITS.fetch_add(1, Ordering::Relaxed) + 1).to_string()
    }

    /// Visit, and wait for the answer of this URL.
    #[tool]
    pub(crate) fn visit_during(url: String) -> Result<String> {
        let visits = visit();
        http::Request::get(url).send().map_err(Error::new)?;
        Ok(visits)
    }

    /// Visit, and answer with an error.
    #[tool]
    pub(crate) fn fail() -> Result<String> {
        Err(Error::new(visit()))
    }

    /// Panic.
    #[tool]
    pub(crate) fn panic() -> String {
        panic!("the guest was asked to panic")
    }

    /// Never end.
    #[tool]
    pub(crate) fn spin() -> String {
        let mut turns: u64 = 0;
        loop {
            turns = black_box(turns.wrapping_add(1));
        }
    }

    /// Compute so many turns of a loop.
    #[tool]
    pub(crate) fn compute(turns: u64) -> String {
        (0..turns).fold(0, |sum: u64, turn| black_box(sum ^ turn));
        visit()
    }

    /// Write the text as a log line, and report this progress.
    #[tool]
    pub(crate) fn tell(text: String, done: f64) -> String {
        log::info!("{text}");
        progress::report(done, None, Some(&text));
        visit()
    }

    /// Print the text on stdout, end no line, and leave stdout open.
    #[tool]
    pub(crate) fn print(text: String) -> Result<String> {
        let stdout = stdout::get_stdout();
        let printed = stdout.blocking_write_and_flush(text.as_bytes());
        forget(stdout);
        printed.map_err(Error::new)?;
        Ok(visit())
    }

    /// Send a request.
    #[tool]
    pub(crate) fn fetch(url: String) -> String {
        told(http::Request::get(url).send().map(|_| visit()))
    }

    /// Write a file.
    #[tool]
    pub(crate) fn write(path: String, bytes: usize) -> String {
        told(fs::write(path, vec![b'x'; bytes]).map(|()| visit()))
    }

    /// Open a file or directory so many times, and close none of them.
    #[tool]
    pub(crate) fn leave_open(path: String, count: usize) -> Result<String> {
        for _ in 0..count {
            forget(File::open(&path).map_err(Error::new)?);
        }
        Ok(visit())
    }

    /// Set a timer, and wait for it never.
    #[tool]
    pub(crate) fn leave_timer() -> String {
        forget(monotonic_clock::subscribe_duration(1));
        visit()
    }

    fn told<T: Display, E: Display>(result: std::result::Result<T, E>) -> String {
        match result {
            Ok(value) => format!("ok: {value}"),
            Err(error) => format!("denied: {error}"),
        }
    }
}
