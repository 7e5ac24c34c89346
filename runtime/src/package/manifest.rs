//! The manifest of a plugin: `plugin.toml`.
//!
//! It says what the plugin is and what it asks for; it grants nothing.
//!
//! ```toml
//! [plugin]
//! name = "github-issues"             # a-z, 0-9, -
//! version = "0.1.0"                  # semantic version
//! description = "Read and file GitHub issues"
//! component = "github_issues.wasm"   # in this folder or below it
//! instances = "fresh"                # default; "reuse": asks to keep them between calls
//! # homepage, repository, license, authors: optional
//!
//! [[http]]
//! host = "api.github.com"            # or "*.example.com", "*", or: setting = "base-url"
//! scheme = "https"                   # default; or "http"
//! port = 443                         # default: the scheme's
//! methods = ["GET", "POST"]          # default: GET, HEAD
//! reason = "the GitHub REST API"
//!
//! [[filesystem]]
//! name = "drafts"                    # seen as /drafts; "*": names that the admin chooses
//! access = "read"                    # default; or "read-write"
//! reason = "templates for new issues"
//! resources = "drafts:///{path}"     # optional: the URI of a file there; clients are told of changes
//!
//! [keyvalue]                         # a key-value store of its own
//! reason = "remembers what was read" # optional
//!
//! [settings.owner]
//! description = "default repository owner"
//! required = false                   # default
//! default = "acme"                   # optional, not together with required
//!
//! [secrets.github-token]
//! description = "a fine-grained token with issues:write"
//! http = { host = "api.github.com", header = "authorization", format = "Bearer {}" }
//!
//! [limits]
//! memory = "32MiB"
//!
//! [cache]                            # how long clients may keep what they got
//! lists = "5m"                       # of tools, prompts, resources; default 0s, at most 30d
//! resources = "30s"                  # what they read; default 0s, at most 30d
//! scope = "private"                  # default; "public": users may share what was read
//!
//! [tools.search_issues]              # a tool that the component offers
//! task = "optional"                  # it takes long; or "required", "never"
//! ```
//!
//! Where a directory has `resources`, the runtime watches it, and tells clients
//! when the resource of a file in it has changed. `{path}` is the file's path
//! below the directory, with `/` and percent-encoded; for a directory of name
//! `*` it begins with the name that the admin chose. The plugin itself offers
//! and reads these resources.
//!
//! A tool with `task = "optional"` becomes a task for clients that can come back
//! for the result, and a plain call for all others; with `"required"` the others
//! cannot call it. Both win over what the component says itself.
//!
//! With `setting = "base-url"` an HTTP request or a secret goes to the host of
//! the URL that the admin puts into that setting; its scheme and port come
//! from the URL too.
//!
//! With `host = "*"` the admin chooses the hosts, and their schemes and ports: for
//! components whose author did not know of manifests.
//!
//! With `instances = "reuse"`, where the admin grants it, an instance that has
//! answered serves later calls, which find its memory as it was left: for guests
//! that take long to begin. Each call has its own limits all the same, and after
//! whatever ends a call but an answer the next one has a fresh instance.
//!
//! Refused, with its place and what would be accepted: every field that is not
//! listed here, a value of another type or form, two requests for the same
//! thing, a secret for a host that no HTTP request covers, and text that
//! cannot be seen (see [`crate::policy::check_text`]).

mod cache;
mod capability;
mod tools;

use std::{
    collections::BTreeMap,
    fmt,
    path::{Component, Path, PathBuf},
};

pub use cache::CacheHints;
use semver::Version;
pub use tools::{TaskMark, ToolMark};

use super::{diagnostic::Diagnostics, digest::Digest, document::Fields, report::Report};
use crate::policy::{
    Instances, Invalid, LimitField, LimitValues, Request, check_name, check_text, quoted,
};

/// The longest description or reason in characters.
pub(crate) const MAX_DESCRIPTION: usize = 500;
/// The tables of a manifest but `[plugin]`, for messages: those that ask for
/// something, then the others.
const TABLES: &[&str] = &[
    "http",
    "filesystem",
    "keyvalue",
    "settings",
    "secrets",
    "limits",
    "cache",
    "tools",
];

/// What a plugin is and what it asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Manifest {
    /// The plugin's name, by which the admin's files know it.
    pub name: String,
    /// Its version.
    pub version: Version,
    /// What it is for, in one line.
    pub description: String,
    /// The component's file, relative to the manifest's folder and inside it.
    pub component: PathBuf,
    /// A web page about it.
    pub homepage: Option<String>,
    /// Where its source is.
    pub repository: Option<String>,
    /// Its licence, as an SPDX expression.
    pub license: Option<String>,
    /// Who made it.
    pub authors: Vec<String>,
    /// What it asks for.
    pub request: Request,
    /// How long clients may keep what it gave them.
    pub cache: CacheHints,
    /// What it says of its tools, by their names without a prefix.
    pub tools: BTreeMap<String, ToolMark>,
}

impl Manifest {
    /// Reads a manifest. `origin` names the file in messages; it is not opened.
    ///
    /// # Errors
    /// Everything that is wrong with the manifest, each with its place.
    pub fn parse(text: &str, origin: &Path) -> Result<Self, Diagnostics> {
        let report = Report::new(text, origin);
        let Some(table) = report.parse() else {
            return report.finish(None);
        };
        let manifest = read(&Fields::root(&report, &table));
        report.finish(manifest)
    }

