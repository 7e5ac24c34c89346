//! What the admin allows.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
};

use ipnet::IpNet;

use super::{
    instances::Instances, invalid::Invalid, limits::LimitValues, method::Method, origin::Origin,
    request::Access, text::quoted,
};

/// Everything the admin allows one plugin. Empty by default: nothing.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Grant {
    /// Outgoing HTTP.
    pub http: Vec<HttpGrant>,
    /// Whether its user is asked for what it requests of HTTP and is not granted.
    pub ask_http: bool,
    /// Where it may never go: what its user was asked and refused for good.
    pub never_http: Vec<Origin>,
    /// Directories by the name under which the guest sees them.
    pub filesystem: BTreeMap<String, FilesystemGrant>,
    /// Whether it may have a key-value store of its own.
    pub keyvalue: bool,
    /// Values of settings.
    pub settings: BTreeMap<String, String>,
    /// Where secrets come from.
    pub secrets: BTreeMap<String, SecretSource>,
    /// Limits in place of the defaults.
    pub limits: LimitValues,
    /// Whether its instances may be kept between calls.
    pub instances: Instances,
}

/// Outgoing HTTP to one origin, or to the origins below a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpGrant {
    /// Where to.
    pub origin: Origin,
    /// With which methods; `None` allows those that are requested.
    pub methods: Option<BTreeSet<Method>>,
    /// Addresses that are allowed although they are not public.
    pub addresses: Vec<IpNet>,
}

/// A directory of the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesystemGrant {
    /// The directory; absolute once the configuration has been read.
    pub path: PathBuf,
    /// The most that is allowed; `None` allows what is requested.
    pub access: Option<Access>,
    /// Whether it is allowed, or the user's to say.
    pub consent: Consent,
}

/// Who has the last word on something that the admin has named.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Consent {
    /// It is granted.
    #[default]
    Granted,
    /// The user is asked at its first use.
    Ask,
    /// The user was asked, and it is refused for good.
    Never,
}

/// Where a secret's value comes from. The value itself is read when it is
/// needed, and never kept in a file of ours.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretSource {
    /// An environment variable of the runtime.
    Env(String),
    /// A file that holds the secret and nothing else.
    File(PathBuf),
    /// A program and its arguments, which prints the secret.
    Command(Vec<String>),
}

impl HttpGrant {
    /// The requested methods at this origin, to public addresses.
    pub fn new(origin: Origin) -> Self {
        Self {
            origin,
            methods: None,
            addresses: Vec::new(),
        }
    }

    /// Reads an address range: `10.0.0.0/8`, `fd00::/8`, or one address.
    ///
    /// # Errors
    /// Any other text.
    pub fn parse_addresses(text: &str) -> Result<IpNet, Invalid> {
        let range = text
            .parse::<IpNet>()
            .or_else(|_| text.parse().map(|address: std::net::IpAddr| address.into()));
        range.map(|range| range.trunc()).map_err(|_| {
            Invalid::new(
                format!("{} is not an address range", quoted(text)),
                "an address such as 192.168.1.20, or a range such as 10.0.0.0/8 or fd00::/8",
            )
        })
    }
}

impl FromStr for HttpGrant {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self::new)
    }
}

impl SecretSource {
    /// Reads `env:VARIABLE` or `file:PATH`.
    ///
    /// # Errors
    /// Any other text. A command cannot be written in one word: it goes into
    /// the configuration file.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        match text.split_once(':') {
            Some(("env", variable)) => Self::env(variable),
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            // The text is not quoted: it may well be the secret itself.
            _ => Err(Invalid::new(
                "a secret is granted by its source, not by its value",
                "env:VARIABLE, file:PATH",
            )),
        }
    }

    /// The environment variable of this name.
    ///
    /// # Errors
    /// A name that no environment variable can have or that is hard to set.
    pub fn env(variable: &str) -> Result<Self, Invalid> {
        let first = variable
            .chars()
            .next()
            .is_some_and(|c| c.is_ascii_alphabetic() || c == '_');
        if first
            && variable
                .chars()
                .all(|c| c.is_ascii_alphanumeric() || c == '_')
        {
            Ok(Self::Env(variable.to_owned()))
        } else {
            Err(Invalid::new(
                format!(
                    "{} is not the name of an environment variable",
                    quoted(variable)
                ),
                "a name such as GITHUB_TOKEN",
            ))
        }
    }
}

impl fmt::Display for SecretSource {
    /// Where the secret comes from, for people.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Env(variable) => write!(f, "environment variable {variable}"),
            Self::File(path) => write!(f, "file {}", path.display()),
            // Arguments may hold what should not be shown; the program does.
            Self::Command(words) => {
                write!(f, "command {}", words.first().map_or("", String::as_str))
            }
        }
    }
}

impl Grant {
    /// Passes every path through a function: `~` and relative paths are
    /// resolved by whoever knows what they are relative to.
    pub fn map_paths(&mut self, mut resolve: impl FnMut(&Path) -> PathBuf) {
        for directory in self.filesystem.values_mut() {
            directory.path = resolve(&directory.path);
        }
        for source in self.secrets.values_mut() {
            if let SecretSource::File(path) = source {
                *path = resolve(path);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn address_ranges() {
        for (text, range) in [
            ("10.0.0.0/8", "10.0.0.0/8"),
            ("10.1.2.3/8", "10.0.0.0/8"),
            ("127.0.0.1", "127.0.0.1/32"),
            ("::1", "::1/128"),
            ("fd00::/8", "fd00::/8"),
        ] {
            assert_eq!(
                HttpGrant::parse_addresses(text)
                    .expect("accepted")
                    .to_string(),
                range
            );
        }
        for text in [
            "",
            "10.0.0.0/33",
            "10.0.0",
            "localhost",
            "[::1]",
            "10.0.0.0-10.0.0.9",
        ] {
            assert!(HttpGrant::parse_addresses(text).is_err(), "{text}");
        }
    }

    #[test]
    fn secret_sources() {
        assert_eq!(
            SecretSource::parse("env:GITHUB_TOKEN"),
            Ok(SecretSource::Env("GITHUB_TOKEN".into()))
        );
        assert_eq!(
            SecretSource::parse("file:/run/token"),
            Ok(SecretSource::File("/run/token".into()))
        );
        assert_eq!(
            SecretSource::parse(r"file:C:\token"),
            Ok(SecretSource::File(r"C:\token".into()))
        );
        for text in [
            "",
            "env:",
            "env:A B",
            "env:1A",
            "file:",
            "command:pass",
            "GITHUB_TOKEN",
        ] {
            assert!(SecretSource::parse(text).is_err(), "{text}");
        }
        let refused = SecretSource::parse("ghp_0123456789").unwrap_err();
        assert!(
            !refused.to_string().contains("ghp_"),
            "a pasted secret is not repeated: {refused}"
        );
    }
}
