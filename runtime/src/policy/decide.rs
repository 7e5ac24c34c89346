//! The decision: request ∩ grant.

mod error;
mod requested;

use std::{
    collections::{BTreeMap, BTreeSet},
    net::IpAddr,
    path::PathBuf,
};

pub use error::{PolicyError, PolicyErrors};
use requested::describe;
pub(crate) use requested::{RequestedOrigin, requested_origins};

use super::{
    ask::AskHttp,
    grant::{Consent, FilesystemGrant, Grant, HttpGrant},
    host::{Host, HostPattern},
    http::{HttpPolicy, HttpRule},
    instances::Instances,
    limits::Limits,
    method::Method,
    origin::Origin,
    request::{ANY_DIRECTORY, Access, FilesystemRequest, HttpTarget, Request, SecretTarget},
    secret::SecretRule,
};

/// What one plugin may do. The default is what an empty request gives: nothing
/// but computing, within the default limits.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Policy {
    /// Outgoing HTTP.
    pub http: HttpPolicy,
    /// Outgoing HTTP that its user is asked about.
    pub ask_http: AskHttp,
    /// Directories, by name.
    pub filesystem: Vec<Mount>,
    /// How many bytes the plugin's own key-value store may hold: the limit
    /// `keyvalue-bytes`. `None` where it may have no store.
    pub keyvalue: Option<u64>,
    /// The values the plugin reads, defaults applied. A setting without a
    /// value is absent.
    pub settings: BTreeMap<String, String>,
    /// Secrets that are added to HTTP requests, by name.
    pub secrets: BTreeMap<String, SecretRule>,
    /// What its calls may use up.
    pub limits: Limits,
    /// Whether its instances serve several calls.
    pub instances: Instances,
}

/// A directory that a plugin sees.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mount {
    /// The directory's name.
    pub name: String,
    /// Where the guest sees it: `/NAME`.
    pub guest_path: String,
    /// The directory of the host.
    pub host_path: PathBuf,
    /// The lower of what is requested and what is granted.
    pub access: Access,
    /// The URI of a file's resource, with `{path}` in place of the file's path
    /// below the directory, such as `notes:///{path}`; clients are told when the
    /// file has changed. `None` where files are no resources. For a directory
    /// that was requested as [`ANY_DIRECTORY`] its name is written before
    /// `{path}`: `fs://file/{path}` is `fs://file/notes/{path}`.
    pub resources: Option<String>,
    /// What the user has to allow before it is used; `None` where it is granted.
    pub asked: Option<DirectoryConsent>,
}

/// A directory that the user is asked about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DirectoryConsent {
    /// What is granted if the user allows it.
    pub grant: FilesystemGrant,
    /// What the plugin wants it for, in its author's words.
    pub reason: Option<String>,
}

/// Decides what a plugin may do: what its manifest requests *and* the admin
/// grants, within the effective limits. `defaults` are the limits that hold
/// where the admin grants no other; see [`Limits::effective`].
///
/// A request that is not granted is simply not in the policy, except for a
/// required setting.
///
/// # Errors
/// All of the grant's entries that the manifest does not ask for, with what it
/// asks for; required settings without a value; settings that should be URLs
/// and are not; entries that contradict each other.
pub fn decide(request: &Request, grant: &Grant, defaults: &Limits) -> Result<Policy, PolicyErrors> {
    let mut errors = Vec::new();
    let settings = decide_settings(request, grant, &mut errors);
    let requested = requested_origins(request, &settings, &mut errors);
    let limits = defaults.effective(&request.limits, &grant.limits);
    let policy = Policy {
        http: decide_http(&requested, grant, &mut errors).but_never(grant.never_http.clone()),
        ask_http: if grant.ask_http {
            AskHttp::new(&requested)
        } else {
            AskHttp::default()
        },
        filesystem: decide_filesystem(request, grant, &mut errors),
        keyvalue: decide_keyvalue(request, grant, &mut errors).then_some(limits.keyvalue_bytes),
        secrets: decide_secrets(request, grant, &settings, &mut errors),
        instances: Instances::decide(request, grant, &mut errors),
        limits,
        settings,
    };
    if errors.is_empty() {
        Ok(policy)
    } else {
        Err(PolicyErrors(errors))
    }
}

