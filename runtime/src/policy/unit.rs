//! Sizes and durations as people write them.
//!
//! - sizes: plain bytes (`65536`), or a whole number with `KiB`, `MiB`, `GiB`
//!   (powers of 1024) or `kB`, `KB`, `MB`, `GB` (powers of 1000), or `B`;
//! - durations: a whole number with `ms`, `s`, `m`, `h` or `d` (24 hours); a
//!   bare number is refused, because it would leave the unit open.
//!
//! A space between number and unit is allowed. Signs, fractions and exponents
//! are not.

use std::{ops::RangeInclusive, time::Duration};

use super::{invalid::Invalid, text::quoted};

/// What a size may be, for messages.
pub(crate) const SIZE_ACCEPTED: &str =
    "a size such as 32MiB, 512KiB, 1GB, or a whole number of bytes";
/// What a duration may be, for messages.
pub(crate) const DURATION_ACCEPTED: &str = "a duration such as 10s, 500ms, 2m, 1h, 30d";
/// What a count may be, for messages.
pub(crate) const COUNT_ACCEPTED: &str = "a whole number";

const SIZES: &[(&str, u64)] = &[
    ("", 1),
    ("B", 1),
    ("KiB", 1 << 10),
    ("MiB", 1 << 20),
    ("GiB", 1 << 30),
    ("kB", 1_000),
    ("KB", 1_000),
    ("MB", 1_000_000),
    ("GB", 1_000_000_000),
];

const DURATIONS: &[(&str, u64)] = &[
    ("ms", 1),
    ("s", 1_000),
    ("m", 60_000),
    ("h", 3_600_000),
    ("d", 86_400_000),
];

/// The bytes in a size.
pub(crate) fn parse_size(text: &str) -> Result<u64, Invalid> {
    parse(text, SIZES)
        .ok_or_else(|| Invalid::new(format!("{} is not a size", quoted(text)), SIZE_ACCEPTED))
}

/// The milliseconds in a duration.
pub(crate) fn parse_milliseconds(text: &str) -> Result<u64, Invalid> {
    parse(text, DURATIONS).ok_or_else(|| {
        Invalid::new(
            format!("{} is not a duration", quoted(text)),
            DURATION_ACCEPTED,
        )
    })
}

/// A duration that is within bounds, which are in milliseconds.
pub(crate) fn parse_duration(text: &str, bounds: RangeInclusive<u64>) -> Result<Duration, Invalid> {
    let milliseconds = parse_milliseconds(text)?;
    if bounds.contains(&milliseconds) {
        return Ok(Duration::from_millis(milliseconds));
    }
    let (least, greatest) = (*bounds.start(), *bounds.end());
    Err(Invalid::new(
        format!("{} is out of range", quoted(text)),
        format!(
            "{} to {}",
            format_milliseconds(least),
            format_milliseconds(greatest)
        ),
    ))
}

/// A number without a unit.
pub(crate) fn parse_count(text: &str) -> Result<u64, Invalid> {
    parse(text, &[("", 1)]).ok_or_else(|| {
        Invalid::new(
            format!("{} is not a whole number", quoted(text)),
            COUNT_ACCEPTED,
        )
    })
}

/// The size in the largest binary unit that leaves a whole number: `64MiB`.
pub(crate) fn format_size(bytes: u64) -> String {
    format(
        bytes,
        &[
            ("GiB", 1 << 30),
            ("MiB", 1 << 20),
            ("KiB", 1 << 10),
            ("B", 1),
        ],
    )
}

/// The duration in the largest unit that leaves a whole number: `30s`.
pub(crate) fn format_milliseconds(milliseconds: u64) -> String {
    format(
        milliseconds,
        &[
            ("d", 86_400_000),
            ("h", 3_600_000),
            ("m", 60_000),
            ("s", 1_000),
            ("ms", 1),
        ],
    )
}

fn parse(text: &str, units: &[(&str, u64)]) -> Option<u64> {
    let end = text
        .find(|c: char| !c.is_ascii_digit())
        .unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let number: u64 = number.parse().ok()?;
    let unit = unit.strip_prefix(' ').unwrap_or(unit);
    let (_, factor) = units.iter().find(|(name, _)| *name == unit)?;
    number.checked_mul(*factor)
}

fn format(value: u64, units: &[(&str, u64)]) -> String {
    let whole = units
        .iter()
        .find(|(_, factor)| value >= *factor && value.is_multiple_of(*factor));
    match whole.or(units.last()) {
        Some((name, factor)) => format!("{}{name}", value / factor),
        None => value.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("0", 0),
            ("65536", 65_536),
            ("7B", 7),
            ("32MiB", 32 << 20),
            ("512KiB", 512 << 10),
            ("512 KiB", 512 << 10),
            ("1GB", 1_000_000_000),
            ("1kB", 1_000),
            ("2GiB", 2 << 30),
        ] {
            assert_eq!(parse_size(text), Ok(bytes), "{text}");
        }
        for text in [
            "",
            "MiB",
            "-1",
            "+1",
            "1.5MiB",
            "1mib",
            "1M",
            "1MiB ",
            " 1MiB",
            "1  MiB",
            "99999999999GiB",
            "1e3",
            "1_000",
        ] {
            let refused = parse_size(text).expect_err(text);
            assert_eq!(refused.accepted, SIZE_ACCEPTED);
        }
    }

    #[test]
    fn durations() {
        for (text, milliseconds) in [
            ("500ms", 500),
            ("10s", 10_000),
            ("2m", 120_000),
            ("1h", 3_600_000),
            ("30d", 30 * 86_400_000),
            ("1 s", 1_000),
        ] {
            assert_eq!(parse_milliseconds(text), Ok(milliseconds), "{text}");
        }
        for text in [
            "",
            "10",
            "s",
            "-1s",
            "1.5s",
            "1S",
            "1w",
            "1 min",
            "99999999999999999h",
        ] {
            assert!(parse_milliseconds(text).is_err(), "{text}");
        }
    }

    #[test]
    fn durations_within_bounds() {
        let within = |text| parse_duration(text, 0..=60_000);
        assert_eq!(within("0s"), Ok(Duration::ZERO));
        assert_eq!(within("1m"), Ok(Duration::from_secs(60)));
        assert_eq!(
            within("61s").unwrap_err().to_string(),
            "`61s` is out of range; accepted: 0ms to 1m"
        );
        assert_eq!(
            parse_duration("59s", 60_000..=86_400_000)
                .unwrap_err()
                .accepted,
            "1m to 1d"
        );
        assert!(within("60").unwrap_err().message.contains("not a duration"));
    }

    #[test]
    fn what_is_written_reads_back() {
        for (bytes, text) in [
            (0, "0B"),
            (1, "1B"),
            (1_000, "1000B"),
            (64 << 20, "64MiB"),
            (3 << 9, "1536B"),
            (1 << 40, "1024GiB"),
        ] {
            assert_eq!(format_size(bytes), text);
            assert_eq!(parse_size(text), Ok(bytes));
        }
        for (milliseconds, text) in [
            (1, "1ms"),
            (1_500, "1500ms"),
            (30_000, "30s"),
            (120_000, "2m"),
            (7_200_000, "2h"),
            (86_400_000, "1d"),
            (129_600_000, "36h"),
        ] {
            assert_eq!(format_milliseconds(milliseconds), text);
            assert_eq!(parse_milliseconds(text), Ok(milliseconds));
        }
    }
}
