//! Host programs: where each keeps its list of MCP servers, and how ours gets
//! into it and out of it.
//!
//! A host program's settings are its user's. Of such a file only the bytes of our
//! own entry are ever written: comments, order, indentation, trailing commas, line
//! ends and a byte order mark stay. What cannot be understood is not changed. Before
//! a file is changed a copy of it is put beside it; it is replaced as a whole, and
//! only if it is still what was shown.

mod change;
mod entry;
mod program;
mod settings;
mod splice;

pub use change::{Change, Plan, connect, connected, disconnect};
pub use entry::{Entry, is_ours};
pub use program::{Machine, PROGRAMS, Program, Scope};
pub use settings::{HostError, Server};
