//! `server.json`, by which the MCP registry knows a bundle.
//!
//! Source: "server.json Format Specification" (modelcontextprotocol/registry,
//! `docs/reference/server-json`), schema of 2025-12-11.

use serde_json::{Value, json};

use super::archive::{Archive, sha256};
use super::manifest::About;

const SCHEMA: &str = "https://static.modelcontextprotocol.io/schemas/2025-12-11/server.schema.json";
/// The longest description that the registry takes, in characters.
const MAX_DESCRIPTION: usize = 100;

/// The registry's entry for a bundle that is offered at `url`. `name` is the
/// server's in the registry: `io.github.someone/something`.
pub fn server_json(about: &About, archive: &Archive, name: &str, url: &str) -> Value {
    json!({
        "$schema": SCHEMA,
        "name": name,
        "description": shortened(&about.description),
        "version": about.version,
        "packages": [{
            "registryType": "mcpb",
            "identifier": url,
            "version": about.version,
            "fileSha256": sha256(&archive.bytes),
            "transport": { "type": "stdio" },
        }],
    })
}

fn shortened(text: &str) -> String {
    if text.chars().count() <= MAX_DESCRIPTION {
        return text.to_owned();
    }
    let kept: String = text.chars().take(MAX_DESCRIPTION - 1).collect();
    kept.trim_end().to_owned() + "…"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn descriptions_are_not_too_long() {
        assert_eq!(shortened("short"), "short");
        let long = shortened(&"ä".repeat(101));
        assert_eq!(long.chars().count(), MAX_DESCRIPTION);
        assert!(long.ends_with("ä…"));
    }
}
