//! What a plugin's manifest asks for.

use std::{
    collections::{BTreeMap, BTreeSet},
    fmt,
    str::FromStr,
};

use super::{
    host::HostPattern, instances::Instances, invalid::Invalid, limits::LimitValues, method::Method,
    origin::Origin, secret::SecretFormat, text::quoted,
};

/// The directory name that asks for any number of directories, under names
/// that the admin chooses.
pub const ANY_DIRECTORY: &str = "*";

/// The host that asks for any number of hosts, which the admin chooses.
pub const ANY_HOST: &str = "*";

/// Everything a manifest asks for. Empty by default: compute, read the clock.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Request {
    /// Outgoing HTTP.
    pub http: Vec<HttpRequest>,
    /// Directories.
    pub filesystem: Vec<FilesystemRequest>,
    /// A key-value store of the plugin's own.
    pub keyvalue: Option<KeyvalueRequest>,
    /// Settings the plugin reads, by name.
    pub settings: BTreeMap<String, SettingRequest>,
    /// Secrets that the runtime adds to the plugin's HTTP requests, by name.
    pub secrets: BTreeMap<String, SecretRequest>,
    /// Limits the plugin asks for.
    pub limits: LimitValues,
    /// Whether it wants its instances kept between calls.
    pub instances: Instances,
}

/// Outgoing HTTP to one host, or to the hosts below a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HttpRequest {
    /// Where to.
    pub target: HttpTarget,
    /// With which methods; `GET` and `HEAD` when the manifest names none.
    pub methods: BTreeSet<Method>,
    /// What for, in the author's words.
    pub reason: Option<String>,
}

/// Where a plugin's HTTP requests go.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum HttpTarget {
    /// A place that the manifest names.
    Origin(Origin),
    /// The host of the URL that the admin puts into this setting: scheme, host
    /// and port come from its value. The admin grants the host all the same.
    Setting(String),
    /// Places that the admin chooses: what is granted says scheme, host and port.
    Any,
}

/// A directory, which the guest sees as `/NAME`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FilesystemRequest {
    /// The directory's name, or [`ANY_DIRECTORY`].
    pub name: String,
    /// Read only by default.
    pub access: Access,
    /// The URI under which a file of the directory is a resource, with `{path}`
    /// in place of the file's path below the directory; see [`super::Mount`].
    /// Asks for nothing: it says when the runtime tells clients of a change.
    pub resources: Option<String>,
    /// What for, in the author's words.
    pub reason: Option<String>,
}

/// A key-value store that outlasts the calls and that no other plugin sees.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct KeyvalueRequest {
    /// What for, in the author's words.
    pub reason: Option<String>,
}

/// What may be done with a directory. Ordered: reading is less.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub enum Access {
    /// `read`
    #[default]
    Read,
    /// `read-write`
    ReadWrite,
}

/// A text that the admin sets and the plugin reads.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SettingRequest {
    /// What it is for.
    pub description: Option<String>,
    /// Whether the plugin is of no use without it. `false` by default.
    pub required: bool,
    /// The value where the admin sets none. Not together with `required`.
    pub default: Option<String>,
}

/// A secret that the guest never sees: the runtime adds it as a header.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SecretRequest {
    /// What it is: `a fine-grained token with issues:write`.
    pub description: Option<String>,
    /// The hosts that get it.
    pub target: SecretTarget,
    /// The header, lower-case.
    pub header: String,
    /// The header's value around the secret: `Bearer {}`. `{}` by default.
    pub format: SecretFormat,
}

/// The hosts that get a secret.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SecretTarget {
    /// Hosts that an HTTP request of the same manifest covers.
    Host(HostPattern),
    /// The host of the URL in this setting, which an HTTP request of the same
    /// manifest names too.
    Setting(String),
}

impl Access {
    /// `read` or `read-write`.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Read => "read",
            Self::ReadWrite => "read-write",
        }
    }
}

impl FromStr for Access {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        match text {
            "read" => Ok(Self::Read),
            "read-write" => Ok(Self::ReadWrite),
            _ => Err(Invalid::new(
                format!("{} is not an access", quoted(text)),
                "read, read-write",
            )),
        }
    }
}

impl fmt::Display for Access {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl fmt::Display for HttpTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Origin(origin) => write!(f, "{origin}"),
            Self::Setting(setting) => write!(f, "the host of the URL in setting `{setting}`"),
            Self::Any => f.write_str("any hosts that you name"),
        }
    }
}

impl fmt::Display for SecretTarget {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host(host) => write!(f, "{host}"),
            Self::Setting(setting) => write!(f, "the host of the URL in setting `{setting}`"),
        }
    }
}

impl Request {
    /// One text for everything that is asked for, the same for two requests
    /// that ask for the same.
    ///
    /// Order does not matter, and words do not: reasons, descriptions, the
    /// defaults of settings and the URIs of directories' files are left out,
    /// because they ask for nothing. Its digest is what the lock file keeps of a
    /// request.
    pub fn canonical(&self) -> String {
        self.asks()
            .into_iter()
            .fold(String::new(), |text, ask| text + &ask + "\n")
    }

    /// One line for each thing that is asked for. No field of a line can hold
    /// a space that would make two requests read alike: names, hosts, methods
    /// and headers have none, and a format comes last.
    pub(crate) fn asks(&self) -> BTreeSet<String> {
        let mut asks = BTreeSet::new();
        for http in &self.http {
            let target = match &http.target {
                HttpTarget::Origin(origin) => {
                    format!("{} {} {}", origin.scheme, origin.host, origin.port)
                }
                HttpTarget::Setting(setting) => format!("setting {setting}"),
                HttpTarget::Any => ANY_HOST.to_owned(),
            };
            asks.extend(
                http.methods
                    .iter()
                    .map(|method| format!("http {target} {method}")),
            );
        }
        for directory in &self.filesystem {
            asks.insert(format!(
                "filesystem {} {}",
                directory.name, directory.access
            ));
        }
        if self.keyvalue.is_some() {
            asks.insert("keyvalue".to_owned());
        }
        for (name, setting) in &self.settings {
            asks.insert(format!(
                "setting {name} {}",
                if setting.required {
                    "required"
                } else {
                    "optional"
                }
            ));
        }
        for (name, secret) in &self.secrets {
            let target = match &secret.target {
                SecretTarget::Host(host) => format!("host {host}"),
                SecretTarget::Setting(setting) => format!("setting {setting}"),
            };
            asks.insert(format!(
                "secret {name} {target} {} {}",
                secret.header, secret.format
            ));
        }
        for (field, value) in self.limits.iter() {
            asks.insert(format!("limit {field} {}", field.display(value)));
        }
        if self.instances == Instances::Reuse {
            asks.insert("instances reuse".to_owned());
        }
        asks
    }

    /// Whether an HTTP request of this manifest covers the secret's hosts.
    pub fn covers_secret(&self, target: &SecretTarget) -> bool {
        self.http.iter().any(|http| match (&http.target, target) {
            (HttpTarget::Origin(origin), SecretTarget::Host(host)) => {
                origin.host.covers_pattern(host)
            }
            (HttpTarget::Setting(a), SecretTarget::Setting(b)) => a == b,
            _ => false,
        })
    }

    /// The directory request that a grant under this name answers.
    pub(crate) fn directory(&self, name: &str) -> Option<&FilesystemRequest> {
        let named = |wanted: &str| {
            self.filesystem
                .iter()
                .find(|directory| directory.name == wanted)
        };
        named(name).or_else(|| named(ANY_DIRECTORY))
    }
}
