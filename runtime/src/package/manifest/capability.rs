//! The part of a manifest that asks for something.

use std::collections::{BTreeMap, BTreeSet};

use super::{MAX_DESCRIPTION, read_limits};
use crate::{
    package::document::{Fields, Value},
    policy::{
        ANY_DIRECTORY, ANY_HOST, FilesystemRequest, HostPattern, HttpRequest, HttpTarget, Invalid,
        KeyvalueRequest, Method, Origin, Request, Scheme, SecretFormat, SecretRequest,
        SecretTarget, SettingRequest, check_header, check_name, check_text, quoted,
    },
};

/// What a host may be, for messages.
const HOST_ACCEPTED: &str = "a host such as \"api.github.com\" or \"*.example.com\"";
/// What the URI of a directory's files may be, for messages.
const RESOURCES_ACCEPTED: &str =
    "a URI with `{path}` once in place of a file's path, such as \"notes:///{path}\"";
/// The longest such URI in characters.
const MAX_URI: usize = 1_024;

/// Reads everything that a manifest asks for; what is wrong is reported.
pub(super) fn read_request(root: &Fields<'_>) -> Request {
    // Looked at in the order in which messages list them.
    let http_tables = root.tables("http");
    let filesystem = read_filesystem(root);
    let keyvalue = read_keyvalue(root);
    let settings = read_named(root, "settings", read_setting);
    let http = read_http(http_tables, &settings);
    let mut request = Request {
        http,
        filesystem,
        keyvalue,
        settings,
        ..Request::default()
    };
    request.secrets = read_named(root, "secrets", |secret| read_secret(secret, &request));
    request.limits = root
        .get("limits")
        .and_then(|limits| limits.fields())
        .map(read_limits)
        .unwrap_or_default();
    request
}

fn read_http(
    tables: Vec<Fields<'_>>,
    settings: &BTreeMap<String, SettingRequest>,
) -> Vec<HttpRequest> {
    let mut http: Vec<HttpRequest> = Vec::new();
    for table in tables {
        let place = Place::read(&table, settings);
        let scheme = table.get("scheme");
        let port = table.get("port");
        let methods = table.get("methods").map(|value| read_methods(&value));
        let reason = read_text(&table, "reason");
        let refuse = |message: &str| {
            for value in [&scheme, &port].into_iter().flatten() {
                value.invalid(&Invalid::new(message, "this field only with a host's name"));
            }
        };
        let target = match place {
            Some(Place::Setting(setting)) => {
                refuse("not together with `setting`, whose URL says it");
                Some(HttpTarget::Setting(setting))
            }
            Some(Place::Host(host)) => {
                let scheme =
                    scheme.map_or(Some(Scheme::default()), |value| value.parse("https, http"));
                read_origin(host, scheme, port).map(HttpTarget::Origin)
            }
            Some(Place::Any) => {
                refuse("not together with `host = \"*\"`, whose grant says it");
                Some(HttpTarget::Any)
            }
            None => None,
        };
        if let Some(target) = target {
            if http.iter().any(|other| other.target == target) {
                table.invalid(&Invalid::new(
                    format!("{} is requested twice", quoted(&target.to_string())),
                    "one entry with all its methods",
                ));
            }
            let methods = methods.unwrap_or_else(|| Method::defaults().into());
            http.push(HttpRequest {
                target,
                methods,
                reason,
            });
        }
        table.finish();
    }
    http
}

fn read_origin(
    host: HostPattern,
    scheme: Option<Scheme>,
    port: Option<Value<'_>>,
) -> Option<Origin> {
    let port = match port {
        None => scheme.map(Scheme::default_port),
        Some(value) => {
            let number = value.integer("a port, 1 to 65535")?;
            let port = u16::try_from(number).ok().filter(|&port| port != 0);
            if port.is_none() {
                value.invalid(&Invalid::new(
                    format!("`{number}` is not a port"),
                    "1 to 65535",
                ));
            }
            port
        }
    };
    Some(Origin {
        scheme: scheme?,
        host,
        port: port?,
    })
}

