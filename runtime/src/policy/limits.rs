//! What a plugin's calls may use up.
//!
//! A limit has three sources:
//! - the admin's `[defaults.limits]`, or the built-in default where the admin
//!   sets none;
//! - the manifest's `[limits]`, which a plugin asks for;
//! - the plugin's `grant.limits`, which the admin sets.
//!
//! Effective is the grant if there is one, else the lower of ask and default.
//! A plugin may ask for less freely. Asking for more than the default is a
//! request like any other: the default holds until the admin grants it.
//!
//! The stack is a property of the whole engine and no limit of a plugin's.

use std::{collections::BTreeMap, time::Duration};

use serde::{Serialize, Serializer};

use super::{
    invalid::Invalid,
    limit_field::{FUEL_OFF, LimitField},
};

/// The effective limits of one plugin.
///
/// `Limits::default()` has the built-in defaults.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Limits {
    /// Linear memory of one call in bytes, all memories of the component
    /// together. Default 64 MiB.
    pub memory: u64,
    /// Fuel of one call, about one unit an instruction; `None` is as good as no
    /// limit. Default 50 billion, some ten seconds of a tight loop.
    pub fuel: Option<u64>,
    /// Wall time of one call. Default 30 s.
    pub deadline: Duration,
    /// Wall time of one call that became a task. Default 1 h.
    pub task_deadline: Duration,
    /// Bytes that the guest may hand to the host in one go: its result, or the
    /// arguments of one host call. Default 8 MiB.
    pub output: u64,
    /// Bytes of log lines kept of one call. Default 64 KiB.
    pub log_bytes: u64,
    /// Bytes of keys and values in the plugin's own store. Default 1 MiB.
    pub keyvalue_bytes: u64,
    /// HTTP requests of one call. Default 64.
    pub http_requests: u32,
    /// Bytes of HTTP request bodies of one call. Default 8 MiB.
    pub http_request_bytes: u64,
    /// Bytes of HTTP response bodies of one call. Default 32 MiB.
    pub http_response_bytes: u64,
    /// Bytes that one call writes to files; each file, directory or link that
    /// it makes counts as 4 KiB more. Default 64 MiB.
    pub filesystem_write_bytes: u64,
    /// Elements of one call's tables, all together. Default 100,000, which is
    /// the most.
    pub table_elements: u32,
    /// Resources a call holds at the same time: open files, streams, requests.
    /// Default 256.
    pub open_handles: u32,
    /// Questions that one call asks, those of earlier rounds counted. Default 64.
    pub questions: u32,
    /// Calls of the plugin in flight. Default 64.
    pub concurrency: u32,
    /// Calls of the plugin a minute, all at once or spread. Default 600,000.
    pub calls_per_minute: u32,
    /// Calls that one instance serves, where instances are kept. Default 10,000:
    /// shared by so many, what it costs to make an instance is next to nothing,
    /// and what a guest leaks does not grow for ever.
    pub calls_per_instance: u32,
}

/// Limits of the calls of one tool or one principal, beside those of the plugin.
/// `None` is no limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct CallLimits {
    /// Calls a minute, all at once or spread.
    pub calls_per_minute: Option<u32>,
    /// Calls in flight.
    pub concurrency: Option<u32>,
}

/// Some limits by name: what a manifest asks for, or what an admin sets.
///
/// Holds numbers in base units (bytes, milliseconds, fuel, a count) that are
/// within the field's bounds.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LimitValues(BTreeMap<LimitField, u64>);