impl Policy {
    /// Whether its user may be asked to allow something.
    pub fn asks(&self) -> bool {
        !self.ask_http.is_empty() || self.filesystem.iter().any(|mount| mount.asked.is_some())
    }

    /// The secrets to add to a request that `rule` allowed, to this host, over
    /// a connection to this address; with their names.
    pub fn secrets_for<'a>(
        &'a self,
        rule: &HttpRule,
        host: &Host,
        address: IpAddr,
    ) -> impl Iterator<Item = (&'a str, &'a SecretRule)> {
        let scheme = rule.origin.scheme;
        self.secrets
            .iter()
            .filter(move |(_, secret)| secret.attaches_to(scheme, host, address))
            .map(|(name, secret)| (name.as_str(), secret))
    }
}

/// The settings' values: the admin's, else the manifest's.
pub(crate) fn setting_values(request: &Request, grant: &Grant) -> BTreeMap<String, String> {
    let value = |name: &String, default: &Option<String>| {
        grant.settings.get(name).or(default.as_ref()).cloned()
    };
    let values = request
        .settings
        .iter()
        .map(|(name, setting)| (name, value(name, &setting.default)));
    values
        .filter_map(|(name, value)| Some((name.clone(), value?)))
        .collect()
}

fn decide_settings(
    request: &Request,
    grant: &Grant,
    errors: &mut Vec<PolicyError>,
) -> BTreeMap<String, String> {
    for name in grant
        .settings
        .keys()
        .filter(|&name| !request.settings.contains_key(name))
    {
        errors.push(PolicyError::NotRequested {
            field: format!("settings.{name}"),
            value: name.clone(),
            requested: request.settings.keys().cloned().collect(),
        });
    }
    let values = setting_values(request, grant);
    for (name, setting) in request
        .settings
        .iter()
        .filter(|(name, _)| !values.contains_key(*name))
    {
        if setting.required {
            let description = setting.description.clone();
            errors.push(PolicyError::SettingMissing {
                name: name.clone(),
                description,
            });
        }
    }
    values
}

