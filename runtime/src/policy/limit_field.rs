//! The limits by name: how each is written, and what values it takes.

use std::{fmt, str::FromStr};

use super::{
    invalid::Invalid,
    text::quoted,
    unit::{
        COUNT_ACCEPTED, DURATION_ACCEPTED, SIZE_ACCEPTED, format_milliseconds, format_size,
        parse_count, parse_milliseconds, parse_size,
    },
};

/// The stored value of `fuel = "off"`: more than any amount of fuel.
pub(super) const FUEL_OFF: u64 = u64::MAX;
/// As many as a table of the sandbox has room for.
pub(crate) const MAX_TABLE_ELEMENTS: u64 = 100_000;
/// What fuel may be, for messages.
const FUEL_ACCEPTED: &str = "a whole number of fuel units, or off";

/// The name of a limit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum LimitField {
    /// `memory`
    Memory,
    /// `fuel`
    Fuel,
    /// `deadline`
    Deadline,
    /// `task-deadline`
    TaskDeadline,
    /// `output`
    Output,
    /// `log-bytes`
    LogBytes,
    /// `keyvalue-bytes`
    KeyvalueBytes,
    /// `http-requests`
    HttpRequests,
    /// `http-request-bytes`
    HttpRequestBytes,
    /// `http-response-bytes`
    HttpResponseBytes,
    /// `filesystem-write-bytes`
    FilesystemWriteBytes,
    /// `table-elements`
    TableElements,
    /// `open-handles`
    OpenHandles,
    /// `questions`
    Questions,
    /// `concurrency`
    Concurrency,
    /// `calls-per-minute`
    CallsPerMinute,
    /// `calls-per-instance`
    CallsPerInstance,
}

#[derive(Clone, Copy)]
enum Unit {
    Bytes,
    Milliseconds,
    Fuel,
    Count,
}

impl LimitField {
    /// Every limit, in the order in which they are shown.
    pub const ALL: [Self; 17] = [
        Self::Memory,
        Self::Fuel,
        Self::Deadline,
        Self::TaskDeadline,
        Self::Output,
        Self::LogBytes,
        Self::KeyvalueBytes,
        Self::HttpRequests,
        Self::HttpRequestBytes,
        Self::HttpResponseBytes,
        Self::FilesystemWriteBytes,
        Self::TableElements,
        Self::OpenHandles,
        Self::Questions,
        Self::Concurrency,
        Self::CallsPerMinute,
        Self::CallsPerInstance,
    ];

    /// The names of all limits, in the order of [`LimitField::ALL`].
    pub const NAMES: [&'static str; 17] = {
        let mut names = [""; 17];
        let mut index = 0;
        while index < names.len() {
            names[index] = Self::ALL[index].name();
            index += 1;
        }
        names
    };

