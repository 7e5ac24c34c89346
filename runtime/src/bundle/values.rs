//! The values that a host program asks its user for.

use std::collections::HashSet;

use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::policy::{ANY_DIRECTORY, Access, Grant, HttpTarget, Request};

/// One value, and what it is granted as.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Value {
    /// The plugin that gets it.
    pub plugin: String,
    /// What it is.
    pub kind: Kind,
    /// The name of the directory, setting or secret.
    pub name: String,
    /// Whether a directory may only be read.
    #[serde(default)]
    pub read_only: bool,
    /// What the manifest calls it.
    pub key: String,
    /// The environment variable in which it comes.
    pub variable: String,
    /// What the user is told.
    #[serde(skip)]
    pub(super) field: Field,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Kind {
    /// A directory of the user's.
    Filesystem,
    /// A setting.
    Settings,
    /// A secret.
    Secrets,
}

/// How the user is asked.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(super) struct Field {
    description: String,
    required: bool,
    default: Option<String>,
}

impl Kind {
    /// The table of grants that it belongs to.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Filesystem => "filesystem",
            Self::Settings => "settings",
            Self::Secrets => "secrets",
        }
    }
}

impl Value {
    /// The manifest's field: what the user sees and fills in.
    pub(super) fn user_config(&self) -> serde_json::Value {
        let kind = match self.kind {
            Kind::Filesystem => "directory",
            Kind::Settings | Kind::Secrets => "string",
        };
        let mut field = json!({
            "type": kind,
            "title": format!("{}: {}", self.plugin, self.name),
            "description": self.field.description,
            "required": self.field.required,
        });
        if self.kind == Kind::Secrets {
            field["sensitive"] = json!(true);
        }
        if let Some(default) = &self.field.default {
            field["default"] = json!(default);
        }
        field
    }
}

/// The settings of a plugin that name the hosts of its requests. They are not the
/// user's to choose, since the hosts are granted by the admin.
pub(super) fn naming_hosts(request: &Request) -> HashSet<&str> {
    let targets = request.http.iter().map(|http| &http.target);
    let settings = targets.filter_map(|target| match target {
        HttpTarget::Setting(name) => Some(name.as_str()),
        HttpTarget::Origin(_) | HttpTarget::Any => None,
    });
    settings.collect()
}

/// What a plugin needs of its user: all directories, settings and secrets that it
/// asks for. What the admin granted it has to have.
pub(super) fn values(plugin: &str, request: &Request, grant: &Grant) -> Vec<Value> {
    let mut values = Vec::new();
    let mut add = |kind: Kind, name: &str, read_only: bool, field: Field| {
        let key = format!("{plugin}_{}_{name}", kind.table()).replace('-', "_");
        values.push(Value {
            plugin: plugin.to_owned(),
            kind,
            name: name.to_owned(),
            read_only,
            variable: format!("PORTCULLIS_{}", key.to_ascii_uppercase()),
            key,
            field,
        });
    };
    let named: HashSet<&str> = request
        .filesystem
        .iter()
        .map(|directory| directory.name.as_str())
        .collect();
    for directory in &request.filesystem {
        let of_its_own = std::iter::once(&directory.name);
        let chosen = grant.filesystem.keys();
        let chosen = chosen.filter(|name| !named.contains(name.as_str()));
        let names: Vec<&String> = match directory.name.as_str() {
            ANY_DIRECTORY => chosen.collect(),
            _ => of_its_own.collect(),
        };
        for name in names {
            let granted = grant.filesystem.get(name);
            let read_only = granted.and_then(|granted| granted.access) == Some(Access::Read);
            let access = match read_only {
                true => Access::Read,
                false => directory.access,
            };
            let reason = directory.reason.as_deref().unwrap_or("a directory");
            let field = Field {
                description: format!("{reason} ({})", access.as_str()),
                required: granted.is_some(),
                default: None,
            };
            add(Kind::Filesystem, name, read_only, field);
        }
    }
    let fixed = naming_hosts(request);
    for (name, setting) in &request.settings {
        if fixed.contains(name.as_str()) {
            continue;
        }
        let description = setting.description.as_deref().unwrap_or("a setting");
        let granted = grant.settings.get(name).or(setting.default.as_ref());
        let field = Field {
            description: description.to_owned(),
            required: setting.required,
            default: granted.cloned(),
        };
        add(Kind::Settings, name, false, field);
    }
    for (name, secret) in &request.secrets {
        let description = secret.description.as_deref().unwrap_or("a secret");
        let field = Field {
            description: format!("{description}; the plugin never sees it"),
            required: grant.secrets.contains_key(name),
            default: None,
        };
        add(Kind::Secrets, name, false, field);
    }
    values
}

/// Gives each value a name of its own.
pub(super) fn tell_apart(values: &mut [Value]) {
    let mut seen = HashSet::new();
    for value in values {
        let key = value.key.clone();
        let mut count = 1;
        while !seen.insert(value.key.clone()) {
            count += 1;
            value.key = format!("{key}_{count}");
            value.variable = format!("PORTCULLIS_{}", value.key.to_ascii_uppercase());
        }
    }
}
