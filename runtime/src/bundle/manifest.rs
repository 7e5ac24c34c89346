//! `manifest.json`, of the version 0.3 of the specification.

use serde_json::{Map, Value as Json, json};

use super::contents::Contents;

/// What a bundle is.
#[derive(Debug, Clone)]
pub struct About {
    /// Its name for programs: lower-case letters, digits and `-`.
    pub name: String,
    /// Its version.
    pub version: String,
    /// What it is, in a sentence.
    pub description: String,
    /// Who made it.
    pub author: String,
}

impl About {
    /// What is said of these plugins where nothing else is: one plugin gives its
    /// own name and version, several give this program's.
    pub fn of(contents: &Contents) -> Self {
        match contents.plugins.as_slice() {
            [plugin] => Self {
                name: plugin.name.clone(),
                version: plugin.version.clone(),
                description: plugin.description.clone(),
                author: "Portcullis".to_owned(),
            },
            plugins => {
                let names: Vec<&str> = plugins.iter().map(|one| one.name.as_str()).collect();
                Self {
                    name: "portcullis".to_owned(),
                    version: env!("CARGO_PKG_VERSION").to_owned(),
                    description: format!("Sandboxed plugins: {}", names.join(", ")),
                    author: "Portcullis".to_owned(),
                }
            }
        }
    }
}

/// Where the program lies in the bundle.
pub(super) fn program() -> String {
    format!("bin/portcullis{}", std::env::consts::EXE_SUFFIX)
}

/// The manifest. `tools` are names and descriptions, as clients see them.
pub fn manifest(
    about: &About,
    contents: &Contents,
    tools: &[(String, Option<String>)],
    has_prompts: bool,
) -> Json {
    let entry_point = program();
    let mut env = Map::new();
    let mut user_config = Map::new();
    for value in &contents.values {
        let filled = format!("${{user_config.{}}}", value.key);
        env.insert(value.variable.clone(), filled.into());
        user_config.insert(value.key.clone(), value.user_config());
    }
    let tools = tools.iter().map(|(name, description)| match description {
        Some(description) => json!({ "name": name, "description": description }),
        None => json!({ "name": name }),
    });
    let platform = match std::env::consts::OS {
        "windows" => "win32",
        "macos" => "darwin",
        other => other,
    };
    let mut manifest = json!({
        "manifest_version": "0.3",
        "name": about.name,
        "version": about.version,
        "description": about.description,
        "long_description": long_description(contents),
        "author": { "name": about.author },
        "server": {
            "type": "binary",
            "entry_point": entry_point,
            "mcp_config": {
                "command": format!("${{__dirname}}/{entry_point}"),
                "args": ["serve", "--bundle", "${__dirname}"],
                "env": env,
            },
        },
        "tools": tools.collect::<Vec<_>>(),
        "compatibility": { "platforms": [platform] },
    });
    // Their texts are known to the plugins alone.
    if has_prompts {
        manifest["prompts_generated"] = json!(true);
    }
    if !user_config.is_empty() {
        manifest["user_config"] = user_config.into();
    }
    manifest
}

/// What whoever installs it agrees to.
fn long_description(contents: &Contents) -> String {
    let mut text = "Each plugin runs in a WebAssembly sandbox of its own, and can reach nothing \
                    but what stands here and what you choose in the settings:\n"
        .to_owned();
    for plugin in &contents.plugins {
        let granted = match plugin.granted.as_slice() {
            [] => "nothing".to_owned(),
            granted => format!("`{}`", granted.join("`, `")),
        };
        text.push_str(&format!(
            "\n- {} {}: {granted}",
            plugin.name, plugin.version
        ));
    }
    text
}