impl Limits {
    /// The value of one limit in base units: bytes, milliseconds, fuel (off is
    /// `u64::MAX`), a count.
    pub fn get(&self, field: LimitField) -> u64 {
        match field {
            LimitField::Memory => self.memory,
            LimitField::Fuel => self.fuel.unwrap_or(FUEL_OFF),
            LimitField::Deadline => u64::try_from(self.deadline.as_millis()).unwrap_or(u64::MAX),
            LimitField::TaskDeadline => {
                u64::try_from(self.task_deadline.as_millis()).unwrap_or(u64::MAX)
            }
            LimitField::Output => self.output,
            LimitField::LogBytes => self.log_bytes,
            LimitField::KeyvalueBytes => self.keyvalue_bytes,
            LimitField::HttpRequests => self.http_requests.into(),
            LimitField::HttpRequestBytes => self.http_request_bytes,
            LimitField::HttpResponseBytes => self.http_response_bytes,
            LimitField::FilesystemWriteBytes => self.filesystem_write_bytes,
            LimitField::TableElements => self.table_elements.into(),
            LimitField::OpenHandles => self.open_handles.into(),
            LimitField::Questions => self.questions.into(),
            LimitField::Concurrency => self.concurrency.into(),
            LimitField::CallsPerMinute => self.calls_per_minute.into(),
            LimitField::CallsPerInstance => self.calls_per_instance.into(),
        }
    }

    /// These limits, with the given values in place of their own.
    #[must_use]
    pub fn with(mut self, values: &LimitValues) -> Self {
        for (field, value) in values.iter() {
            self.set(field, value);
        }
        self
    }

    /// The limits of a plugin that asks for `asked`, with `granted` by the
    /// admin, where `self` holds by default.
    #[must_use]
    pub fn effective(&self, asked: &LimitValues, granted: &LimitValues) -> Self {
        let mut limits = self.clone();
        for (field, ask) in asked.iter() {
            limits.set(field, ask.min(self.get(field)));
        }
        limits.with(granted)
    }

    fn set(&mut self, field: LimitField, value: u64) {
        let count = || u32::try_from(value).unwrap_or(u32::MAX);
        match field {
            LimitField::Memory => self.memory = value,
            LimitField::Fuel => self.fuel = (value != FUEL_OFF).then_some(value),
            LimitField::Deadline => self.deadline = Duration::from_millis(value),
            LimitField::TaskDeadline => self.task_deadline = Duration::from_millis(value),
            LimitField::Output => self.output = value,
            LimitField::LogBytes => self.log_bytes = value,
            LimitField::KeyvalueBytes => self.keyvalue_bytes = value,
            LimitField::HttpRequests => self.http_requests = count(),
            LimitField::HttpRequestBytes => self.http_request_bytes = value,
            LimitField::HttpResponseBytes => self.http_response_bytes = value,
            LimitField::FilesystemWriteBytes => self.filesystem_write_bytes = value,
            LimitField::TableElements => self.table_elements = count(),
            LimitField::OpenHandles => self.open_handles = count(),
            LimitField::Questions => self.questions = count(),
            LimitField::Concurrency => self.concurrency = count(),
            LimitField::CallsPerMinute => self.calls_per_minute = count(),
            LimitField::CallsPerInstance => self.calls_per_instance = count(),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            memory: 64 << 20,
            fuel: Some(50_000_000_000),
            deadline: Duration::from_secs(30),
            task_deadline: Duration::from_secs(3600),
            output: 8 << 20,
            log_bytes: 64 << 10,
            keyvalue_bytes: 1 << 20,
            http_requests: 64,
            http_request_bytes: 8 << 20,
            http_response_bytes: 32 << 20,
            filesystem_write_bytes: 64 << 20,
            table_elements: 100_000,
            open_handles: 256,
            questions: 64,
            concurrency: 64,
            calls_per_minute: 600_000,
            calls_per_instance: 10_000,
        }
    }
}

impl Serialize for Limits {
    /// An object from the limits' names to their values as people write them.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(
            LimitField::ALL.map(|field| (field.name(), field.display(self.get(field)))),
        )
    }
}

impl LimitValues {
    /// Sets one limit from its written form.
    ///
    /// # Errors
    /// See [`LimitField::parse`].
    pub fn parse(&mut self, field: LimitField, text: &str) -> Result<(), Invalid> {
        self.0.insert(field, field.parse(text)?);
        Ok(())
    }

    /// Sets one limit from a plain number.
    ///
    /// # Errors
    /// See [`LimitField::parse_integer`].
    pub fn parse_integer(&mut self, field: LimitField, number: i64) -> Result<(), Invalid> {
        self.0.insert(field, field.parse_integer(number)?);
        Ok(())
    }