fn read_methods(value: &Value<'_>) -> BTreeSet<Method> {
    let accepted = "an array of methods such as [\"GET\", \"POST\"]";
    let Some(items) = value.items(accepted) else {
        return BTreeSet::new();
    };
    if items.is_empty() {
        value.invalid(&Invalid::new("`[]` allows nothing", accepted));
    }
    items
        .iter()
        .filter_map(|item| item.parse("a method such as \"GET\""))
        .collect()
}

fn read_filesystem(root: &Fields<'_>) -> Vec<FilesystemRequest> {
    let accepted = "a name such as \"drafts\", or \"*\" for names that the admin chooses";
    let mut directories: Vec<FilesystemRequest> = Vec::new();
    for table in root.tables("filesystem") {
        let name = table.required("name", accepted).and_then(|value| {
            value.parse_with(accepted, |text| match text {
                ANY_DIRECTORY => Ok(text.to_owned()),
                _ if directories.iter().any(|other| other.name == text) => Err(Invalid::new(
                    format!("{} is requested twice", quoted(text)),
                    "one entry for each name",
                )),
                _ => check_name(text).map(|()| text.to_owned()),
            })
        });
        let access = table
            .get("access")
            .and_then(|value| value.parse("read, read-write"))
            .unwrap_or_default();
        let resources = table
            .get("resources")
            .and_then(|value| value.parse_with(RESOURCES_ACCEPTED, parse_resources));
        let reason = read_text(&table, "reason");
        table.finish();
        if let Some(name) = name {
            directories.push(FilesystemRequest {
                name,
                access,
                resources,
                reason,
            });
        }
    }
    directories
}

fn parse_resources(text: &str) -> Result<String, Invalid> {
    check_text(text, MAX_URI)?;
    let refused = |why: &str| Invalid::new(format!("{} {why}", quoted(text)), RESOURCES_ACCEPTED);
    let (before, after) = text
        .split_once("{path}")
        .ok_or_else(|| refused("has no place `{path}` for a file's path"))?;
    if after.contains("{path}") {
        return Err(refused("has more than one place `{path}`"));
    }
    if before.contains(['{', '}']) || after.contains(['{', '}']) {
        return Err(refused("has other braces than those of `{path}`"));
    }
    if text.contains(char::is_whitespace) {
        return Err(refused("contains a space"));
    }
    // What stands before the path must be the beginning of a URI by itself: no
    // file's path may become a scheme or, where there must be one, a host.
    let is_uri = |text: &str| url::Url::parse(text).is_ok();
    if !is_uri(before) || !is_uri(&format!("{before}a{after}")) {
        return Err(refused("is not a URI with a scheme"));
    }
    Ok(text.to_owned())
}

fn read_keyvalue(root: &Fields<'_>) -> Option<KeyvalueRequest> {
    let table = root.get("keyvalue")?.fields()?;
    let reason = read_text(&table, "reason");
    table.finish();
    Some(KeyvalueRequest { reason })
}

