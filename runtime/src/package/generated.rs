//! The manifest of a component that came without one: what its imports let it
//! use, all of which the admin may grant or not.
//!
//! For plain components only. A plugin of the contract has an author who knows
//! what it needs, and says so in its manifest.

use std::path::Path;

use wasmparser::{ComponentName, KnownCustom, Parser, Payload};

use crate::policy::{Limits, check_name, check_text, format_size};

/// The namespace of the contract's interfaces.
const CONTRACT: &str = "portcullis:plugin/";
/// The version of a component that states none.
const NO_VERSION: &str = "0.0.0";
/// The longest name, as manifests accept it.
const MAX_NAME: usize = 64;
/// The longest version, as manifests accept it.
const MAX_VERSION: usize = 64;
/// The longest description that is taken over.
const MAX_DESCRIPTION: usize = 300;
/// The most memory that is asked for because a component begins with much.
const MAX_MEMORY: u64 = 1 << 30;
/// Memory is asked for in such steps.
const MEMORY_STEP: u64 = 16 << 20;
const PAGE: u64 = 64 << 10;

/// A component for which no manifest can be made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoManifest {
    /// One that was made for Portcullis.
    #[error(
        "comes without the manifest that its author wrote for it, since it exports `{0}`: it \
         carries none (the custom section `portcullis:manifest`), and no plugin.toml that names it \
         lies beside it; give the folder that has plugin.toml, or the file that `portcullis pack` \
         makes of it"
    )]
    Contract(String),
    /// One that has no name.
    #[error(
        "`{0}` has nothing that a name could be made of; accepted: a file name with a-z or 0-9"
    )]
    Nameless(String),
}

/// The text of a manifest for a component in a file of this name.
///
/// # Errors
/// A component of the contract, and a file name of which no name can be made.
pub fn generated_manifest(component: &[u8], file_name: &str) -> Result<String, NoManifest> {
    let found = Found::read(component);
    if let Some(interface) = found.contract {
        return Err(NoManifest::Contract(interface));
    }
    let stem = Path::new(file_name).file_stem().unwrap_or_default();
    let (name, origin) = match found.name.as_deref().and_then(name_of) {
        Some(name) => (name, "the component's own name"),
        None => (
            stem.to_str()
                .and_then(name_of)
                .ok_or_else(|| NoManifest::Nameless(file_name.to_owned()))?,
            "from the name of the file",
        ),
    };
    let (version, states) = match found.version {
        Some(version) => (version, "as the component states it"),
        None => (NO_VERSION.to_owned(), "the component states none"),
    };
    let description = found
        .description
        .unwrap_or_else(|| format!("The functions of {file_name}"));
    let mut text = format!(
        "# Made from the imports of the component, which came without a manifest. It asks\n\
         # for all that they would let it use; it has what is granted, and may need less.\n\n\
         [plugin]\n\
         name = {}  # {origin}\n\
         version = {}  # {states}\n\
         description = {}\n\
         component = {}\n",
        quoted(&name),
        quoted(&version),
        quoted(&description),
        quoted(file_name),
    );
    for (import, request) in REQUESTS {
        if found.imports.iter().any(|name| covers(import, name)) {
            text.push('\n');
            text.push_str(request);
        }
    }
    if let Some(memory) = more_memory(found.memory) {
        let begins = format_size(found.memory);
        text.push_str(&format!(
            "\n# Its memory has {begins} when it begins.\n[limits]\nmemory = {}\n",
            quoted(&format_size(memory))
        ));
    }
    Ok(text)
}

/// Imports, without their versions, and what is asked for them.
const REQUESTS: &[(&str, &str)] = &[
    (
        "wasi:http/outgoing-handler",
        "# It imports wasi:http/outgoing-handler. Which hosts it calls only its author knows:\n\
         # each is granted by its name, `--grant http=HOST`.\n\
         [[http]]\n\
         host = \"*\"\n\
         methods = [\"GET\", \"HEAD\", \"POST\", \"PUT\", \"PATCH\", \"DELETE\", \"OPTIONS\"]\n\
         reason = \"it imports wasi:http/outgoing-handler\"\n",
    ),
    (
        "wasi:filesystem/preopens",
        "# It imports wasi:filesystem/preopens, as the standard libraries of most languages do,\n\
         # whether or not it opens a file. It sees a directory as /NAME that is granted by\n\
         # `--grant filesystem.NAME=PATH`, or `PATH:ro` to read only.\n\
         [[filesystem]]\n\
         name = \"*\"\n\
         access = \"read-write\"\n\
         reason = \"it imports wasi:filesystem/preopens\"\n",
    ),
    (
        "wasi:keyvalue/",
        "# It imports wasi:keyvalue: a store of its own.\n\
         [keyvalue]\n\
         reason = \"it imports wasi:keyvalue\"\n",
    ),
    (
        "wasi:config/",
        "# It imports wasi:config. Which settings it reads only its author knows: each needs a\n\
         # table [settings.NAME] here before a value can be granted.\n",
    ),
    (
        "wasi:sockets/",
        "# It imports wasi:sockets, as the standard libraries of some languages do. Sockets are\n\
         # always refused, and there is no grant for them; HTTP goes by wasi:http.\n",
    ),
];

