//! What a plugin asks for, for people to read.

use serde::Serialize;

use super::{
    instances::Instances,
    method::Method,
    request::{ANY_DIRECTORY, HttpTarget, Request},
};

/// What it means that instances are reused, in words for whoever grants it.
const REUSE: &str = "kept between calls: what one call leaves in memory, a later call can see, \
                     whoever makes it";

/// One thing that a plugin asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct RequestLine {
    /// What sort of thing it is.
    pub kind: RequestKind,
    /// What exactly: `GET, POST api.github.com`, `read-write /drafts`.
    pub what: String,
    /// What for, in the author's words, or nothing.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// The sorts of things that a plugin asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum RequestKind {
    /// Outgoing HTTP.
    Http,
    /// A directory.
    Filesystem,
    /// A key-value store.
    Keyvalue,
    /// A setting.
    Setting,
    /// A secret.
    Secret,
    /// A limit.
    Limit,
    /// Instances that are kept.
    Instances,
}

impl std::fmt::Display for RequestKind {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Http => "http",
            Self::Filesystem => "filesystem",
            Self::Keyvalue => "keyvalue",
            Self::Setting => "setting",
            Self::Secret => "secret",
            Self::Limit => "limit",
            Self::Instances => "instances",
        })
    }
}

/// Everything a plugin asks for, one line each, in the manifest's order.
/// Empty for a plugin that only computes.
pub fn summary(request: &Request) -> Vec<RequestLine> {
    let http = request.http.iter().map(|http| {
        let methods = http.methods.iter().map(Method::as_str).collect::<Vec<_>>().join(", ");
        let unprotected = matches!(&http.target, HttpTarget::Origin(origin) if origin.scheme != super::Scheme::Https);
        let note = if unprotected { " (not encrypted)" } else { "" };
        line(RequestKind::Http, format!("{methods} {}{note}", http.target), http.reason.as_ref())
    });
    let filesystem = request.filesystem.iter().map(|directory| {
        let place = match directory.name.as_str() {
            ANY_DIRECTORY => "any directories that you name".to_owned(),
            name => format!("/{name}"),
        };
        line(
            RequestKind::Filesystem,
            format!("{} {place}", directory.access),
            directory.reason.as_ref(),
        )
    });
    let keyvalue = request.keyvalue.iter().map(|keyvalue| {
        let what = "a key-value store of its own".to_owned();
        line(RequestKind::Keyvalue, what, keyvalue.reason.as_ref())
    });
    let settings = request.settings.iter().map(|(name, setting)| {
        let what = match (&setting.default, setting.required) {
            (Some(default), _) => format!("{name} (default {default:?})"),
            (None, true) => format!("{name} (required)"),
            (None, false) => format!("{name} (optional)"),
        };
        line(RequestKind::Setting, what, setting.description.as_ref())
    });
    let secrets = request.secrets.iter().map(|(name, secret)| {
        let what = format!(
            "{name}, sent to {} as header {}",
            secret.target, secret.header
        );
        line(RequestKind::Secret, what, secret.description.as_ref())
    });
    let limits = request.limits.iter().map(|(field, value)| {
        line(
            RequestKind::Limit,
            format!("{field} {}", field.display(value)),
            None,
        )
    });
    let instances = (request.instances == Instances::Reuse)
        .then(|| line(RequestKind::Instances, REUSE.to_owned(), None));
    http.chain(filesystem)
        .chain(keyvalue)
        .chain(settings)
        .chain(secrets)
        .chain(limits)
        .chain(instances)
        .collect()
}

fn line(kind: RequestKind, what: String, reason: Option<&String>) -> RequestLine {
    RequestLine {
        kind,
        what,
        reason: reason.cloned(),
    }
}