fn decide_http(
    requested: &[RequestedOrigin<'_>],
    grant: &Grant,
    errors: &mut Vec<PolicyError>,
) -> HttpPolicy {
    let mut seen = BTreeSet::new();
    // Methods and addresses are granted together, so they stay together: two
    // rules are made into one only where their addresses are the same.
    let mut rules: Vec<HttpRule> = Vec::new();
    for granted in &grant.http {
        if !seen.insert(&granted.origin) {
            errors.push(PolicyError::GrantedTwice {
                origin: granted.origin.to_string(),
            });
            continue;
        }
        let mut unrequested = granted.methods.clone().unwrap_or_default();
        let mut matched = false;
        for wanted in requested {
            let common = match &wanted.origin {
                Some(origin) => origin.intersection(&granted.origin),
                None => (*wanted.target == HttpTarget::Any).then(|| granted.origin.clone()),
            };
            let Some(origin) = common else { continue };
            matched = true;
            unrequested.retain(|method| !wanted.methods.contains(method));
            let methods = common_methods(granted, wanted.methods);
            if methods.is_empty() {
                continue;
            }
            let rule = HttpRule {
                origin,
                methods,
                addresses: granted.addresses.clone(),
            };
            match rules
                .iter_mut()
                .find(|other| other.origin == rule.origin && other.addresses == rule.addresses)
            {
                Some(other) => other.methods.extend(rule.methods),
                None => rules.push(rule),
            }
        }
        if !matched {
            errors.push(PolicyError::NotRequested {
                field: "http".to_owned(),
                value: granted.origin.to_string(),
                requested: requested.iter().map(describe).collect(),
            });
        } else if let Some(method) = unrequested.first() {
            errors.push(PolicyError::NotRequested {
                field: "http".to_owned(),
                value: format!("{method} {}", granted.origin),
                requested: requested.iter().map(describe).collect(),
            });
        }
    }
    HttpPolicy::new(rules)
}

fn common_methods(granted: &HttpGrant, wanted: &BTreeSet<Method>) -> BTreeSet<Method> {
    match &granted.methods {
        None => wanted.clone(),
        Some(methods) => methods.intersection(wanted).cloned().collect(),
    }
}

fn decide_filesystem(
    request: &Request,
    grant: &Grant,
    errors: &mut Vec<PolicyError>,
) -> Vec<Mount> {
    let mut mounts = Vec::new();
    for (name, granted) in &grant.filesystem {
        // A grant takes a directory's own name: `*` stands for names only in
        // a manifest.
        match request.directory(name).filter(|_| name != ANY_DIRECTORY) {
            Some(_) if granted.consent == Consent::Never => {}
            Some(wanted) => mounts.push(Mount {
                name: name.clone(),
                guest_path: format!("/{name}"),
                host_path: granted.path.clone(),
                access: granted
                    .access
                    .map_or(wanted.access, |access| access.min(wanted.access)),
                resources: mount_resources(wanted, name),
                asked: (granted.consent == Consent::Ask).then(|| DirectoryConsent {
                    grant: FilesystemGrant {
                        consent: Consent::Granted,
                        ..granted.clone()
                    },
                    reason: wanted.reason.clone(),
                }),
            }),
            None => errors.push(PolicyError::NotRequested {
                field: format!("filesystem.{name}"),
                value: name.clone(),
                requested: request
                    .filesystem
                    .iter()
                    .map(|directory| directory.name.clone())
                    .collect(),
            }),
        }
    }
    mounts
}

/// Two directories that one request stands for must not give their files the
/// same URIs, so there the path begins with the directory's name.
fn mount_resources(wanted: &FilesystemRequest, name: &str) -> Option<String> {
    let resources = wanted.resources.as_ref()?;
    Some(match wanted.name.as_str() {
        ANY_DIRECTORY => resources.replace("{path}", &format!("{name}/{{path}}")),
        _ => resources.clone(),
    })
}

fn decide_keyvalue(request: &Request, grant: &Grant, errors: &mut Vec<PolicyError>) -> bool {
    if grant.keyvalue && request.keyvalue.is_none() {
        errors.push(PolicyError::NotRequested {
            field: "keyvalue".to_owned(),
            value: "keyvalue".to_owned(),
            requested: Vec::new(),
        });
    }
    grant.keyvalue && request.keyvalue.is_some()
}

fn decide_secrets(
    request: &Request,
    grant: &Grant,
    settings: &BTreeMap<String, String>,
    errors: &mut Vec<PolicyError>,
) -> BTreeMap<String, SecretRule> {
    let mut rules: BTreeMap<String, SecretRule> = BTreeMap::new();
    for (name, source) in &grant.secrets {
        let Some(wanted) = request.secrets.get(name) else {
            errors.push(PolicyError::NotRequested {
                field: format!("secrets.{name}"),
                value: name.clone(),
                requested: request.secrets.keys().cloned().collect(),
            });
            continue;
        };
        let host = match &wanted.target {
            SecretTarget::Host(host) => Some(host.clone()),
            SecretTarget::Setting(setting) => settings
                .get(setting)
                .and_then(|url| Origin::of_url(url).ok())
                .map(|origin| origin.host),
        };
        // Without a host nobody gets the secret, and neither does anybody
        // whom the manifest gives it without asking for HTTP there.
        let Some(host) = host.filter(|_| request.covers_secret(&wanted.target)) else {
            continue;
        };
        if let Some((first, common)) = conflicting(&rules, &wanted.header, &host) {
            errors.push(PolicyError::SecretConflict {
                first,
                second: name.clone(),
                header: wanted.header.clone(),
                host: common.to_string(),
            });
        }
        let (header, format) = (wanted.header.clone(), wanted.format.clone());
        rules.insert(
            name.clone(),
            SecretRule {
                host,
                header,
                format,
                source: source.clone(),
            },
        );
    }
    rules
}

fn conflicting(
    rules: &BTreeMap<String, SecretRule>,
    header: &str,
    host: &HostPattern,
) -> Option<(String, HostPattern)> {
    rules
        .iter()
        .filter(|(_, rule)| rule.header == header)
        .find_map(|(name, rule)| Some((name.clone(), rule.host.intersection(host)?)))
}

#[cfg(test)]
mod tests;
