#![doc = include_str!("../ARCHITECTURE.md")]

pub mod audit;
pub mod bundle;
pub mod cli;
pub mod config;
pub mod dispatch;
pub mod hosts;
pub mod locations;
pub mod package;
pub mod policy;
pub mod protocol;
pub mod registry;
pub mod state;
pub mod transport;
pub mod wasm;
