//! `[server]`: how the server runs.

use std::{ops::RangeInclusive, time::Duration};

use super::{Paths, grant, tools};
use crate::{
    package::{Fields, Value},
    policy::{CallLimits, Invalid, LimitField, SecretSource, parse_duration, parse_size},
};

/// The shortest and the longest time in milliseconds that a task's state may be
/// kept: 1 minute and 365 days.
const TASK_TTL: RangeInclusive<u64> = 60_000..=365 * 24 * 3_600_000;

/// The shortest and the longest time in milliseconds after which an event
/// stream's connection may be closed: 100 ms and a day.
const STREAM_TIMEOUT: RangeInclusive<u64> = 100..=24 * 3_600_000;

/// How the server runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerConfig {
    /// Calls at the same time, all plugins together. Default 1,024.
    pub max_in_flight: u32,
    /// Calls of each principal. Default: as many at once as by all, and 6,000,000
    /// a minute.
    pub principal_limits: CallLimits,
    /// The longest message that a client may send, in bytes. Default 4 MiB.
    pub max_message: u64,
    /// How many entries a page of a list has. Default 250.
    pub page_size: u32,
    /// Where the secret comes from that replicas share, so that each can go on
    /// with a request that another one began. Default: none, and a key that is
    /// made at start.
    pub sealing_key: Option<SecretSource>,
    /// How long the state of a task is kept, from its creation. Default 24 h.
    pub task_ttl: Duration,
    /// After how long the connection of an event stream that answers an HTTP
    /// request is closed, for clients that come back for the rest of the stream.
    /// Default: never.
    pub stream_timeout: Option<Duration>,
}

impl Default for ServerConfig {
    fn default() -> Self {
        Self {
            max_in_flight: 1024,
            principal_limits: CallLimits {
                concurrency: None,
                calls_per_minute: Some(6_000_000),
            },
            max_message: 4 << 20,
            page_size: 250,
            sealing_key: None,
            task_ttl: Duration::from_secs(24 * 3600),
            stream_timeout: None,
        }
    }
}

/// Reads `[server]`; what is wrong is reported.
pub(super) fn read_server(table: &Fields<'_>, paths: &Paths<'_>) -> ServerConfig {
    let mut server = ServerConfig::default();
    if let Some(count) = table
        .get("max-in-flight")
        .and_then(|value| read_count(&value))
    {
        server.max_in_flight = count;
    }
    let limit = |key, field| {
        table
            .get(key)
            .and_then(|value| tools::read_count(&value, field))
    };
    let principal = &mut server.principal_limits;
    principal.concurrency = limit("principal-concurrency", LimitField::Concurrency);
    if let Some(calls) = limit("principal-calls-per-minute", LimitField::CallsPerMinute) {
        principal.calls_per_minute = Some(calls);
    }
    if let Some(count) = table.get("page-size").and_then(|value| read_count(&value)) {
        server.page_size = count;
    }
    if let Some(size) = table
        .get("max-message")
        .and_then(|value| read_message_size(&value))
    {
        server.max_message = size;
    }
    server.sealing_key = table
        .get("sealing-key")
        .and_then(|value| grant::read_secret(&value, paths));
    if let Some(ttl) = table
        .get("task-ttl")
        .and_then(|value| read_task_ttl(&value))
    {
        server.task_ttl = ttl;
    }
    server.stream_timeout = table.get("stream-timeout").and_then(|value| {
        value.parse_with("a duration such as \"30s\"", |text| {
            parse_duration(text, STREAM_TIMEOUT)
        })
    });
    table.finish();
    server
}

fn read_count(value: &Value<'_>) -> Option<u32> {
    let number = value.integer("a whole number")?;
    let count = u32::try_from(number)
        .ok()
        .filter(|count| (1..=1_000_000).contains(count));
    if count.is_none() {
        value.invalid(&Invalid::new(
            format!("`{number}` is out of range"),
            "1 to 1000000",
        ));
    }
    count
}

fn read_message_size(value: &Value<'_>) -> Option<u64> {
    let size = match value.as_integer() {
        Some(number) => u64::try_from(number).unwrap_or_default(),
        None => value.parse_with("a size such as \"4MiB\"", parse_size)?,
    };
    if !(1 << 10..=1 << 30).contains(&size) {
        value.invalid(&Invalid::new(
            format!("`{size}` is out of range"),
            "1KiB to 1GiB",
        ));
    }
    Some(size)
}

fn read_task_ttl(value: &Value<'_>) -> Option<Duration> {
    value.parse_with("a duration such as \"24h\"", |text| {
        parse_duration(text, TASK_TTL)
    })
}
