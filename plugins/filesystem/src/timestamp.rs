//! Points in time as RFC 3339 has them, in UTC, to the second.

use std::time::{SystemTime, UNIX_EPOCH};

const DAY: i64 = 86_400;

/// `2026-03-01T14:15:00Z`
pub(crate) fn rfc_3339(time: SystemTime) -> String {
    let seconds = match time.duration_since(UNIX_EPOCH) {
        Ok(after) => after.as_secs().cast_signed(),
        Err(before) => -before.duration().as_secs().cast_signed(),
    };
    let (year, month, day) = date(seconds.div_euclid(DAY));
    let second = seconds.rem_euclid(DAY);
    format!(
        "{year:04}-{month:02}-{day:02}T{:02}:{:02}:{:02}Z",
        second / 3600,
        second / 60 % 60,
        second % 60
    )
}

/// The date of a day counted from 1970-01-01, in the Gregorian calendar.
fn date(day: i64) -> (i64, i64, i64) {
    // Years that begin in March, counted from one that is divisible by 400:
    // then a leap day is the last day of its year, of its 4 and of its 400.
    let day = day + 719_468;
    let (cycle, day) = (day.div_euclid(146_097), day.rem_euclid(146_097));
    let year = (day - day / 1460 + day / 36_524 - day / 146_096) / 365;
    let day = day - (365 * year + year / 4 - year / 100);
    // The months from March on have 31, 30, 31, 30, 31 days, again and again.
    let month = (5 * day + 2) / 153;
    let day_of_month = day - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 {
        (month + 3, 0)
    } else {
        (month - 9, 1)
    };
    (400 * cycle + year + next, month, day_of_month)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::time::Duration;

    #[test]
    fn known_times() {
        for (seconds, text) in [
            (0, "1970-01-01T00:00:00Z"),
            (951_782_400, "2000-02-29T00:00:00Z"),
            (1_709_210_096, "2024-02-29T12:34:56Z"),
            (1_735_689_599, "2024-12-31T23:59:59Z"),
            (4_107_542_400, "2100-03-01T00:00:00Z"),
        ] {
            assert_eq!(rfc_3339(UNIX_EPOCH + Duration::from_secs(seconds)), text);
        }
        let before = UNIX_EPOCH - Duration::from_secs(1);
        assert_eq!(rfc_3339(before), "1969-12-31T23:59:59Z");
    }

    #[test]
    fn days_follow_one_another() {
        let mut last = date(-800_000);
        for day in -799_999..800_000 {
            let next = date(day);
            let (year, month, day_of_month) = last;
            let follows = next == (year, month, day_of_month + 1)
                || next == (year, month + 1, 1) && day_of_month >= 28
                || next == (year + 1, 1, 1) && (month, day_of_month) == (12, 31);
            assert!(follows, "{last:?} {next:?}");
            last = next;
        }
    }
}
