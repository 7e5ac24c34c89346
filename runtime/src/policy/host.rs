//! Hosts and host patterns.
//!
//! A host has one spelling here: lower-case, in its ASCII (IDNA) form, without
//! a trailing dot; an IPv4 address as four decimal numbers, an IPv6 address in
//! its shortest form. Two hosts are the same when their spellings are equal.
//! Other spellings of an address that some resolvers accept (`0x7f.1`,
//! `2130706433`, `127.1`) are refused rather than translated, so that what is
//! checked is what is connected to.

use std::{
    fmt,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

use super::{invalid::Invalid, text::quoted};

/// What a host may be, for messages.
const HOST_ACCEPTED: &str =
    "a host name such as api.github.com, an IPv4 address, or an IPv6 address in brackets";
/// What a host pattern may be, for messages.
const PATTERN_ACCEPTED: &str = "a host name such as api.github.com, *.example.com for every host below example.com, or an IP address";

/// One host: a name or an address, in its one spelling.
///
/// Built by parsing only. Parse a host that came from a guest before comparing
/// *and before resolving* it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Host(Repr);

#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
enum Repr {
    Name(String),
    Address(IpAddr),
}

/// One host, or every host below a name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HostPattern {
    /// `api.example.com`: this host.
    Exact(Host),
    /// `*.example.com`: one or more labels below this name, never the name
    /// itself. The name has two labels at least: `*.com` is no pattern.
    Below(Host),
}

impl Host {
    /// The host's address when it is written as one.
    pub fn address(&self) -> Option<IpAddr> {
        match self.0 {
            Repr::Name(_) => None,
            Repr::Address(address) => Some(address),
        }
    }

    /// The host's name when it is not an address.
    pub fn name(&self) -> Option<&str> {
        match &self.0 {
            Repr::Name(name) => Some(name),
            Repr::Address(_) => None,
        }
    }
}

impl From<IpAddr> for Host {
    fn from(address: IpAddr) -> Self {
        Self(Repr::Address(address))
    }
}

impl FromStr for Host {
    type Err = Invalid;

    /// Reads `api.github.com`, `bücher.example`, `192.0.2.7`, `[2001:db8::7]`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = || Invalid::new(format!("{} is not a host", quoted(text)), HOST_ACCEPTED);
        if let Some(inner) = text.strip_prefix('[') {
            let inner = inner.strip_suffix(']').ok_or_else(refused)?;
            let address: Ipv6Addr = inner.parse().map_err(|_| refused())?;
            return Ok(Self(Repr::Address(address.into())));
        }
        let text = text.strip_suffix('.').unwrap_or(text);
        if let Ok(address) = text.parse::<Ipv4Addr>() {
            return Ok(Self(Repr::Address(address.into())));
        }
        // The URL parser undoes percent-encoding; a host is never written so.
        if text.contains('%') {
            return Err(refused());
        }
        match url::Host::parse(text) {
            Ok(url::Host::Domain(name)) if is_name(&name) => Ok(Self(Repr::Name(name))),
            _ => Err(refused()),
        }
    }
}

impl fmt::Display for Host {
    /// The one spelling, IPv6 addresses in brackets.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Repr::Name(name) => f.write_str(name),
            Repr::Address(IpAddr::V4(address)) => write!(f, "{address}"),
            Repr::Address(IpAddr::V6(address)) => write!(f, "[{address}]"),
        }
    }
}

impl HostPattern {
    /// Whether the host is one of the pattern's.
    pub fn covers(&self, host: &Host) -> bool {
        match self {
            Self::Exact(this) => this == host,
            Self::Below(apex) => is_below(host, apex),
        }
    }

    /// Whether every host of the other pattern is one of this pattern's.
    pub fn covers_pattern(&self, other: &Self) -> bool {
        match (self, other) {
            (_, Self::Exact(host)) => self.covers(host),
            (Self::Exact(_), Self::Below(_)) => false,
            (Self::Below(apex), Self::Below(below)) => apex == below || is_below(below, apex),
        }
    }

    /// The hosts that both patterns have. Of two patterns that share a host,
    /// one always covers the other.
    pub fn intersection(&self, other: &Self) -> Option<Self> {
        if self.covers_pattern(other) {
            Some(other.clone())
        } else if other.covers_pattern(self) {
            Some(self.clone())
        } else {
            None
        }
    }

    /// Sorts patterns from the most specific: exact hosts, then the longer
    /// names below which hosts match.
    pub(crate) fn breadth(&self) -> usize {
        match self {
            Self::Exact(_) => 0,
            Self::Below(apex) => usize::MAX - apex.name().map_or(0, str::len),
        }
    }
}

impl FromStr for HostPattern {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |why: &str| Invalid::new(format!("{} {why}", quoted(text)), PATTERN_ACCEPTED);
        let Some(apex) = text.strip_prefix("*.") else {
            let host = text.parse().map_err(|_| refused("is not a host"))?;
            return Ok(Self::Exact(host));
        };
        let apex: Host = apex.parse().map_err(|_| refused("is not a host pattern"))?;
        match apex.name() {
            None => Err(refused(
                "is not a host pattern: no host is below an address",
            )),
            Some(name) if !name.contains('.') => {
                Err(refused("would cover a whole top-level domain"))
            }
            Some(_) => Ok(Self::Below(apex)),
        }
    }
}

