//! The sandbox: the only room that names wasmtime.
//!
//! A [`Plugin`] is a component compiled and linked under a [`Policy`]; each
//! call gets a fresh store and instance (or, where the admin granted reuse, one
//! that has served the plugin before), its limits, and no more than the policy
//! allows. What comes out is data of [`protocol`](crate::protocol), or a
//! [`Failure`] that names the plugin and the limit.
//!
//! Nothing above this room sees a wasmtime type; nothing in it knows JSON-RPC.
//!
//! [`Policy`]: crate::policy::Policy

mod background;
mod bindings;
mod calls;
mod clock;
mod compile;
mod consent;
mod convert;
mod engine;
mod events;
mod exports;
mod failure;
mod filesystem;
mod gate;
mod host;
mod input;
mod interfaces;
mod kept;
mod keyvalue;
mod limiter;
mod missing;
mod network;
mod output;
mod plain;
mod plugin;
mod sandbox;
mod services;
mod state;
mod turns;
mod uses;
mod weight;

pub use crate::policy::CallLimits;
pub use background::in_background;
pub use compile::{CacheFlaw, CompileCache};
pub use consent::{Decision, Decisions, Verdict};
pub use engine::{Engine, EngineOptions};
pub use events::{Ask, Change, Changes, Event, Events};
pub use exports::{Exports, Inspection, inspect};
pub use failure::{Failure, LimitKind};
pub use gate::Gate;
pub use interfaces::interfaces;
pub use network::Secrets;
pub use plain::LeftOut;
pub use plugin::{Description, GetError, Plugin, PluginOptions, ReadError, ToolError};
pub use services::Services;
pub use uses::{Used, Uses};
pub use weight::check as check_weight;
