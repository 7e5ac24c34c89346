//! The audit log: what plugins were asked to do, what they used for it, and
//! what they were allowed when.
//!
//! One JSON object a line, in a file and its rotated predecessors (`audit.jsonl`,
//! `audit.jsonl.1`, …, the highest number the oldest). [`Call`] says what a call's
//! line has, [`GrantChange`] that of a change of grants, and [`Log::consent`] that of a
//! user's answer. All control and
//! invisible characters in a line are escaped, so that it may be shown anywhere.
//!
//! What holds:
//! - A line is handed to the operating system before the answer to its call is
//!   sent: a process that is killed takes none with it. With `sync = true` it is
//!   on the disk before; then a call whose line cannot be written is not answered,
//!   and the next ones are refused before their guests run. Without it, the first
//!   line that cannot be written is told to the admin, calls go on, and a line
//!   that says how many are missing is written when that works again.
//! - Several processes share one log. Each line is one write at the file's end,
//!   so lines never mix. A file is only rotated when it is full, and a process
//!   asks its own handle whether its file is full or gone before each write, so
//!   it finds out by itself that another process has rotated; a lock file keeps
//!   two from rotating at once. No process waits for another but then.
//! - A line that was torn by a crash is skipped by the reader, and the writer
//!   begins a new line after it.
//! - A change of grants is recorded once, by who makes it or by the first process
//!   that finds it: what was recorded last is kept beside the state.
//!
//! Secrets are in no line: guests do not have them, and requests are recorded by
//! host and method alone.

mod batch;
mod commit;
mod file;
mod grants;
mod line;
mod log;
mod read;

pub use grants::{Author, Changing};
pub use line::{Arguments, Call, GrantChange, Kind, Outcome};
pub use log::{Begun, Log, Unwritable};
pub use read::{Entry, Filter, Unreadable, read};
