//! From end to end: the real program, real components, a real client.
//!
//! The guests are built by `cargo xtask build`, and `cargo xtask test` names
//! the program in `PORTCULLIS_BIN`. A test never depends on how long something
//! takes.

mod admin;
mod audit;
mod bad_input;
mod bundle;
mod client;
mod connect;
mod consent;
mod crashes;
mod doctor;
mod grants;
mod home;
mod hostile;
mod http;
mod install;
mod limits;
mod manual;
mod misbehaviour;
mod noise;
mod open_meteo;
mod plain;
mod plugins;
mod process;
mod protocol;
mod rates;
mod regressions;
#[cfg(unix)]
mod replay;
mod reuse;
mod rust_sdk;
mod sandbox;
mod security_table;
mod signatures;
mod sources;
mod tampering;
mod tidy;
mod updates;
mod verify;
mod web;
mod wit;
