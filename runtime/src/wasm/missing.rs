//! Which of a component's imports are not offered.

use wasmtime::component::Component;
use wasmtime::component::types::ComponentItem;

use super::engine::Engine;

/// How many an error names.
const MAX_NAMED: usize = 10;
/// Packages and interfaces that are offered, with how their versions begin. What
/// is of them and not offered all the same, wasmtime names.
const OFFERED: &[(&str, &str)] = &[
    ("wasi:cli/", "0.2"),
    ("wasi:clocks/", "0.2"),
    ("wasi:config/store", "0.2.0-rc.1"),
    ("wasi:filesystem/", "0.2"),
    ("wasi:http/outgoing-handler", "0.2"),
    ("wasi:http/types", "0.2"),
    ("wasi:io/", "0.2"),
    ("wasi:keyvalue/", "0.2.0-draft2"),
    ("wasi:logging/logging", "0.1.0-draft"),
    ("wasi:random/", "0.2"),
    ("wasi:sockets/", "0.2"),
    ("portcullis:plugin/", "0.1.0"),
];

/// Why a component cannot be linked: all imports that are not offered, or, where
/// each is and one has another type, what wasmtime says.
pub(super) fn named(engine: &Engine, component: &Component, error: &wasmtime::Error) -> String {
    let kind = component.component_type();
    let mut missing = kind
        .imports(&engine.wasmtime)
        .filter(|(name, item)| needs_something(engine, &item.ty) && !is_offered(name))
        .map(|(name, _)| format!("`{name}`"));
    let mut named: Vec<String> = missing.by_ref().take(MAX_NAMED).collect();
    if named.is_empty() {
        return format!("{error:#}");
    }
    if missing.next().is_some() {
        named.push("…".to_owned());
    }
    let offered: Vec<_> = OFFERED
        .iter()
        .map(|(name, version)| format!("{}@{version}", name.trim_end_matches('/')))
        .collect();
    format!(
        "it imports what is not offered here: {}; offered: {}",
        named.join(", "),
        offered.join(", ")
    )
}

/// Whether an import is more than types, which need nothing to be linked with.
fn needs_something(engine: &Engine, item: &ComponentItem) -> bool {
    match item {
        ComponentItem::Type(_) => false,
        ComponentItem::ComponentInstance(instance) => {
            let mut items = instance.exports(&engine.wasmtime);
            items.any(|(_, item)| needs_something(engine, &item.ty))
        }
        _ => true,
    }
}

fn is_offered(name: &str) -> bool {
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    OFFERED.iter().any(|(known, versions)| {
        let is_known = path == *known || known.ends_with('/') && path.starts_with(known);
        is_known && version.starts_with(versions)
    })
}