    /// The digest of what is asked for: [`Request::canonical`].
    pub fn request_digest(&self) -> Digest {
        Digest::of(self.request.canonical().as_bytes())
    }
}

impl fmt::Display for Manifest {
    /// `github-issues 0.1.0`
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// Reads `[limits]` or another table of limits; what is wrong is reported.
pub(crate) fn read_limits(table: Fields<'_>) -> LimitValues {
    let mut limits = LimitValues::default();
    for field in LimitField::ALL {
        let Some(value) = table.get(field.name()) else {
            continue;
        };
        let set = if let Some(text) = value.as_str() {
            limits.parse(field, text)
        } else if let Some(number) = value.as_integer() {
            limits.parse_integer(field, number)
        } else {
            value.wrong_type(field.accepted());
            continue;
        };
        if let Err(invalid) = set {
            value.invalid(&invalid);
        }
    }
    table.finish();
    limits
}

fn read(root: &Fields<'_>) -> Option<Manifest> {
    let plugin = root.required(
        "plugin",
        "[plugin] with name, version, description and component",
    );
    let plugin = plugin.and_then(|plugin| read_plugin(&plugin.fields()?));
    let mut request = capability::read_request(root);
    if let Some(plugin) = &plugin {
        request.instances = plugin.request.instances;
    }
    let (cache, tools) = (cache::read_cache(root), tools::read_tools(root));
    root.finish_with(|key, is_table| {
        is_table.then(|| (format!("no such capability or table {key}"), TABLES))
    });
    Some(Manifest {
        request,
        cache,
        tools,
        ..plugin?
    })
}

fn read_plugin(plugin: &Fields<'_>) -> Option<Manifest> {
    let name = plugin.required("name", "a name such as \"github-issues\"");
    let name = name.and_then(|value| {
        value.parse_with("a name such as \"github-issues\"", |text| {
            check_name(text).map(|()| text.to_owned())
        })
    });
    let version = plugin.required("version", "a version such as \"0.1.0\"");
    let version =
        version.and_then(|value| value.parse_with("a version such as \"0.1.0\"", parse_version));
    let description = plugin.required("description", "one line of text");
    let description = description.and_then(|value| {
        value.parse_with("one line of text", |text| visible(text, MAX_DESCRIPTION))
    });
    let component = plugin.required("component", COMPONENT_ACCEPTED);
    let component =
        component.and_then(|value| value.parse_with(COMPONENT_ACCEPTED, parse_component));

    let link = |key| {
        plugin
            .get(key)
            .and_then(|value| value.parse_with(URL_ACCEPTED, parse_url))
    };
    let (homepage, repository) = (link("homepage"), link("repository"));
    let license = plugin.get("license").and_then(|value| {
        value.parse_with("an SPDX expression such as \"MIT\"", |text| {
            visible(text, 100)
        })
    });
    let authors = plugin
        .get("authors")
        .and_then(|value| value.items("an array of strings"))
        .unwrap_or_default();
    let authors = authors
        .iter()
        .filter_map(|author| author.parse_with("a string", |text| visible(text, 100)))
        .collect();
    let instances = plugin
        .get("instances")
        .and_then(|value| value.parse(Instances::ACCEPTED));
    plugin.finish();

    Some(Manifest {
        name: name?,
        version: version?,
        description: description?,
        component: component?,
        homepage,
        repository,
        license,
        authors,
        request: Request {
            instances: instances.unwrap_or_default(),
            ..Request::default()
        },
        cache: CacheHints::default(),
        tools: BTreeMap::new(),
    })
}

/// What a component may be, for messages.
const COMPONENT_ACCEPTED: &str =
    "a file in the plugin's folder or below it, such as \"hello.wasm\", written with `/`";
/// What a link may be, for messages.
const URL_ACCEPTED: &str = "an https or http URL";

fn visible(text: &str, max_chars: usize) -> Result<String, Invalid> {
    check_text(text, max_chars).map(|()| text.to_owned())
}

fn parse_version(text: &str) -> Result<Version, Invalid> {
    let refused =
        |why: String| Invalid::new(why, "a semantic version such as 0.1.0 or 1.2.3-beta.1");
    if text.len() > 64 {
        return Err(refused(format!(
            "{} is too long for a version",
            quoted(text)
        )));
    }
    Version::parse(text)
        .map_err(|error| refused(format!("{} is not a version ({error})", quoted(text))))
}

fn parse_component(text: &str) -> Result<PathBuf, Invalid> {
    let refused = |why: &str| Invalid::new(format!("{} {why}", quoted(text)), COMPONENT_ACCEPTED);
    check_text(text, 255)?;
    // A file is named the same way on every system: no drive, no backslash.
    if text.contains(['\\', ':']) {
        return Err(refused("contains `\\` or `:`"));
    }
    let path = Path::new(text);
    if path.is_absolute()
        || path
            .components()
            .any(|part| !matches!(part, Component::Normal(_) | Component::CurDir))
    {
        return Err(refused("leaves the plugin's folder"));
    }
    if path.file_name().is_none() || text.ends_with('/') {
        return Err(refused("is not a file"));
    }
    Ok(path.to_owned())
}

fn parse_url(text: &str) -> Result<String, Invalid> {
    check_text(text, 500)?;
    let is_web = url::Url::parse(text).is_ok_and(|url| matches!(url.scheme(), "https" | "http"));
    if is_web {
        Ok(text.to_owned())
    } else {
        Err(Invalid::new(
            format!("{} is not a URL", quoted(text)),
            URL_ACCEPTED,
        ))
    }
}

#[cfg(test)]
mod tests;