/// Reads a table of tables with names: `[settings.NAME]`.
fn read_named<T>(
    root: &Fields<'_>,
    key: &'static str,
    read: impl Fn(Fields<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let Some(tables) = root.get(key).and_then(|value| value.fields()) else {
        return BTreeMap::new();
    };
    let entries = tables.named_entries(check_name);
    entries
        .iter()
        .filter_map(|entry| Some((entry.key().to_owned(), read(entry.fields()?)?)))
        .collect()
}

fn read_setting(table: Fields<'_>) -> Option<SettingRequest> {
    let description = read_text(&table, "description");
    let required = table
        .get("required")
        .and_then(|value| value.boolean())
        .unwrap_or_default();
    let value = table.get("default");
    let default = value.as_ref().and_then(|value| {
        value.parse_with("a string", |text| {
            if text.is_empty() {
                Ok(())
            } else {
                check_text(text, 2_000)
            }
            .map(|()| text.to_owned())
        })
    });
    if let Some(value) = value.filter(|_| required) {
        value.invalid(&Invalid::new(
            "a required setting has no default",
            "either `required = true` or `default`",
        ));
    }
    table.finish();
    Some(SettingRequest {
        description,
        required,
        default,
    })
}

fn read_secret(table: Fields<'_>, request: &Request) -> Option<SecretRequest> {
    let accepted =
        "http = { host = \"api.github.com\", header = \"authorization\", format = \"Bearer {}\" }";
    let description = read_text(&table, "description");
    let http = table
        .required("http", accepted)
        .and_then(|http| http.fields());
    table.finish();
    let http = http?;
    let target = Place::read(&http, &request.settings).and_then(|place| match place {
        Place::Host(host) => Some(SecretTarget::Host(host)),
        Place::Setting(setting) => Some(SecretTarget::Setting(setting)),
        Place::Any => {
            let message = "a secret goes to hosts that are named, and `*` is none";
            http.invalid(&Invalid::new(message, HOST_ACCEPTED));
            None
        }
    });
    let accepted = "a header such as \"authorization\"";
    let header = http
        .required("header", accepted)
        .and_then(|value| value.parse_with(accepted, check_header));
    let format = http
        .get("format")
        .map_or(Some(SecretFormat::default()), |value| {
            value.parse("\"Bearer {}\"")
        });
    if let Some(target) = target
        .as_ref()
        .filter(|target| !request.covers_secret(target))
    {
        let asked: Vec<_> = request
            .http
            .iter()
            .map(|http| http.target.to_string())
            .collect();
        let asked = if asked.is_empty() {
            "no [[http]] is requested".to_owned()
        } else {
            asked.join(", ")
        };
        let message = format!(
            "{} is not a host of any [[http]]",
            quoted(&target.to_string())
        );
        http.invalid(&Invalid::new(message, asked));
    }
    http.finish();
    Some(SecretRequest {
        description,
        target: target?,
        header: header?,
        format: format?,
    })
}

/// Where HTTP goes: `host` or `setting`, and one of the two only.
enum Place {
    Host(HostPattern),
    Setting(String),
    /// `host = "*"`
    Any,
}

impl Place {
    fn read(table: &Fields<'_>, settings: &BTreeMap<String, SettingRequest>) -> Option<Self> {
        match (table.get("host"), table.get("setting")) {
            (Some(host), None) if host.as_str() == Some(ANY_HOST) => Some(Self::Any),
            (Some(host), None) => host.parse_with(HOST_ACCEPTED, parse_host).map(Self::Host),
            (None, Some(setting)) => {
                let known = || {
                    settings
                        .keys()
                        .map(String::as_str)
                        .collect::<Vec<_>>()
                        .join(", ")
                };
                let parse = |text: &str| match settings.contains_key(text) {
                    true => Ok(text.to_owned()),
                    false if settings.is_empty() => Err(Invalid::new(
                        format!("no setting {} is declared", quoted(text)),
                        "a [settings.NAME] of this manifest",
                    )),
                    false => Err(Invalid::new(
                        format!("no setting {} is declared", quoted(text)),
                        known(),
                    )),
                };
                setting
                    .parse_with("the name of a setting", parse)
                    .map(Self::Setting)
            }
            (None, None) => {
                table.invalid(&Invalid::new("neither `host` nor `setting`", HOST_ACCEPTED));
                None
            }
            (Some(_), Some(setting)) => {
                setting.invalid(&Invalid::new(
                    "not together with `host`",
                    "either `host` or `setting`",
                ));
                None
            }
        }
    }
}

fn parse_host(text: &str) -> Result<HostPattern, Invalid> {
    text.parse()
        .map_err(|invalid: Invalid| match text.parse::<Origin>() {
            // It is a host with something else around it.
            Ok(origin) => Invalid::new(
                invalid.message,
                format!(
                    "only the host, \"{}\"; `scheme` and `port` are fields of their own",
                    origin.host
                ),
            ),
            Err(_) => invalid,
        })
}

fn read_text(table: &Fields<'_>, key: &'static str) -> Option<String> {
    let value = table.get(key)?;
    value.parse_with("one line of text", |text| {
        check_text(text, MAX_DESCRIPTION).map(|()| text.to_owned())
    })
}