    /// The value of a limit in base units, if it is set.
    pub fn get(&self, field: LimitField) -> Option<u64> {
        self.0.get(&field).copied()
    }

    /// The limits that are set, in the order in which they are shown.
    pub fn iter(&self) -> impl Iterator<Item = (LimitField, u64)> + '_ {
        self.0.iter().map(|(&field, &value)| (field, value))
    }

    /// Whether no limit is set.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The values that are higher than the given limits.
    #[must_use]
    pub(crate) fn above(&self, limits: &Limits) -> Self {
        Self(
            self.iter()
                .filter(|&(field, value)| value > limits.get(field))
                .collect(),
        )
    }

    /// Sets one limit to a value that [`LimitField::parse`] has checked.
    pub(crate) fn insert(&mut self, field: LimitField, value: u64) {
        self.0.insert(field, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values(pairs: &[(&str, &str)]) -> LimitValues {
        let mut values = LimitValues::default();
        for (field, text) in pairs {
            values
                .parse(field.parse().expect("a limit"), text)
                .expect("a value");
        }
        values
    }

    #[test]
    fn defaults_are_within_bounds() {
        for field in LimitField::ALL {
            let text = field.display(Limits::default().get(field));
            assert_eq!(
                field.parse(&text),
                Ok(Limits::default().get(field)),
                "{field}"
            );
            assert_eq!(field.name().parse::<LimitField>(), Ok(field));
        }
        assert!(
            "stack"
                .parse::<LimitField>()
                .unwrap_err()
                .accepted
                .starts_with("memory, fuel, deadline")
        );
    }

    #[test]
    fn every_field_can_be_set_alone() {
        for field in LimitField::ALL {
            let mut ask = LimitValues::default();
            let (_, greatest) = field.bounds();
            ask.parse(field, &field.display(greatest))
                .expect("within bounds");
            let limits = Limits::default().with(&ask);
            for other in LimitField::ALL {
                let expected = if other == field {
                    greatest
                } else {
                    Limits::default().get(other)
                };
                assert_eq!(limits.get(other), expected, "{field} {other}");
            }
        }
    }

    #[test]
    fn the_grant_rules_and_an_ask_only_lowers() {
        for (asked, granted, effective) in [
            (None, None, "64MiB"),
            (Some("32MiB"), None, "32MiB"),
            (Some("64MiB"), None, "64MiB"),
            (Some("128MiB"), None, "64MiB"),
            (Some("128MiB"), Some("128MiB"), "128MiB"),
            (Some("128MiB"), Some("96MiB"), "96MiB"),
            (Some("32MiB"), Some("16MiB"), "16MiB"),
            (Some("32MiB"), Some("256MiB"), "256MiB"),
            (None, Some("16MiB"), "16MiB"),
        ] {
            let some = |value: Option<&str>| {
                value.map_or_else(LimitValues::default, |v| values(&[("memory", v)]))
            };
            let limits = Limits::default().effective(&some(asked), &some(granted));
            assert_eq!(
                LimitField::Memory.display(limits.memory),
                effective,
                "{asked:?} {granted:?}"
            );
        }
    }

    #[test]
    fn fuel_off_is_more_than_any_fuel() {
        let off = values(&[("fuel", "off")]);
        let defaults = Limits::default();
        assert_eq!(
            defaults.effective(&off, &LimitValues::default()).fuel,
            defaults.fuel
        );
        assert_eq!(defaults.effective(&LimitValues::default(), &off).fuel, None);
        let metered = values(&[("fuel", "1000")]);
        assert_eq!(
            defaults
                .clone()
                .with(&off)
                .effective(&metered, &LimitValues::default())
                .fuel,
            Some(1000)
        );
        assert_eq!(off.above(&defaults), off);
        assert!(metered.above(&defaults).is_empty());
    }

    #[test]
    fn limits_are_shown_as_they_are_written() {
        let json = serde_json::to_string(&Limits::default()).expect("a map of strings");
        assert!(
            json.starts_with(
                r#"{"memory":"64MiB","fuel":"50000000000","deadline":"30s","task-deadline":"1h","output":"8MiB""#
            ),
            "{json}"
        );
    }
}
