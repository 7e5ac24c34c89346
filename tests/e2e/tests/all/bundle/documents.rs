//! What specifications say of a bundle's documents.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

/// Checks a document against a published schema, where a folder has it.
pub(super) fn check_schema(document: &Value, schema: &str) {
    let folder = std::env::var_os("PORTCULLIS_MCP_SCHEMAS").map(PathBuf::from);
    let file = folder
        .map(|folder| folder.join(schema))
        .filter(|file| file.exists());
    let Some(file) = file else {
        eprintln!("SKIPPED: not checked by its schema; `PORTCULLIS_MCP_SCHEMAS` has no {schema}");
        return;
    };
    let schema = fs::read(file).expect("a schema");
    let schema = serde_json::from_slice(&schema).expect("JSON");
    let validator = jsonschema::validator_for(&schema).expect("a schema");
    let errors = validator
        .iter_errors(document)
        .map(|error| error.to_string());
    assert_eq!(errors.collect::<Vec<_>>(), Vec::<String>::new());
}

/// The members of an object, which has no others than these.
#[track_caller]
pub(super) fn assert_members(object: &Value, allowed: &[&str], required: &[&str]) {
    let object = object.as_object().expect("an object");
    assert!(
        object.keys().all(|key| allowed.contains(&key.as_str())),
        "{object:?}"
    );
    assert!(
        required.iter().all(|key| object.contains_key(*key)),
        "{object:?}"
    );
}

/// What the specification says of `manifest.json`, as far as bundles use it.
pub(super) fn check_manifest(manifest: &Value) {
    let required = [
        "manifest_version",
        "name",
        "version",
        "description",
        "author",
        "server",
    ];
    let optional = [
        "long_description",
        "tools",
        "prompts_generated",
        "compatibility",
        "user_config",
    ];
    assert_members(
        manifest,
        &[&required[..], &optional[..]].concat(),
        &required,
    );
    assert_eq!(manifest["manifest_version"], "0.3");
    assert_members(&manifest["author"], &["name"], &["name"]);
    let server = &manifest["server"];
    let members = ["type", "entry_point", "mcp_config"];
    assert_members(server, &members, &members);
    assert_eq!(server["type"], "binary");
    assert_members(
        &server["mcp_config"],
        &["command", "args", "env"],
        &["command"],
    );
    let command = format!(
        "${{__dirname}}/{}",
        server["entry_point"].as_str().expect("text")
    );
    assert_eq!(server["mcp_config"]["command"], command);
    let platforms = manifest["compatibility"]["platforms"]
        .as_array()
        .expect("a list");
    assert!(
        platforms
            .iter()
            .all(|one| ["darwin", "win32", "linux"].contains(&one.as_str().expect("text")))
    );
    for tool in manifest["tools"].as_array().expect("a list") {
        assert_members(tool, &["name", "description"], &["name"]);
    }
    for field in manifest["user_config"]
        .as_object()
        .into_iter()
        .flat_map(|all| all.values())
    {
        let allowed = [
            "type",
            "title",
            "description",
            "required",
            "default",
            "sensitive",
        ];
        assert_members(field, &allowed, &["type", "title", "description"]);
        assert!(["string", "directory"].contains(&field["type"].as_str().expect("text")));
    }
    check_schema(manifest, "mcpb-manifest-v0.3.schema.json");
}
