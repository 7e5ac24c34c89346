//! Names of plugins, directories, settings and secrets.

use super::{invalid::Invalid, text::quoted};

/// What a name may be, for messages.
const ACCEPTED: &str = "a lower-case letter or digit, then up to 63 of a-z, 0-9 and `-`";

/// Accepts `[a-z0-9][a-z0-9-]{0,63}`.
///
/// # Errors
/// Any other name, with what would be accepted.
pub fn check_name(name: &str) -> Result<(), Invalid> {
    let allowed = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let first = name.chars().next().is_some_and(allowed);
    if first && name.len() <= 64 && name.chars().all(|c| allowed(c) || c == '-') {
        Ok(())
    } else {
        Err(Invalid::new(
            format!("{} is not a name", quoted(name)),
            ACCEPTED,
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names() {
        for name in ["a", "7zip", "github-issues", "a-", &"x".repeat(64)] {
            assert_eq!(check_name(name), Ok(()), "{name}");
        }
        for name in [
            "",
            "-a",
            "A",
            "a_b",
            "a.b",
            "a/b",
            "..",
            "ä",
            "a b",
            "a\n",
            &"x".repeat(65),
        ] {
            assert!(check_name(name).is_err(), "{name}");
        }
    }
}
