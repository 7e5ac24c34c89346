//! A plugin's grant in the configuration: reading it, and writing one.

use std::{
    collections::{BTreeMap, BTreeSet},
    path::Path,
};

use toml_edit::{Array, InlineTable, Value as Toml};

use super::Paths;
use crate::{
    package::{Fields, Value, read_limits},
    policy::{
        ASK, Consent, FilesystemGrant, Grant, GrantFlag, HttpGrant, Instances, Invalid, Method,
        Origin, SecretSource, check_name, parse_http, quoted,
    },
};

const HTTP_ACCEPTED: &str = "\"HOST\", \"HOST:PORT\", \"http://HOST\", \"ask\", \"!HOST\", or { host = \"HOST\", methods = [\"GET\"], addresses = [\"10.0.0.0/8\"] }";
const DIRECTORY_ACCEPTED: &str =
    "\"PATH\", { path = \"PATH\", access = \"read\" }, or { ask = \"PATH\" }";
const SECRET_ACCEPTED: &str =
    "{ env = \"VARIABLE\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }";

/// Reads a grant; what is wrong is reported.
pub(super) fn read_grant(table: &Fields<'_>, paths: &Paths<'_>) -> Grant {
    let mut of_http = Grant::default();
    if let Some(value) = table.get("http") {
        read_all_http(&value, &mut of_http);
    }
    let filesystem = read_named(table, "filesystem", |value| read_directory(value, paths));
    let keyvalue = table.get("keyvalue").and_then(|value| value.boolean());
    let settings = read_named(table, "settings", |value| {
        value.string("a string in quotes").map(str::to_owned)
    });
    let secrets = read_named(table, "secrets", |value| read_secret(value, paths));
    let limits = table
        .get("limits")
        .and_then(|value| value.fields())
        .map(read_limits)
        .unwrap_or_default();
    let instances = table
        .get("instances")
        .and_then(|value| value.parse(Instances::ACCEPTED));
    table.finish();
    Grant {
        filesystem,
        keyvalue: keyvalue.unwrap_or_default(),
        settings,
        secrets,
        limits,
        instances: instances.unwrap_or_default(),
        ..of_http
    }
}

/// Reads what is granted of HTTP: a list, or `"ask"` alone.
fn read_all_http(value: &Value<'_>, grant: &mut Grant) {
    if value.as_str() == Some(ASK) {
        grant.ask_http = true;
        return;
    }
    let items = value.items(&format!("\"ask\", or an array of {HTTP_ACCEPTED}"));
    for item in items.unwrap_or_default() {
        if item.is_table() {
            grant.http.extend(read_http(&item));
            continue;
        }
        match item.parse_with(HTTP_ACCEPTED, parse_http) {
            Some(GrantFlag::Http(http)) => grant.http.push(http),
            Some(flag) => flag.apply(grant),
            None => {}
        }
    }
}

/// One HTTP grant as it stands in the file: a string where that says it all.
pub(super) fn http_value(grant: &HttpGrant) -> Toml {
    let origin = grant.origin.to_string();
    if grant.methods.is_none() && grant.addresses.is_empty() {
        return origin.into();
    }
    let mut table = InlineTable::new();
    table.insert("host", origin.into());
    if let Some(methods) = &grant.methods {
        table.insert(
            "methods",
            methods.iter().map(Method::as_str).collect::<Array>().into(),
        );
    }
    if !grant.addresses.is_empty() {
        table.insert(
            "addresses",
            grant
                .addresses
                .iter()
                .map(ToString::to_string)
                .collect::<Array>()
                .into(),
        );
    }
    table.into()
}

/// One grant in the file.
pub(super) struct Written<'a> {
    /// The field of the grant: `http`, `filesystem`.
    pub(super) field: &'static str,
    /// The name below that field, where it has named values.
    pub(super) name: Option<&'a str>,
    /// What stands there.
    pub(super) value: Toml,
}

/// Where one grant stands in the file, and its value.
///
/// # Errors
/// A path that is not Unicode, which TOML cannot hold.
pub(super) fn flag_value(flag: &GrantFlag) -> Result<Written<'_>, Invalid> {
    let (field, name, value) = match flag {
        GrantFlag::Http(http) => ("http", None, http_value(http)),
        GrantFlag::AskHttp => ("http", None, ASK.into()),
        GrantFlag::NeverHttp(origin) => ("http", None, format!("!{origin}").into()),
        GrantFlag::Filesystem(name, directory) => (
            "filesystem",
            Some(name.as_str()),
            directory_value(directory)?,
        ),
        GrantFlag::Keyvalue => ("keyvalue", None, true.into()),
        GrantFlag::Setting(name, value) => ("settings", Some(name.as_str()), value.into()),
        GrantFlag::Secret(name, source) => ("secrets", Some(name.as_str()), secret_value(source)?),
        GrantFlag::Limit(field, value) => {
            let text = field.display(*value);
            let value = text.parse::<i64>().map_or_else(|_| text.into(), Toml::from);
            ("limits", Some(field.name()), value)
        }
        GrantFlag::Reuse => ("instances", None, Instances::Reuse.as_str().into()),
    };
    Ok(Written { field, name, value })
}