    /// The limit's name in files, flags and messages.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Memory => "memory",
            Self::Fuel => "fuel",
            Self::Deadline => "deadline",
            Self::TaskDeadline => "task-deadline",
            Self::Output => "output",
            Self::LogBytes => "log-bytes",
            Self::KeyvalueBytes => "keyvalue-bytes",
            Self::HttpRequests => "http-requests",
            Self::HttpRequestBytes => "http-request-bytes",
            Self::HttpResponseBytes => "http-response-bytes",
            Self::FilesystemWriteBytes => "filesystem-write-bytes",
            Self::TableElements => "table-elements",
            Self::OpenHandles => "open-handles",
            Self::Questions => "questions",
            Self::Concurrency => "concurrency",
            Self::CallsPerMinute => "calls-per-minute",
            Self::CallsPerInstance => "calls-per-instance",
        }
    }

    /// The value in base units as people write it: `64MiB`, `30s`, `off`.
    pub fn display(self, value: u64) -> String {
        match self.unit() {
            Unit::Bytes => format_size(value),
            Unit::Milliseconds => format_milliseconds(value),
            Unit::Fuel if value == FUEL_OFF => "off".to_owned(),
            Unit::Fuel | Unit::Count => value.to_string(),
        }
    }

    /// Reads a value into base units: `32MiB`, `10s`, `off`, `64`.
    ///
    /// # Errors
    /// A value of another kind, or outside the field's bounds.
    pub fn parse(self, text: &str) -> Result<u64, Invalid> {
        let value = match self.unit() {
            Unit::Bytes => parse_size(text),
            Unit::Milliseconds => parse_milliseconds(text),
            Unit::Fuel if text == "off" => return Ok(FUEL_OFF),
            Unit::Fuel => parse_count(text).map_err(|_| {
                Invalid::new(
                    format!("{} is not an amount of fuel", quoted(text)),
                    FUEL_ACCEPTED,
                )
            }),
            Unit::Count => parse_count(text),
        }?;
        self.within_bounds(value, text)
    }

    /// Takes a plain number, as TOML has them: bytes, fuel or a count.
    ///
    /// # Errors
    /// A negative number, one outside the field's bounds, and any number for a
    /// duration, which needs a unit.
    pub fn parse_integer(self, number: i64) -> Result<u64, Invalid> {
        let text = number.to_string();
        match u64::try_from(number) {
            Ok(value) if !matches!(self.unit(), Unit::Milliseconds) => {
                self.within_bounds(value, &text)
            }
            _ => Err(Invalid::new(
                format!("{} is not {}", quoted(&text), self.kind()),
                self.accepted(),
            )),
        }
    }

    /// What the field accepts, for messages.
    pub fn accepted(self) -> &'static str {
        match self.unit() {
            Unit::Bytes => SIZE_ACCEPTED,
            Unit::Milliseconds => DURATION_ACCEPTED,
            Unit::Fuel => FUEL_ACCEPTED,
            Unit::Count => COUNT_ACCEPTED,
        }
    }

    /// The kind of value, with its article.
    fn kind(self) -> &'static str {
        match self.unit() {
            Unit::Bytes => "a size",
            Unit::Milliseconds => "a duration",
            Unit::Fuel => "an amount of fuel",
            Unit::Count => "a count",
        }
    }

    fn unit(self) -> Unit {
        match self {
            Self::Deadline | Self::TaskDeadline => Unit::Milliseconds,
            Self::Fuel => Unit::Fuel,
            Self::HttpRequests
            | Self::TableElements
            | Self::OpenHandles
            | Self::Questions
            | Self::Concurrency
            | Self::CallsPerMinute
            | Self::CallsPerInstance => Unit::Count,
            Self::Memory
            | Self::Output
            | Self::LogBytes
            | Self::KeyvalueBytes
            | Self::FilesystemWriteBytes
            | Self::HttpRequestBytes
            | Self::HttpResponseBytes => Unit::Bytes,
        }
    }

    /// The least value under which a call can work at all, and the greatest
    /// that the machine or good sense allows.
    pub(super) fn bounds(self) -> (u64, u64) {
        match self {
            Self::Memory => (64 << 10, 4 << 30),
            Self::Fuel => (1, FUEL_OFF - 1),
            Self::Deadline => (1, 24 * 3_600_000),
            Self::TaskDeadline => (1, 30 * 24 * 3_600_000),
            Self::Output => (1 << 10, 1 << 30),
            Self::LogBytes => (0, 1 << 30),
            Self::HttpRequests => (0, 1_000_000),
            Self::HttpRequestBytes | Self::HttpResponseBytes | Self::KeyvalueBytes => (0, 64 << 30),
            Self::FilesystemWriteBytes => (0, 64 << 40),
            Self::TableElements => (0, MAX_TABLE_ELEMENTS),
            Self::OpenHandles => (16, 100_000),
            Self::Questions => (0, 10_000),
            Self::Concurrency => (1, 100_000),
            Self::CallsPerMinute | Self::CallsPerInstance => (1, 1_000_000_000),
        }
    }

    fn within_bounds(self, value: u64, text: &str) -> Result<u64, Invalid> {
        let (least, greatest) = self.bounds();
        if (least..=greatest).contains(&value) {
            return Ok(value);
        }
        let side = if value < least {
            "below the least"
        } else {
            "above the greatest"
        };
        Err(Invalid::new(
            format!("{} is {side} `{}`", quoted(text), self.name()),
            format!("{} to {}", self.display(least), self.display(greatest)),
        ))
    }
}

impl FromStr for LimitField {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        Self::ALL
            .into_iter()
            .find(|field| field.name() == text)
            .ok_or_else(|| {
                Invalid::new(
                    format!("{} is not a limit", quoted(text)),
                    Self::NAMES.join(", "),
                )
            })
    }
}

impl fmt::Display for LimitField {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_of_the_wrong_kind_are_refused() {
        for (field, text) in [
            (LimitField::Memory, "10s"),
            (LimitField::Memory, "off"),
            (LimitField::Memory, "1KiB"),
            (LimitField::Memory, "5GiB"),
            (LimitField::Deadline, "10"),
            (LimitField::Deadline, "0s"),
            (LimitField::Deadline, "25h"),
            (LimitField::Fuel, "Off"),
            (LimitField::Fuel, "0"),
            (LimitField::Fuel, "1MiB"),
            (LimitField::HttpRequests, "1MiB"),
            (LimitField::Concurrency, "0"),
            (LimitField::OpenHandles, "1"),
        ] {
            assert!(field.parse(text).is_err(), "{field} {text}");
        }
        assert!(LimitField::Memory.parse_integer(-1).is_err());
        assert!(
            LimitField::Deadline
                .parse_integer(10)
                .unwrap_err()
                .to_string()
                .contains("500ms")
        );
        assert_eq!(LimitField::Memory.parse_integer(1 << 20), Ok(1 << 20));
        assert_eq!(
            LimitField::Concurrency
                .parse_integer(0)
                .unwrap_err()
                .to_string(),
            "`0` is below the least `concurrency`; accepted: 1 to 100000"
        );
    }
}
