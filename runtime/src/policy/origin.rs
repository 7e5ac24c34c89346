//! Where an HTTP request goes: scheme, host and port.

use std::{fmt, str::FromStr};

use super::{
    host::{Host, HostPattern},
    invalid::Invalid,
    text::quoted,
};

/// What an origin may be, for messages.
const ACCEPTED: &str =
    "HOST, HOST:PORT, http://HOST or http://HOST:PORT; HOST may be *.example.com";

/// The schemes a plugin can use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Scheme {
    /// `https`, the default; port 443 unless another is named.
    #[default]
    Https,
    /// `http`, without protection on the way; port 80 unless another is named.
    Http,
}

/// Scheme, host pattern and port.
///
/// Written `api.github.com` (https, port 443), `api.github.com:8443`,
/// `http://api.github.com` (port 80) or `http://[::1]:3000`. `https://` may be
/// written, `Display` leaves it out.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Origin {
    /// The scheme, exactly.
    pub scheme: Scheme,
    /// The host, or the hosts below a name.
    pub host: HostPattern,
    /// The port, exactly.
    pub port: u16,
}

impl Scheme {
    /// 443 or 80.
    pub fn default_port(self) -> u16 {
        match self {
            Self::Https => 443,
            Self::Http => 80,
        }
    }

    /// `https` or `http`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Https => "https",
            Self::Http => "http",
        }
    }
}

impl FromStr for Scheme {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "https" => Ok(Self::Https),
            "http" => Ok(Self::Http),
            _ => Err(Invalid::new(
                format!("{} is not a scheme", quoted(text)),
                "https, http",
            )),
        }
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl Origin {
    /// The origin of a URL, which names one host. The rest of the URL does not
    /// matter here.
    ///
    /// # Errors
    /// A text that is no `https` or `http` URL, or one that carries a user
    /// name or a password: those belong into a secret.
    pub fn of_url(url: &str) -> Result<Self, Invalid> {
        let accepted = "an https or http URL such as https://api.example.com/v1";
        let refused = |why: &str| Invalid::new(format!("{} {why}", quoted(url)), accepted);
        let parsed = url::Url::parse(url).map_err(|_| refused("is not a URL"))?;
        let scheme: Scheme = parsed
            .scheme()
            .parse()
            .map_err(|_| refused("is not an https or http URL"))?;
        if !parsed.username().is_empty() || parsed.password().is_some() {
            // The value is left out of the message: it holds a password.
            return Err(Invalid::new(
                "the URL holds a user name or a password, which belong into a secret",
                accepted,
            ));
        }
        let host: Host = parsed
            .host_str()
            .unwrap_or_default()
            .parse()
            .map_err(|_| refused("has no valid host"))?;
        let port = parsed.port().unwrap_or(scheme.default_port());
        Ok(Self {
            scheme,
            host: HostPattern::Exact(host),
            port,
        })
    }

    /// What both origins have, when they have something in common.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        if self.scheme != other.scheme || self.port != other.port {
            return None;
        }
        let host = self.host.intersection(&other.host)?;
        Some(Self {
            scheme: self.scheme,
            host,
            port: self.port,
        })
    }
}

impl FromStr for Origin {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |why: &str| Invalid::new(format!("{} {why}", quoted(text)), ACCEPTED);
        let (scheme, rest) = match text.split_once("://") {
            None => (Scheme::Https, text),
            Some((scheme, rest)) => (
                scheme
                    .parse()
                    .map_err(|_| refused("has an unknown scheme"))?,
                rest,
            ),
        };
        if rest.contains(['/', '?', '#', '@']) {
            return Err(refused(
                "is more than a host: a path, a query or a user name cannot be granted",
            ));
        }
        // The colon of a port comes after the bracket that closes an IPv6 address.
        let colon = rest
            .rfind(':')
            .filter(|&colon| rest.rfind(']').is_none_or(|bracket| bracket < colon));
        let (host, port) = match colon {
            None => (rest, scheme.default_port()),
            Some(colon) => {
                let digits = &rest[colon + 1..];
                let port = digits
                    .parse()
                    .ok()
                    .filter(|&port| port != 0 && !digits.starts_with('+'));
                (
                    &rest[..colon],
                    port.ok_or_else(|| refused("has a port that is not 1 to 65535"))?,
                )
            }
        };
        let host = host
            .parse::<HostPattern>()
            .map_err(|invalid| Invalid::new(invalid.message, ACCEPTED))?;
        Ok(Self { scheme, host, port })
    }
}

