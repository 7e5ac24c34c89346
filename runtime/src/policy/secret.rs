//! Secrets: to which requests they are added, and how.
//!
//! A secret is added to a request that the policy allows, when all of these
//! hold:
//! - the manifest asked for the secret and the admin gave its source;
//! - the request's host is the secret's, on whatever port is granted for it;
//! - nobody on the way can read it: the request is `https`, or it is `http`
//!   and the address that is connected to is a loopback address of this
//!   machine. Such an address can only be reached when the admin granted it by
//!   address, so plain `http` never carries a secret by accident; a name such
//!   as `localhost` is no proof, the address is.
//!
//! Where these do not hold the request goes out without the secret.

use std::{fmt, net::IpAddr, str::FromStr};

use super::{
    grant::SecretSource,
    host::{Host, HostPattern},
    invalid::Invalid,
    origin::Scheme,
    text::quoted,
};

/// What a format may be, for messages.
const FORMAT_ACCEPTED: &str = "visible ASCII with {} exactly once, such as `Bearer {}`";

/// Headers that frame a message or steer a connection, and not the plugin's
/// to set: a secret in one of them would break the request or leave its hop.
const REFUSED_HEADERS: &[&str] = &[
    "connection",
    "content-length",
    "content-type",
    "expect",
    "host",
    "keep-alive",
    "proxy-authorization",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
];

/// A header value around a secret: a text with `{}` exactly once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretFormat {
    prefix: String,
    suffix: String,
}

/// One secret of a plugin's policy.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRule {
    /// The hosts that get the secret.
    pub host: HostPattern,
    /// The header, lower-case. It replaces what the guest may have set.
    pub header: String,
    /// The header's value around the secret.
    pub format: SecretFormat,
    /// Where the secret comes from.
    pub source: SecretSource,
}

/// A secret that cannot stand in a header. The secret is not in the message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SecretUnusable {
    /// The source gave nothing.
    #[error("the secret is empty")]
    Empty,
    /// The secret would break out of the header.
    #[error(
        "the secret contains a line break or another character that cannot stand in a header; accepted: visible ASCII"
    )]
    Character,
}

/// Accepts a header that can carry a secret, in any case, and gives its
/// lower-case name.
///
/// # Errors
/// A text that is no header name, and headers that frame the message.
pub fn check_header(text: &str) -> Result<String, Invalid> {
    let accepted = "a header such as authorization or x-api-key";
    let is_token = |c: char| c.is_ascii_alphanumeric() || "!#$%&'*+-.^_`|~".contains(c);
    if text.is_empty() || text.len() > 128 || !text.chars().all(is_token) {
        return Err(Invalid::new(
            format!("{} is not a header name", quoted(text)),
            accepted,
        ));
    }
    let header = text.to_ascii_lowercase();
    if REFUSED_HEADERS.contains(&header.as_str()) {
        return Err(Invalid::new(
            format!("header `{header}` cannot carry a secret"),
            accepted,
        ));
    }
    Ok(header)
}

impl SecretFormat {
    /// The header's value with the secret in place.
    ///
    /// # Errors
    /// A secret that cannot stand in a header. Line ends around a secret that
    /// was read from a file are for the reader to take off.
    pub fn fill(&self, secret: &str) -> Result<String, SecretUnusable> {
        if secret.is_empty() {
            return Err(SecretUnusable::Empty);
        }
        if !secret.chars().all(is_visible) {
            return Err(SecretUnusable::Character);
        }
        Ok(format!("{}{secret}{}", self.prefix, self.suffix))
    }
}

impl Default for SecretFormat {
    /// `{}`: the secret alone.
    fn default() -> Self {
        Self {
            prefix: String::new(),
            suffix: String::new(),
        }
    }
}

impl FromStr for SecretFormat {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let refused = |why: &str| Invalid::new(format!("{} {why}", quoted(text)), FORMAT_ACCEPTED);
        if text.len() > 256 || !text.chars().all(is_visible) {
            return Err(refused("is not a header value"));
        }
        if text.starts_with(' ') || text.ends_with(' ') {
            return Err(refused("begins or ends with a space"));
        }
        match text.split("{}").collect::<Vec<_>>()[..] {
            [prefix, suffix] => Ok(Self {
                prefix: prefix.to_owned(),
                suffix: suffix.to_owned(),
            }),
            [_] => Err(refused("has no place `{}` for the secret")),
            _ => Err(refused("has more than one place `{}` for the secret")),
        }
    }
}

