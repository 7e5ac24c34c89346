//! A guest that attacks whoever runs it: its tools are the attacks, and each
//! family of them is a file. What the contract's own types do not let Rust say
//! is the guest `liar`'s.

#![forbid(unsafe_code)]

mod answers;
mod compute;
mod files;
mod network;
mod noise;

use portcullis_sdk::plugin;

#[plugin]
mod hostile {
    use std::collections::BTreeMap;

    use portcullis_sdk::{Content, Error, Output, Result};

    use crate::{answers, compute, files, network, noise};

    /// Count the calls that this instance has seen.
    #[tool]
    pub(crate) fn count_calls() -> u32 {
        compute::count_calls()
    }

    /// Leave a text in memory, and answer with what was there before.
    #[tool]
    pub(crate) fn leave(text: String) -> String {
        compute::leave(text)
    }

    /// Call itself until the stack ends.
    #[tool]
    pub(crate) fn recurse() -> u64 {
        compute::recurse()
    }

    /// Take memory in steps of so many KiB, for ever.
    #[tool]
    pub(crate) fn hoard(step_kib: usize) -> String {
        compute::hoard(step_kib)
    }

    /// Abort.
    #[tool]
    pub(crate) fn abort() -> String {
        std::process::abort()
    }

    /// Wait as long as a clock can count.
    #[tool]
    pub(crate) fn sleep_forever() -> String {
        compute::sleep_forever()
    }

    /// Look at the clock again and again, for ever: a host call that never
    /// waits.
    #[tool]
    pub(crate) fn ask_the_time_forever() -> String {
        compute::ask_the_time_forever()
    }

    /// Take so many random bytes in one go.
    #[tool]
    pub(crate) fn take_random(bytes: u64) -> String {
        compute::random(bytes)
    }

    /// Promise a structured answer and give another.
    #[tool(
        output_schema = r#"{"type":"object","required":["sum"],"properties":{"sum":{"type":"integer"}}}"#
    )]
    pub(crate) fn break_schema() -> Output {
        answers::break_schema()
    }

    /// Give members that belong to the runtime.
    #[tool]
    pub(crate) fn forge_members() -> Output {
        answers::forge_members()
    }

    /// Give content that says it is of a kind, and is no object.
    #[tool]
    pub(crate) fn forge_content() -> Content {
        answers::forge_content()
    }

    /// Fail with terminal escapes and invisible characters.
    #[tool]
    pub(crate) fn fail_in_colour() -> Result<String> {
        Err(Error::new(noise::ESCAPES))
    }

    /// Panic with terminal escapes and invisible characters.
    #[tool]
    pub(crate) fn panic_in_colour() -> String {
        panic!("{}", noise::ESCAPES)
    }

    /// Log and print terminal escapes and invisible characters.
    #[tool]
    pub(crate) fn log_in_colour() -> String {
        noise::log_in_colour()
    }

    /// Write messages of the protocol everywhere a guest can write.
    #[tool]
    pub(crate) fn forge_message() -> String {
        noise::forge_message()
    }

    /// Report progress that goes back, stands still and is no number.
    #[tool]
    pub(crate) fn erratic_progress() -> String {
        noise::erratic_progress()
    }

    /// Report progress for ever, with messages of so many KiB.
    #[tool]
    pub(crate) fn report_forever(kib: usize) -> String {
        noise::report_forever(kib)
    }

    /// Report changes of everything for ever, with URIs of so many KiB.
    #[tool]
    pub(crate) fn announce_forever(kib: usize) -> String {
        noise::announce_forever(kib)
    }

    /// Log for ever.
    #[tool]
    pub(crate) fn log_forever() -> String {
        noise::log_forever()
    }

    /// Print for ever, in lines or without an end.
    #[tool]
    pub(crate) fn print_forever(lines: bool) -> String {
        noise::print_forever(lines)
    }

    /// Ask so many questions at once.
    #[tool]
    pub(crate) fn ask_at_once(questions: usize) -> Result<String> {
        noise::ask_at_once(questions)
    }

    /// Ask a question after the other, for ever.
    #[tool]
    pub(crate) fn ask_forever() -> Result<String> {
        noise::ask_forever()
    }

    /// Ask, and end in another way than by an answer: `panic`, `abort` or
    /// `exit`.
    #[tool]
    pub(crate) fn ask_and_end(how: String) -> Result<String> {
        noise::ask_and_end(&how)
    }

    /// Open the same file many times, and keep all of them open.
    #[tool]
    pub(crate) fn open_files(path: String, count: usize) -> String {
        files::open_files(&path, count)
    }

    /// Make so many files in a folder, or as many as there is room for.
    #[tool]
    pub(crate) fn make_files(folder: String, count: usize) -> String {
        files::make_files(&folder, count)
    }

    /// Make so many folders within each other.
    #[tool]
    pub(crate) fn make_deep_folders(folder: String, count: usize) -> String {
        files::make_deep_folders(&folder, count)
    }

    /// Write to a file until there is no room.
    #[tool]
    pub(crate) fn fill_file(path: String) -> String {
        files::fill_file(&path)
    }

    /// Set a file's size, or write a byte so far from its beginning.
    #[tool]
    pub(crate) fn make_sparse(path: String, bytes: u64, by_writing: bool) -> String {
        files::make_sparse(&path, bytes, by_writing)
    }

    /// Open a file for reading by a path as it is, which no library has looked
    /// at: `\0` stays in it.
    #[tool]
    pub(crate) fn open_as_it_is(mount: String, path: String) -> String {
        files::open_as_it_is(&mount, &path)
    }

    /// Make a file with a name of so many letters.
    #[tool]
    pub(crate) fn make_long_name(folder: String, letters: usize) -> String {
        files::make_long_name(&folder, letters)
    }

    /// Read a file again and again, and answer with each content that was seen,
    /// one a line.
    #[tool]
    pub(crate) fn read_again(path: String, times: usize) -> String {
        files::read_again(&path, times)
    }

    /// Write to a file again and again.
    #[tool]
    pub(crate) fn write_again(path: String, text: String, times: usize) -> String {
        files::write_again(&path, &text, times)
    }

    /// Send a request whose parts no library has looked at.
    #[tool]
    pub(crate) fn send_raw(
        method: String,
        scheme: String,
        authority: String,
        path: String,
        #[default] headers: BTreeMap<String, String>,
    ) -> String {
        network::send_raw(&method, scheme, &authority, &path, &headers)
    }

    /// Send a request whose body has no end.
    #[tool]
    pub(crate) fn send_forever(authority: String) -> String {
        network::send_forever(&authority)
    }

    /// Send many requests at once, and hold all of them.
    #[tool]
    pub(crate) fn hold_requests(authority: String, count: usize) -> String {
        network::hold_requests(&authority, count)
    }

    /// Have the runtime at this URL call this same tool, which does the same.
    #[tool]
    pub(crate) fn call_back(url: String) -> String {
        network::call_back(&url)
    }
}