/// Whether an import is this interface, or of this package.
fn covers(known: &str, import: &str) -> bool {
    let path = import.split('@').next().unwrap_or(import);
    path == known || known.ends_with('/') && path.starts_with(known)
}

/// What the outermost component says of itself.
#[derive(Default)]
struct Found {
    imports: Vec<String>,
    /// The first exported interface of the contract.
    contract: Option<String>,
    name: Option<String>,
    version: Option<String>,
    description: Option<String>,
    /// Bytes of all memories when they are made.
    memory: u64,
}

impl Found {
    /// Reads up to where the component is not valid, which the engine finds too.
    fn read(component: &[u8]) -> Found {
        let mut found = Found::default();
        let mut depth = 0;
        for payload in Parser::new(0).parse_all(component) {
            let Ok(payload) = payload else { break };
            match payload {
                Payload::Version { .. } => depth += 1,
                Payload::End(_) => depth -= 1,
                Payload::MemorySection(memories) => {
                    let pages = memories.into_iter().flatten().map(|memory| memory.initial);
                    let bytes = pages.map(|pages| pages.saturating_mul(PAGE));
                    found.memory = bytes.fold(found.memory, u64::saturating_add);
                }
                Payload::ComponentImportSection(imports) if depth == 1 => {
                    let names = imports.into_iter().flatten();
                    found
                        .imports
                        .extend(names.map(|import| import.name.name.to_owned()));
                }
                Payload::ComponentExportSection(exports) if depth == 1 => {
                    let names = exports.into_iter().flatten().map(|export| export.name.name);
                    let mut of_contract = names.filter(|name| name.starts_with(CONTRACT));
                    found.contract = found.contract.or(of_contract.next().map(str::to_owned));
                }
                Payload::CustomSection(section) if depth == 1 => {
                    let text = str::from_utf8(section.data()).map(str::trim);
                    match (section.as_known(), section.name(), text) {
                        (KnownCustom::ComponentName(names), ..) => {
                            found.name = names.into_iter().flatten().find_map(|name| match name {
                                ComponentName::Component { name, .. } => Some(name.to_owned()),
                                _ => None,
                            });
                        }
                        (_, "version", Ok(text)) if is_version(text) => {
                            found.version = Some(text.to_owned());
                        }
                        (_, "description", Ok(text)) => {
                            let text = check_text(text, MAX_DESCRIPTION).map(|()| text.to_owned());
                            found.description = text.ok();
                        }
                        _ => {}
                    }
                }
                _ => {}
            }
        }
        found
    }
}

/// Whether a manifest may have this version.
fn is_version(text: &str) -> bool {
    text.len() <= MAX_VERSION && semver::Version::parse(text).is_ok()
}

/// A plugin's name made of another one: `My_Stock.v2` is `my-stock-v2`.
fn name_of(text: &str) -> Option<String> {
    let parts = text
        .split(|c: char| !c.is_ascii_alphanumeric())
        .filter(|part| !part.is_empty());
    let mut name = parts.collect::<Vec<_>>().join("-").to_ascii_lowercase();
    name.truncate(MAX_NAME);
    check_name(&name).is_ok().then_some(name)
}

/// Twice what it begins with, where that is more than it has by default.
fn more_memory(initial: u64) -> Option<u64> {
    let wanted = initial.saturating_mul(2).next_multiple_of(MEMORY_STEP);
    (wanted > Limits::default().memory && initial <= MAX_MEMORY / 2).then_some(wanted)
}

fn quoted(text: &str) -> String {
    toml_edit::Value::from(text).to_string()
}

#[cfg(test)]
mod tests;