impl fmt::Display for SecretFormat {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}{{}}{}", self.prefix, self.suffix)
    }
}

impl SecretRule {
    /// Whether the secret is added to an allowed request that goes to this
    /// host by this scheme, over a connection to this address. See the
    /// module's rules.
    pub fn attaches_to(&self, scheme: Scheme, host: &Host, address: IpAddr) -> bool {
        let private_on_the_way = match scheme {
            Scheme::Https => true,
            Scheme::Http => address.to_canonical().is_loopback(),
        };
        private_on_the_way && self.host.covers(host)
    }
}

/// Visible ASCII or a space, which is what every server takes in a header.
fn is_visible(c: char) -> bool {
    matches!(c, ' '..='~')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn formats_have_one_place() {
        for text in ["{}", "Bearer {}", "token={};v=1", "{ {} }"] {
            assert_eq!(
                text.parse::<SecretFormat>().expect("accepted").to_string(),
                text
            );
        }
        for (text, why) in [
            ("Bearer", "no place"),
            ("", "no place"),
            ("{} {}", "more than one place"),
            ("Bearer {}\r\nx: y", "not a header value"),
            ("Bäarer {}", "not a header value"),
            ("Bearer {} ", "begins or ends"),
        ] {
            assert!(
                text.parse::<SecretFormat>()
                    .unwrap_err()
                    .message
                    .contains(why),
                "{text}"
            );
        }
    }

    #[test]
    fn a_secret_cannot_break_out_of_its_header() {
        let format: SecretFormat = "Bearer {}".parse().expect("accepted");
        assert_eq!(format.fill("abc"), Ok("Bearer abc".to_owned()));
        assert_eq!(format.fill("{}"), Ok("Bearer {}".to_owned()));
        assert_eq!(format.fill(""), Err(SecretUnusable::Empty));
        for secret in ["abc\n", "a\r\nhost: evil", "a\0", "ä"] {
            assert_eq!(format.fill(secret), Err(SecretUnusable::Character));
        }
    }

    #[test]
    fn headers() {
        assert_eq!(
            check_header("Authorization"),
            Ok("authorization".to_owned())
        );
        assert_eq!(check_header("x-api-key"), Ok("x-api-key".to_owned()));
        for text in [
            "",
            "a b",
            "a:",
            "a\r\n",
            "Host",
            "content-length",
            "Transfer-Encoding",
            "ä",
        ] {
            assert!(check_header(text).is_err(), "{text}");
        }
    }

    #[test]
    fn secrets_travel_protected() {
        let rule = |host: &str| SecretRule {
            host: host.parse().expect("a pattern"),
            header: "authorization".to_owned(),
            format: SecretFormat::default(),
            source: SecretSource::Env("TOKEN".to_owned()),
        };
        for (secret_host, scheme, host, address, attached) in [
            (
                "api.example.com",
                Scheme::Https,
                "api.example.com",
                "93.184.216.34",
                true,
            ),
            (
                "api.example.com",
                Scheme::Http,
                "api.example.com",
                "93.184.216.34",
                false,
            ),
            (
                "api.example.com",
                Scheme::Https,
                "other.example.com",
                "93.184.216.34",
                false,
            ),
            (
                "*.example.com",
                Scheme::Https,
                "api.example.com",
                "93.184.216.34",
                true,
            ),
            (
                "*.example.com",
                Scheme::Https,
                "example.com",
                "93.184.216.34",
                false,
            ),
            ("localhost", Scheme::Http, "localhost", "127.0.0.1", true),
            ("localhost", Scheme::Http, "localhost", "::1", true),
            (
                "localhost",
                Scheme::Http,
                "localhost",
                "::ffff:127.0.0.1",
                true,
            ),
            ("localhost", Scheme::Http, "localhost", "10.0.0.1", false),
            ("127.0.0.1", Scheme::Http, "127.0.0.1", "127.0.0.1", true),
            ("10.0.0.1", Scheme::Http, "10.0.0.1", "10.0.0.1", false),
        ] {
            let host: Host = host.parse().expect("a host");
            let address: IpAddr = address.parse().expect("an address");
            assert_eq!(
                rule(secret_host).attaches_to(scheme, &host, address),
                attached,
                "{secret_host} {host} {address}"
            );
        }
    }
}