impl fmt::Display for HostPattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Exact(host) => write!(f, "{host}"),
            Self::Below(apex) => write!(f, "*.{apex}"),
        }
    }
}

fn is_below(host: &Host, apex: &Host) -> bool {
    match (host.name(), apex.name()) {
        (Some(host), Some(apex)) => host
            .strip_suffix(apex)
            .is_some_and(|labels| labels.ends_with('.')),
        _ => false,
    }
}

/// A name as DNS has them, with the underscore that some hosts use.
fn is_name(name: &str) -> bool {
    let is_label = |label: &str| {
        (1..=63).contains(&label.len())
            && label
                .bytes()
                .all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    name.len() <= 253 && name.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn host(text: &str) -> Host {
        text.parse()
            .unwrap_or_else(|invalid| panic!("{text}: {invalid}"))
    }

    fn pattern(text: &str) -> HostPattern {
        text.parse()
            .unwrap_or_else(|invalid| panic!("{text}: {invalid}"))
    }

    #[test]
    fn a_host_has_one_spelling() {
        for (text, spelling) in [
            ("API.GitHub.com", "api.github.com"),
            ("api.github.com.", "api.github.com"),
            ("bücher.example", "xn--bcher-kva.example"),
            ("BÜCHER.example", "xn--bcher-kva.example"),
            ("xn--bcher-kva.example", "xn--bcher-kva.example"),
            ("ex。ample.com", "ex.ample.com"),
            ("localhost", "localhost"),
            ("_dmarc.example.com", "_dmarc.example.com"),
            ("192.0.2.7", "192.0.2.7"),
            ("[2001:DB8:0:0::7]", "[2001:db8::7]"),
        ] {
            assert_eq!(host(text).to_string(), spelling);
        }
    }

    #[test]
    fn other_texts_are_no_hosts() {
        for text in [
            "",
            ".",
            "a..b",
            "api.github.com..",
            "https://api.github.com",
            "api.github.com/",
            "api.github.com:443",
            "user@api.github.com",
            "api github.com",
            "api.git%68ub.com",
            "api\r\n.com",
            "*",
            "*.example.com",
            "a.*.example.com",
            "-a.example.com",
            "2001:db8::7",
            "[fe80::1%eth0]",
            "[::1",
            "0x7f.1",
            "2130706433",
            "127.1",
            "0177.0.0.1",
            "256.0.0.1",
            "xn--a",
            &"a".repeat(64),
        ] {
            let refused = text.parse::<Host>().expect_err(text);
            assert!(refused.message.contains("is not a host"), "{refused}");
        }
    }

    #[test]
    fn patterns_cover_hosts() {
        for (pattern_text, host_text, covered) in [
            ("api.example.com", "api.example.com", true),
            ("api.example.com", "API.example.com.", true),
            ("api.example.com", "x.api.example.com", false),
            ("api.example.com", "example.com", false),
            ("*.example.com", "api.example.com", true),
            ("*.example.com", "a.b.example.com", true),
            ("*.example.com", "example.com", false),
            ("*.example.com", "badexample.com", false),
            ("*.example.com", "example.com.evil.net", false),
            ("*.0.0.example", "127.0.0.1", false),
            ("127.0.0.1", "127.0.0.1", true),
            ("127.0.0.1", "127.0.0.2", false),
            ("[::1]", "[0:0::1]", true),
            ("[::ffff:127.0.0.1]", "127.0.0.1", false),
        ] {
            assert_eq!(
                pattern(pattern_text).covers(&host(host_text)),
                covered,
                "{pattern_text} {host_text}"
            );
        }
    }

    #[test]
    fn patterns_too_wide_are_refused() {
        for text in [
            "*",
            "*.",
            "*.com",
            "*.*.com",
            "a.*",
            "*example.com",
            "*.127.0.0.1",
            "*.[::1]",
            "**.example.com",
        ] {
            assert!(text.parse::<HostPattern>().is_err(), "{text}");
        }
    }

    #[test]
    fn patterns_intersect_in_the_narrower() {
        for (a, b, both) in [
            ("*.example.com", "api.example.com", Some("api.example.com")),
            ("*.example.com", "*.example.com", Some("*.example.com")),
            ("*.example.com", "*.b.example.com", Some("*.b.example.com")),
            ("*.example.com", "example.com", None),
            ("*.example.com", "*.example.net", None),
            ("a.example.com", "b.example.com", None),
        ] {
            let both = both.map(str::to_owned);
            assert_eq!(
                pattern(a).intersection(&pattern(b)).map(|p| p.to_string()),
                both,
                "{a} {b}"
            );
            assert_eq!(
                pattern(b).intersection(&pattern(a)).map(|p| p.to_string()),
                both,
                "{b} {a}"
            );
        }
    }
}
