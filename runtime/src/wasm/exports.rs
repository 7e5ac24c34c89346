//! What a component offers and wants, read before it is linked.

use serde::Serialize;
use wasmtime::component::types::ComponentItem;

use super::engine::Engine;
use super::plain::{LeftOut, Plain};

/// The package whose interfaces a plugin exports, without its version.
const PACKAGE: &str = "portcullis:plugin/";
/// The version spoken here.
const VERSION: &str = "0.1.0";

/// Which interfaces of the contract a component exports.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Exports {
    /// `tools`.
    pub tools: bool,
    /// `resources`.
    pub resources: bool,
    /// `prompts`.
    pub prompts: bool,
    /// `completion`.
    pub completion: bool,
}

impl Exports {
    /// The names of those that are there.
    pub fn names(self) -> Vec<&'static str> {
        [
            ("tools", self.tools),
            ("resources", self.resources),
            ("prompts", self.prompts),
            ("completion", self.completion),
        ]
        .into_iter()
        .filter_map(|(name, there)| there.then_some(name))
        .collect()
    }
}

/// What a component exports and imports.
#[derive(Clone, Debug, Serialize)]
pub struct Inspection {
    /// The interfaces of the contract; none in a plain component.
    pub exports: Exports,
    /// The functions of a plain component, as the tools that they are.
    pub functions: Vec<String>,
    /// The functions of a plain component that cannot be tools.
    pub left_out: Vec<LeftOut>,
    /// All imports, by name, in the component's order.
    pub imports: Vec<String>,
}

/// Whether an interface of the contract is among a component's imports.
pub(super) fn imports(imports: &[String], interface: &str) -> bool {
    imports.iter().any(|name| {
        name.strip_prefix(PACKAGE)
            .and_then(|rest| rest.split_once('@'))
            .is_some_and(|(name, _)| name == interface)
    })
}

/// Reads what a component exports and imports.
///
/// Errors where it is no component, or exports neither anything of the contract
/// nor a function that can be a tool, or an interface of the contract in a version
/// unknown here.
pub fn inspect(engine: &Engine, bytes: &[u8]) -> Result<Inspection, String> {
    super::weight::check(bytes)?;
    let component = wasmtime::component::Component::from_binary(&engine.wasmtime, bytes)
        .map_err(|error| format!("{error:#}"))?;
    Ok(inspect_component(engine, &component)?.0)
}

pub(super) fn inspect_component(
    engine: &Engine,
    component: &wasmtime::component::Component,
) -> Result<(Inspection, Option<Plain>), String> {
    let kind = component.component_type();
    let imports: Vec<String> = kind
        .imports(&engine.wasmtime)
        .map(|(name, _)| name.to_owned())
        .collect();
    let mut exports = Exports::default();
    let mut others = Vec::new();
    for (name, item) in kind.exports(&engine.wasmtime) {
        let interface = name
            .strip_prefix(PACKAGE)
            .and_then(|rest| rest.split_once('@'));
        match (interface, &item.ty) {
            (Some((interface, VERSION)), ComponentItem::ComponentInstance(_)) => match interface {
                "tools" => exports.tools = true,
                "resources" => exports.resources = true,
                "prompts" => exports.prompts = true,
                "completion" => exports.completion = true,
                _ => others.push(name.to_owned()),
            },
            (Some((_, version)), _) => {
                return Err(format!(
                    "it exports `{name}`, and version {version} of the plugin contract is unknown \
                     here; accepted: {VERSION}"
                ));
            }
            _ => others.push(name.to_owned()),
        }
    }
    let mut inspection = Inspection {
        exports,
        functions: Vec::new(),
        left_out: Vec::new(),
        imports,
    };
    if exports != Exports::default() {
        return Ok((inspection, None));
    }
    let plain = Plain::read(&engine.wasmtime, component)?;
    inspection.functions = plain.tools().map(str::to_owned).collect();
    inspection.left_out = plain.left_out().to_vec();
    if inspection.functions.is_empty() {
        return Err(nothing_of_use(&others, &inspection.left_out));
    }
    Ok((inspection, Some(plain)))
}

/// How many things an error names.
const MAX_NAMED: usize = 10;

fn nothing_of_use(exported: &[String], left_out: &[LeftOut]) -> String {
    let mut found = match exported {
        [] => "nothing".to_owned(),
        some => format!("`{}`", some[..some.len().min(MAX_NAMED)].join("`, `")),
    };
    if exported.len() > MAX_NAMED {
        found.push_str(", …");
    }
    let reasons = left_out.iter().take(MAX_NAMED);
    let reasons: String = reasons.map(|function| format!("; {function}")).collect();
    format!(
        "it exports {found}; needed: at least one of \
         {PACKAGE}{{tools,resources,prompts}}@{VERSION}, or a function of its own that can be a \
         tool{reasons}"
    )
}