fn read_named<T>(
    table: &Fields<'_>,
    key: &'static str,
    read: impl Fn(&Value<'_>) -> Option<T>,
) -> BTreeMap<String, T> {
    let Some(entries) = table.get(key).and_then(|value| value.fields()) else {
        return BTreeMap::new();
    };
    let entries = entries.named_entries(check_name);
    entries
        .iter()
        .filter_map(|entry| Some((entry.key().to_owned(), read(entry)?)))
        .collect()
}

fn read_http(value: &Value<'_>) -> Option<HttpGrant> {
    let table = value.fields()?;
    let origin = table
        .required("host", "host = \"HOST\"")
        .and_then(|host| host.parse::<Origin>("a host such as \"api.github.com\""));
    let methods = table.get("methods").and_then(|methods| {
        let accepted = "an array of methods such as [\"GET\", \"POST\"]";
        let items = methods.items(accepted)?;
        if items.is_empty() {
            methods.invalid(&Invalid::new("`[]` allows nothing", accepted));
        }
        Some(
            items
                .iter()
                .filter_map(|item| item.parse("a method such as \"GET\""))
                .collect::<BTreeSet<_>>(),
        )
    });
    let addresses = table
        .get("addresses")
        .and_then(|addresses| addresses.items("an array such as [\"10.0.0.0/8\"]"));
    let addresses = addresses.unwrap_or_default();
    let addresses = addresses
        .iter()
        .filter_map(|item| {
            item.parse_with("a range such as \"10.0.0.0/8\"", HttpGrant::parse_addresses)
        })
        .collect();
    table.finish();
    Some(HttpGrant {
        origin: origin?,
        methods,
        addresses,
    })
}

fn read_directory(value: &Value<'_>, paths: &Paths<'_>) -> Option<FilesystemGrant> {
    let resolve =
        |value: &Value<'_>| value.parse_with(DIRECTORY_ACCEPTED, |text| paths.resolve(text));
    if !value.is_table() {
        return resolve(value).map(|path| FilesystemGrant {
            path,
            access: None,
            consent: Consent::Granted,
        });
    }
    let table = value.fields()?;
    let places = [
        (Consent::Granted, table.get("path")),
        (Consent::Ask, table.get("ask")),
        (Consent::Never, table.get("never")),
    ];
    let access = table
        .get("access")
        .and_then(|access| access.parse("read, read-write"));
    table.finish();
    let mut places = places
        .iter()
        .filter_map(|(consent, path)| Some((*consent, path.as_ref()?)));
    match (places.next(), places.next()) {
        (Some((consent, path)), None) => Some(FilesystemGrant {
            path: resolve(path)?,
            access,
            consent,
        }),
        (found, _) => {
            let found = if found.is_some() { "several" } else { "none" };
            table.invalid(&Invalid::new(
                format!("a directory has one place, and there is {found}"),
                "path = \"PATH\", or ask = \"PATH\" to ask the user about it",
            ));
            None
        }
    }
}

/// Reads where a secret comes from; what is wrong is reported.
pub(super) fn read_secret(value: &Value<'_>, paths: &Paths<'_>) -> Option<SecretSource> {
    if value.as_str().is_some() {
        // The text is not quoted: it may well be the secret itself.
        let message = "a secret is granted by its source, and never stands in this file";
        value.invalid(&Invalid::new(message, SECRET_ACCEPTED));
        return None;
    }
    let table = value.fields()?;
    let (env, file, command) = (table.get("env"), table.get("file"), table.get("command"));
    table.finish();
    match (env, file, command) {
        (Some(env), None, None) => {
            env.parse_with("the name of an environment variable", SecretSource::env)
        }
        (None, Some(file), None) => file
            .parse_with("a path", |text| paths.resolve(text))
            .map(SecretSource::File),
        (None, None, Some(command)) => read_command(&command),
        _ => {
            table.invalid(&Invalid::new("a secret has one source", SECRET_ACCEPTED));
            None
        }
    }
}

fn read_command(command: &Value<'_>) -> Option<SecretSource> {
    let accepted = "an array of a program and its arguments";
    let items = command.items(accepted)?;
    let words: Vec<_> = items
        .iter()
        .filter_map(|item| item.string("a string"))
        .map(str::to_owned)
        .collect();
    if words.first().is_none_or(String::is_empty) {
        command.invalid(&Invalid::new("no program is named", accepted));
        return None;
    }
    Some(SecretSource::Command(words))
}

fn directory_value(directory: &FilesystemGrant) -> Result<Toml, Invalid> {
    let path = path_value(&directory.path)?;
    let key = match directory.consent {
        Consent::Granted if directory.access.is_none() => return Ok(path),
        Consent::Granted => "path",
        Consent::Ask => "ask",
        Consent::Never => "never",
    };
    let mut table = InlineTable::new();
    table.insert(key, path);
    if let Some(access) = directory.access {
        table.insert("access", access.as_str().into());
    }
    Ok(table.into())
}

fn secret_value(source: &SecretSource) -> Result<Toml, Invalid> {
    let mut table = InlineTable::new();
    match source {
        SecretSource::Env(variable) => table.insert("env", variable.into()),
        SecretSource::File(path) => table.insert("file", path_value(path)?),
        SecretSource::Command(words) => {
            table.insert("command", words.iter().collect::<Array>().into())
        }
    };
    Ok(table.into())
}

fn path_value(path: &Path) -> Result<Toml, Invalid> {
    let text = path.to_str().ok_or_else(|| {
        Invalid::new(
            format!("{} is not Unicode", quoted(&path.to_string_lossy())),
            "a path that TOML can hold",
        )
    })?;
    Ok(text.into())
}
