//! As much of URLs as a client needs: `http` and `https`, without credentials.
//!
//! A character that a URL may not hold is percent-encoded; a fragment is
//! dropped, since it is never sent. Host names are taken as ASCII.

use std::fmt;

/// A parsed URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) https: bool,
    /// Host in lower case, with the port if one is named.
    pub(super) authority: String,
    /// Path and query; begins with a slash.
    pub(super) path: String,
}

impl Url {
    pub(super) fn parse(text: &str) -> Result<Self, &'static str> {
        let (scheme, rest) = text
            .split_once("://")
            .ok_or("it must begin with `https://` or `http://`")?;
        let https = match scheme.to_ascii_lowercase().as_str() {
            "https" => true,
            "http" => false,
            _ => return Err("only `https` and `http` are supported"),
        };
        Self::parse_authority(https, rest)
    }

    fn parse_authority(https: bool, rest: &str) -> Result<Self, &'static str> {
        let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
        let (authority, path) = rest.split_at(end);
        if authority.is_empty() || authority.starts_with(':') {
            return Err("it names no host");
        }
        if authority.contains('@') {
            return Err("it holds credentials; send them in a header");
        }
        let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~:[]%".contains(&byte);
        if !authority.bytes().all(allowed) {
            return Err("its host holds a character that is not allowed");
        }
        Ok(Self {
            https,
            authority: authority.to_ascii_lowercase(),
            path: sanitize_path(path),
        })
    }

    /// The URL that a `location` header read at this one means.
    pub(super) fn join(&self, location: &str) -> Result<Self, &'static str> {
        let scheme_end = location.find([':', '/', '?', '#']);
        if scheme_end.is_some_and(|end| location[end..].starts_with(':')) {
            return Self::parse(location);
        }
        if let Some(rest) = location.strip_prefix("//") {
            return Self::parse_authority(self.https, rest);
        }
        let own_path = self.path.split('?').next().unwrap_or("/");
        let folder = &own_path[..=own_path.rfind('/').unwrap_or(0)];
        let path = match location.chars().next() {
            Some('/') => location.to_owned(),
            Some('?') => format!("{own_path}{location}"),
            Some('#') | None => self.path.clone(),
            Some(_) => format!("{folder}{location}"),
        };
        let query = path.find(['?', '#']).unwrap_or(path.len());
        let (path, query) = path.split_at(query);
        Ok(Self {
            path: sanitize_path(&(without_dots(path) + query)),
            ..self.clone()
        })
    }

    pub(super) fn same_origin(&self, other: &Self) -> bool {
        self.https == other.https && self.host_and_port() == other.host_and_port()
    }

    fn host_and_port(&self) -> &str {
        let default = if self.https { ":443" } else { ":80" };
        self.authority
            .strip_suffix(default)
            .unwrap_or(&self.authority)
    }
}

impl fmt::Display for Url {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let scheme = if self.https { "https" } else { "http" };
        write!(f, "{scheme}://{}{}", self.authority, self.path)
    }
}

/// Percent-encodes a text so that it can stand for one value in a URL's path or
/// query: all but letters, digits and `-._~`.
pub fn encode(text: &str) -> String {
    encode_unless(text, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~".contains(&byte)
    })
}

/// Path and query as they are sent.
fn sanitize_path(path: &str) -> String {
    let path = path.split('#').next().unwrap_or_default();
    let encoded = encode_unless(path, |byte| {
        byte.is_ascii_alphanumeric() || b"-._~:/?[]@!$&'()*+,;=%".contains(&byte)
    });
    if encoded.starts_with('/') {
        encoded
    } else {
        format!("/{encoded}")
    }
}

/// The path with its `.` and `..` segments resolved.
fn without_dots(path: &str) -> String {
    let mut segments: Vec<&str> = Vec::new();
    let mut ends_in_folder = false;
    for segment in path.split('/').skip(1) {
        ends_in_folder = matches!(segment, "." | "..");
        match segment {
            "." => {}
            ".." => {
                segments.pop();
            }
            _ => segments.push(segment),
        }
    }
    if ends_in_folder {
        segments.push("");
    }
    format!("/{}", segments.join("/"))
}

fn encode_unless(text: &str, allowed: impl Fn(u8) -> bool) -> String {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if allowed(byte) {
            encoded.push(char::from(byte));
        } else {
            encoded.push('%');
            encoded.push(char::from(DIGITS[usize::from(byte >> 4)]));
            encoded.push(char::from(DIGITS[usize::from(byte & 15)]));
        }
    }
    encoded
}

#[cfg(test)]
mod tests {
    use super::*;

    fn url(text: &str) -> Url {
        Url::parse(text).unwrap()
    }

    #[test]
    fn what_is_sent() {
        assert_eq!(url("HTTPS://A.example").to_string(), "https://a.example/");
        assert_eq!(url("http://a:8080?q=ü x#f").path, "/?q=%C3%BC%20x");
        assert_eq!(url("http://[::1]:80/a%20b").path, "/a%20b");
        assert_eq!(encode("a b/ü"), "a%20b%2F%C3%BC");
    }

    #[test]
    fn what_is_refused() {
        for bad in [
            "a.example",
            "ftp://a",
            "https://",
            "https:///x",
            "https://u:p@a/",
            "http://a b/",
            "",
        ] {
            assert!(Url::parse(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn where_a_location_leads() {
        let base = url("https://a.example/x/y?q=1");
        for (location, target) in [
            ("z", "https://a.example/x/z"),
            ("../z?r=a/../b", "https://a.example/z?r=a/../b"),
            ("../../..", "https://a.example/"),
            ("/z#f", "https://a.example/z"),
            ("?r", "https://a.example/x/y?r"),
            ("#f", "https://a.example/x/y?q=1"),
            ("//b.example", "https://b.example/"),
            ("http://c.example/w", "http://c.example/w"),
            ("z/t:1", "https://a.example/x/z/t:1"),
        ] {
            assert_eq!(base.join(location).unwrap().to_string(), target);
        }
        assert!(base.join("javascript:alert(1)").is_err());
    }

    #[test]
    fn origins() {
        assert!(url("https://a/x").same_origin(&url("https://A:443/y")));
        assert!(!url("https://a").same_origin(&url("http://a")));
        assert!(!url("https://a").same_origin(&url("https://a:444")));
    }
}
