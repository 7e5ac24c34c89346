//! Log lines, for the admin and for clients that ask for them.
//!
//! `log::info!("read {rows} rows")` formats like `println!`. The runtime bounds
//! the length of a line and the lines of a call. In native tests the lines go
//! to stderr.

use std::fmt::Display;

pub use crate::{
    __log_critical as critical, __log_debug as debug, __log_error as error, __log_info as info,
    __log_trace as trace, __log_warn as warn,
};

/// How much a line matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Level {
    /// Every step.
    Trace,
    /// For finding faults.
    Debug,
    /// What goes on.
    Info,
    /// Something odd that does no harm yet.
    Warn,
    /// Something failed.
    Error,
    /// All of it failed.
    Critical,
}

/// Writes one line. `source` names where in the plugin it comes from and may be
/// empty.
pub fn write(level: Level, source: &str, message: impl Display) {
    send(level, source, &message.to_string());
}

#[cfg(target_arch = "wasm32")]
fn send(level: Level, source: &str, message: &str) {
    use crate::bindings::imports::wasi::logging::logging as wit;

    let level = match level {
        Level::Trace => wit::Level::Trace,
        Level::Debug => wit::Level::Debug,
        Level::Info => wit::Level::Info,
        Level::Warn => wit::Level::Warn,
        Level::Error => wit::Level::Error,
        Level::Critical => wit::Level::Critical,
    };
    wit::log(level, source, message);
}

#[cfg(not(target_arch = "wasm32"))]
fn send(level: Level, source: &str, message: &str) {
    eprintln!("{level:?} {source} {message}");
}

/// Every step.
pub fn trace(message: impl Display) {
    write(Level::Trace, "", message);
}

/// For finding faults.
pub fn debug(message: impl Display) {
    write(Level::Debug, "", message);
}

/// What goes on.
pub fn info(message: impl Display) {
    write(Level::Info, "", message);
}

/// Something odd that does no harm yet.
pub fn warn(message: impl Display) {
    write(Level::Warn, "", message);
}

/// Something failed.
pub fn error(message: impl Display) {
    write(Level::Error, "", message);
}

/// All of it failed.
pub fn critical(message: impl Display) {
    write(Level::Critical, "", message);
}

/// Every step, formatted like `println!`; the source is the Rust module.
#[doc(hidden)]
#[macro_export]
macro_rules! __log_trace {
    ($($message:tt)+) => {
        $crate::log::write($crate::log::Level::Trace, ::core::module_path!(), ::core::format_args!($($message)+))
    };
}

/// For finding faults, formatted like `println!`; the source is the Rust module.
#[doc(hidden)]
#[macro_export]
macro_rules! __log_debug {
    ($($message:tt)+) => {
        $crate::log::write($crate::log::Level::Debug, ::core::module_path!(), ::core::format_args!($($message)+))
    };
}

/// What goes on, formatted like `println!`; the source is the Rust module.
#[doc(hidden)]
#[macro_export]
macro_rules! __log_info {
    ($($message:tt)+) => {
        $crate::log::write($crate::log::Level::Info, ::core::module_path!(), ::core::format_args!($($message)+))
    };
}

/// Something odd, formatted like `println!`; the source is the Rust module.
#[doc(hidden)]
#[macro_export]
macro_rules! __log_warn {
    ($($message:tt)+) => {
        $crate::log::write($crate::log::Level::Warn, ::core::module_path!(), ::core::format_args!($($message)+))
    };
}

/// Something failed, formatted like `println!`; the source is the Rust module.
#[doc(hidden)]
#[macro_export]
macro_rules! __log_error {
    ($($message:tt)+) => {
        $crate::log::write($crate::log::Level::Error, ::core::module_path!(), ::core::format_args!($($message)+))
    };
}

/// All of it failed, formatted like `println!`; the source is the Rust module.
#[doc(hidden)]
#[macro_export]
macro_rules! __log_critical {
    ($($message:tt)+) => {
        $crate::log::write($crate::log::Level::Critical, ::core::module_path!(), ::core::format_args!($($message)+))
    };
}