impl fmt::Display for Origin {
    /// The shortest text that parses to this origin.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.scheme != Scheme::default() {
            write!(f, "{}://", self.scheme)?;
        }
        write!(f, "{}", self.host)?;
        if self.port != self.scheme.default_port() {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(text: &str) -> Origin {
        text.parse()
            .unwrap_or_else(|invalid| panic!("{text}: {invalid}"))
    }

    #[test]
    fn origins_read_and_write() {
        for (text, scheme, port, written) in [
            ("api.github.com", Scheme::Https, 443, "api.github.com"),
            (
                "https://api.github.com:443",
                Scheme::Https,
                443,
                "api.github.com",
            ),
            (
                "API.github.com:8443",
                Scheme::Https,
                8443,
                "api.github.com:8443",
            ),
            (
                "http://api.github.com",
                Scheme::Http,
                80,
                "http://api.github.com",
            ),
            ("http://[::1]:3000", Scheme::Http, 3000, "http://[::1]:3000"),
            ("[::1]", Scheme::Https, 443, "[::1]"),
            (
                "*.example.com:8443",
                Scheme::Https,
                8443,
                "*.example.com:8443",
            ),
        ] {
            let read = origin(text);
            assert_eq!((read.scheme, read.port), (scheme, port), "{text}");
            assert_eq!(read.to_string(), written);
            assert_eq!(origin(written), read);
        }
    }

    #[test]
    fn other_texts_are_no_origins() {
        for text in [
            "",
            "ftp://a.example",
            "a.example/path",
            "https://a.example/",
            "u:p@a.example",
            "a.example:",
            "a.example:0",
            "a.example:65536",
            "a.example:+80",
            "a.example:80:80",
            "::1",
            "::1:443",
            "*",
            "HTTP://a.example",
        ] {
            assert!(text.parse::<Origin>().is_err(), "{text}");
        }
    }

    #[test]
    fn the_origin_of_a_url() {
        assert_eq!(
            Origin::of_url("https://git.example.com:3000/api/v1?x#y").expect("accepted"),
            origin("git.example.com:3000")
        );
        assert_eq!(
            Origin::of_url("HTTP://127.0.0.1:80").expect("accepted"),
            origin("http://127.0.0.1")
        );
        assert_eq!(
            Origin::of_url("https://[::1]/").expect("accepted"),
            origin("[::1]")
        );
        for text in [
            "",
            "git.example.com",
            "ftp://git.example.com",
            "file:///etc/passwd",
            "https://",
            "https://*.example.com",
        ] {
            assert!(Origin::of_url(text).is_err(), "{text}");
        }
        let refused = Origin::of_url("https://me:hunter2@git.example.com").expect_err("refused");
        assert!(!refused.to_string().contains("hunter2"), "{refused}");
    }

    #[test]
    fn scheme_and_port_must_be_the_same() {
        for (a, b, both) in [
            ("a.example.com", "a.example.com", true),
            ("a.example.com", "a.example.com:8443", false),
            ("a.example.com:80", "http://a.example.com", false),
            ("*.example.com", "a.example.com", true),
        ] {
            assert_eq!(
                origin(a).intersection(&origin(b)).is_some(),
                both,
                "{a} {b}"
            );
        }
    }
}
