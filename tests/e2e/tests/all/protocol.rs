//! The protocol over stdio, in both eras.

mod batches;
mod caching;
mod cancellation;
mod changes;
mod completion;
mod lifecycle;
mod live;
mod messages;
mod news;
mod pressure;
mod prompts;
mod questions;
mod resources;
mod subscriptions;
mod tasks;
mod tools;
mod watched;

use crate::client::Client;
use crate::home::Home;

/// A modern client and a legacy one.
fn both(home: &Home) -> [Client; 2] {
    [Client::modern(home), Client::legacy(home)]
}
