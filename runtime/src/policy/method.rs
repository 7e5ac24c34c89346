//! HTTP methods.

use std::{fmt, str::FromStr};

use serde::Serialize;

use super::{invalid::Invalid, text::quoted};

/// An HTTP method in its exact spelling, such as `GET` or `PROPFIND`.
///
/// Methods are case-sensitive in HTTP, so only upper-case ones are accepted
/// here: `get` would never match. `CONNECT` (a tunnel to anywhere) and `TRACE`
/// (which echoes the headers the runtime adds) are refused.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct Method(String);

impl Method {
    /// What a request or a grant may name, for messages.
    pub(crate) const ACCEPTED: &'static str =
        "an upper-case HTTP method such as GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS";

    /// The methods of a request that names none: `GET` and `HEAD`.
    pub fn defaults() -> [Self; 2] {
        [Self("GET".to_owned()), Self("HEAD".to_owned())]
    }

    /// The method as it stands on the wire.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Method {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        if text == "CONNECT" || text == "TRACE" {
            return Err(Invalid::new(
                format!("method `{text}` is never allowed"),
                Self::ACCEPTED,
            ));
        }
        let allowed = |c: char| c.is_ascii_uppercase() || c == '-';
        if text.is_empty() || text.len() > 32 || !text.chars().all(allowed) {
            return Err(Invalid::new(
                format!("{} is not a method", quoted(text)),
                Self::ACCEPTED,
            ));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for Method {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn methods() {
        for text in ["GET", "POST", "PROPFIND", "VERSION-CONTROL"] {
            assert_eq!(text.parse::<Method>().expect("accepted").as_str(), text);
        }
        for text in [
            "",
            "get",
            "Get",
            "GET ",
            "GET\r\nX: y",
            "CONNECT",
            "TRACE",
            "*",
            &"A".repeat(33),
        ] {
            assert!(text.parse::<Method>().is_err(), "{text}");
        }
    }
}
